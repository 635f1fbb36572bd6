/// A resource that can be pushed.
public struct SinkDescription: Sendable {
    /// The natural key's path in the payload, for integrations that do not set one.
    public var match: Template?
    /// Whether the natural key is also the identifier: creates and updates are one request then, which makes what is
    /// not there.
    public var isIdentifiedByMatch: Bool
    /// What records are called that are made: always the same for a local row; `nil` where the service or the natural
    /// key says.
    public var identifier: Template?
    /// What can be done, by operation.
    public var operations: [WriteOperation: WriteDescription]
    /// How fields are made at the service that it does not know; `nil` where it needs no such thing.
    public var fields: FieldsDescription?

    /// A sink.
    public init(
        match: Template? = nil,
        isIdentifiedByMatch: Bool = false,
        identifier: Template? = nil,
        operations: [WriteOperation: WriteDescription],
        fields: FieldsDescription? = nil
    ) {
        self.match = match
        self.isIdentifiedByMatch = isIdentifiedByMatch
        self.identifier = identifier
        self.operations = operations
        self.fields = fields
    }
}

/// How the fields are listed and made that a service must know before records can have them.
public struct FieldsDescription: Sendable {
    /// The request that lists them.
    public var list: RequestTemplate
    /// Where the answer keeps them; the first path that leads to an array counts.
    public var records: [FieldPath]
    /// Where one of them keeps its name.
    public var name: FieldPath
    /// The request that makes one.
    public var create: RequestTemplate
    /// The fields that are none of these.
    public var exceptions: Set<String>
    /// Whether they are made, where a setting says so.
    public var condition: Template?

    /// A way to make fields.
    public init(
        list: RequestTemplate,
        records: [FieldPath],
        name: FieldPath,
        create: RequestTemplate,
        exceptions: Set<String> = [],
        condition: Template? = nil
    ) {
        self.list = list
        self.records = records
        self.name = name
        self.create = create
        self.exceptions = exceptions
        self.condition = condition
    }
}

/// One operation of a sink.
public struct WriteDescription: Sendable {
    /// The request.
    public var request: RequestTemplate
    /// Whether sending the same request again leaves the same result.
    public var isRepeatable: Bool
    /// Whether fields that are left out keep their values.
    public var isPartial: Bool
    /// The stream in which records are looked for when an answer is lost.
    public var findAfterUnknown: String?
    /// How long after a request was sent the service may still be working on it: looking for its records earlier
    /// could miss them.
    public var settlesWithin: Duration
    /// The most records in a request.
    public var maximumRecords: Template
    /// The most bytes in a request.
    public var maximumBytes: Int
    /// Whether a request carries a list of records; else it carries one, and the one item is its body.
    public var isList: Bool
    /// Where the items stand in the body; the root puts them at the top.
    public var into: FieldPath
    /// What each record becomes: one element of the list, or several in a row; nothing in a request without a body.
    public var items: [JSONTemplate]
    /// What the list stands beside, in an object; only where there is a list.
    public var envelope: JSONTemplate?
    /// Where fields stand in the request, if not where mappings put them.
    public var moved: [(from: FieldPath, to: FieldPath)]
    /// What every record has besides what mappings make; a mapping to the same place counts for more.
    public var added: [(path: FieldPath, value: JSONTemplate)]
    /// What the service makes of some fields' values without saying so.
    public var fieldRules: [FieldRule]
    /// Whether a null is sent; else it is left out like a missing value.
    public var sendsNull: Bool
    /// How an answer tells the records' identifiers; `nil` when it does not.
    public var result: ResultDescription?
    /// How an answer tells what became of each record of a batch; `nil` when all of it lands or none.
    public var verdicts: VerdictsDescription?
    /// The status codes that say that the record does not exist (any more).
    public var goneStatuses: Set<Int>
    /// The status codes that say that the service has had this very request already.
    ///
    /// Of a request with many records they may mean something else as well, so that it is sent again under another key.
    public var repeatedStatuses: Set<Int>

    /// An operation.
    public init(
        request: RequestTemplate,
        isRepeatable: Bool,
        isPartial: Bool = false,
        findAfterUnknown: String? = nil,
        settlesWithin: Duration = .seconds(2),
        maximumRecords: Template,
        maximumBytes: Int,
        isList: Bool = true,
        into: FieldPath = .root,
        items: [JSONTemplate],
        envelope: JSONTemplate? = nil,
        moved: [(from: FieldPath, to: FieldPath)] = [],
        added: [(path: FieldPath, value: JSONTemplate)] = [],
        fieldRules: [FieldRule] = [],
        sendsNull: Bool = true,
        result: ResultDescription? = nil,
        verdicts: VerdictsDescription? = nil,
        goneStatuses: Set<Int> = [],
        repeatedStatuses: Set<Int> = []
    ) {
        self.request = request
        self.isRepeatable = isRepeatable
        self.isPartial = isPartial
        self.findAfterUnknown = findAfterUnknown
        self.settlesWithin = settlesWithin
        self.maximumRecords = maximumRecords
        self.maximumBytes = maximumBytes
        self.isList = isList
        self.into = into
        self.items = items
        self.envelope = envelope
        self.moved = moved
        self.added = added
        self.fieldRules = fieldRules
        self.sendsNull = sendsNull
        self.result = result
        self.verdicts = verdicts
        self.goneStatuses = goneStatuses
        self.repeatedStatuses = repeatedStatuses
    }

    /// Whether the request carries what stays the same however often it is sent, so that the service knows it again.
    public var isKeyed: Bool {
        let templates = [request.path] + (request.query + request.headers).map(\.value)
        let references = templates.flatMap(\.references) + items.flatMap(\.references)
        return references.contains { $0.scope == .batch && $0.path == ["id"] }
    }

    /// Whether the batch's key stands beside the list of its records: the service tells batches apart by it, and
    /// refuses one that it has had.
    public var isNamed: Bool {
        (envelope?.references ?? []).contains { $0.scope == .batch && $0.path == ["id"] }
    }

    /// Whether each record is sent with a UUID of its own.
    public var namesRecords: Bool {
        added.contains { $0.value.references.contains { $0.scope == .record && $0.path == ["uuid"] } }
    }
}

/// What a field's value must be, where the service drops or changes records without a word: those are set aside here.
public struct FieldRule: Sendable {
    /// The field, as mappings call it.
    public var path: FieldPath
    /// Whether a record needs a value there.
    public var isRequired: Bool
    /// The most characters.
    public var maximumLength: Int?
    /// Texts that are not taken, in small letters: values are compared without regard to capital ones.
    public var refused: Set<String>
    /// Whether it is a time, which is sent as RFC 3339 says, in UTC.
    public var isTime: Bool

    /// A rule.
    public init(
        path: FieldPath,
        isRequired: Bool = false,
        maximumLength: Int? = nil,
        refused: Set<String> = [],
        isTime: Bool = false
    ) {
        self.path = path
        self.isRequired = isRequired
        self.maximumLength = maximumLength
        self.refused = refused
        self.isTime = isTime
    }
}

/// How an answer tells what became of each record of a batch, by the UUIDs that they were sent with.
public struct VerdictsDescription: Sendable {
    /// Where the answer keeps an object with a member for each record, called like its UUID.
    public var place: FieldPath
    /// Where a member says the verdict: one word.
    public var verdict: FieldPath
    /// Where a member says why, first match first.
    public var reasons: [FieldPath]
    /// The words that refuse a record.
    public var refused: Set<String>
    /// The words that ask for a record once more; all others take it.
    public var again: Set<String>

    /// A map of verdicts.
    public init(
        place: FieldPath,
        verdict: FieldPath,
        reasons: [FieldPath] = [],
        refused: Set<String> = [],
        again: Set<String> = []
    ) {
        self.place = place
        self.verdict = verdict
        self.reasons = reasons
        self.refused = refused
        self.again = again
    }
}

/// How an answer tells the identifiers of the records written.
public struct ResultDescription: Sendable {
    /// Where the answer keeps the records; the first path that leads to an array counts.
    ///
    /// Of no use where a request carries one record.
    public var records: [FieldPath]
    /// Where a record keeps its identifier; where a request carries one record, where the answer does.
    public var id: FieldPath
    /// Where the natural key is rooted in an answered record: records are matched by it where it is present, by
    /// their position otherwise.
    public var matchRoot: FieldPath
    /// Whether every create makes an identifier that no record has had before, such as a UUID.
    public var isNew: Bool

    /// A result.
    public init(records: [FieldPath], id: FieldPath, matchRoot: FieldPath, isNew: Bool = false) {
        self.records = records
        self.id = id
        self.matchRoot = matchRoot
        self.isNew = isNew
    }
}
