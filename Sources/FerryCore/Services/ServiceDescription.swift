/// A remote service as data: what one HTTP engine needs to know to read and write it.
///
/// Loaded from YAML and checked from its data alone; the articles `Streams` and `Sinks` have the vocabulary of what is
/// pulled and of what is pushed.
public struct ServiceDescription: Sendable {
    /// The name that integrations refer to by `type`.
    public var name: String
    /// What people call the service.
    public var title: String
    /// The settings an integration's `config` may hold, in the file's order.
    public var settings: [SettingDeclaration]
    /// The address that all requests begin with.
    public var base: Template
    /// What tells the far end apart from others at the same address, such as a project or a type; links start anew when
    /// it changes.
    public var identity: Template?
    /// Headers of all requests; one whose value is absent is left out.
    public var headers: [(name: String, value: Template)]
    /// How requests prove who sends them.
    public var authentication: Authentication
    /// Further hosts, by the name that requests choose them by; each has credentials of its own.
    public var hosts: [String: HostDescription]
    /// Where an error answer keeps its message, first match first.
    public var messagePaths: [FieldPath]
    /// What an answer means, first match first; the engine's defaults come after.
    public var errorRules: [ErrorRule]
    /// The calls that prove the connection: each is made whose settings are given.
    public var checks: [CheckDescription]
    /// What can be pulled, by resource.
    public var streams: [String: StreamDescription]
    /// What can be pushed, by resource.
    public var sinks: [String: SinkDescription]
    /// How many requests the service takes.
    public var limits: LimitsDescription

    /// A description.
    public init(
        name: String,
        title: String,
        settings: [SettingDeclaration],
        base: Template,
        identity: Template? = nil,
        headers: [(name: String, value: Template)] = [],
        authentication: Authentication,
        hosts: [String: HostDescription] = [:],
        messagePaths: [FieldPath],
        errorRules: [ErrorRule],
        checks: [CheckDescription],
        streams: [String: StreamDescription],
        sinks: [String: SinkDescription],
        limits: LimitsDescription = LimitsDescription()
    ) {
        self.name = name
        self.title = title
        self.settings = settings
        self.base = base
        self.identity = identity
        self.headers = headers
        self.authentication = authentication
        self.hosts = hosts
        self.messagePaths = messagePaths
        self.errorRules = errorRules
        self.checks = checks
        self.streams = streams
        self.sinks = sinks
        self.limits = limits
    }

    /// The names of all resources, sorted.
    public var resources: [String] { Set(streams.keys).union(sinks.keys).sorted() }

    /// The directions in which a resource can be synced; empty when there is no such resource.
    public func directions(of resource: String) -> Set<Direction> {
        var directions: Set<Direction> = []
        if streams[resource]?.request != nil { directions.insert(.pull) }
        if sinks[resource] != nil { directions.insert(.push) }
        return directions
    }

    /// The settings without which a resource's requests cannot be made.
    public func settings(neededBy direction: Direction, of resource: String) -> [SettingDeclaration] {
        let requests: [RequestTemplate] =
            direction == .pull
            ? [streams[resource]?.request].compactMap(\.self)
            : (sinks[resource]?.operations.values.map(\.request) ?? [])
        var names: Set<String> = []
        for request in requests {
            let authentication = request.host.flatMap { hosts[$0]?.authentication } ?? authentication
            let templates = [request.path, authentication.values.first].compactMap(\.self)
            for reference in templates.flatMap(\.references) where reference.scope == .settings {
                if let name = reference.path.first { names.insert(name) }
            }
        }
        return settings.filter { names.contains($0.name) && $0.defaultValue == nil }
    }
}

/// One setting of a service.
public struct SettingDeclaration: Sendable {
    /// The types a setting may have.
    public enum ValueType: String, Sendable, CaseIterable {
        /// Text.
        case string
        /// A whole number.
        case integer
        /// `true` or `false`.
        case boolean
        /// A list of strings.
        case list
    }

    /// The key in an integration's `config`.
    public var name: String
    /// The type.
    public var type: ValueType
    /// Whether it must be given.
    public var isRequired: Bool
    /// Whether it is a secret: given by reference, shown nowhere.
    public var isSecret: Bool
    /// What it is when it is not given.
    public var defaultValue: JSONValue?
    /// The only values it may have, if it is restricted.
    public var allowedValues: [String]
    /// The least value of an integer.
    public var minimum: Int?
    /// The greatest value of an integer.
    public var maximum: Int?
    /// What it is, for people.
    public var summary: String?

    /// A declaration.
    public init(
        name: String,
        type: ValueType = .string,
        isRequired: Bool = false,
        isSecret: Bool = false,
        defaultValue: JSONValue? = nil,
        allowedValues: [String] = [],
        minimum: Int? = nil,
        maximum: Int? = nil,
        summary: String? = nil
    ) {
        self.name = name
        self.type = type
        self.isRequired = isRequired
        self.isSecret = isSecret
        self.defaultValue = defaultValue
        self.allowedValues = allowedValues
        self.minimum = minimum
        self.maximum = maximum
        self.summary = summary
    }
}

/// How requests prove who sends them.
public enum Authentication: Sendable {
    /// Not at all.
    case none
    /// A header with a secret value; `alternates` are tried, once each, when the value before is refused.
    case header(name: String, value: Template, alternates: [Template])
    /// `Authorization: Bearer …` (RFC 6750, §2.1), with alternates alike.
    case bearer(token: Template, alternates: [Template])
    /// A user's name and password (RFC 7617).
    case basic(user: Template, password: Template)
    /// Tokens that are asked for, and sent as bearer tokens (RFC 6749).
    case grant(TokenGrant)
    /// A member of the JSON object that is the request's body, with alternates alike.
    case body(member: String, value: Template, alternates: [Template])

    /// The values in the order in which they are tried.
    public var values: [Template] {
        switch self {
        case .none: []
        case .header(_, let value, let alternates), .bearer(let value, let alternates),
            .body(_, let value, let alternates):
            [value] + alternates
        case .basic(_, let password): [password]
        case .grant(let grant): Array(grant.credentials.prefix(1))
        }
    }
}

/// A host of a service besides the one of `base`.
public struct HostDescription: Sendable {
    /// The address that requests to it begin with.
    public var base: Template
    /// How requests to it prove who sends them: no other host's credentials are sent there.
    public var authentication: Authentication

    /// A host.
    public init(base: Template, authentication: Authentication) {
        self.base = base
        self.authentication = authentication
    }
}

/// What an answer means.
public struct ErrorRule: Sendable {
    /// What the engine makes of it.
    public enum Verdict: String, Sendable, CaseIterable {
        /// Try again later.
        case retry
        /// Wait as the service says.
        case rate
        /// The credentials are refused.
        case auth
        /// The data is refused.
        case record
        /// The request is too large.
        case batch
        /// The configuration is wrong.
        case config
        /// All is well.
        case done
    }

    /// The status codes it is for.
    public var statuses: Set<Int>
    /// Values that the answer's body must have, by path.
    public var body: [(path: FieldPath, value: JSONValue)]
    /// A text that must stand in the body, whatever the body is; its capital letters count.
    public var text: String?
    /// What it means.
    public var verdict: Verdict

    /// A rule.
    public init(
        statuses: Set<Int>,
        body: [(path: FieldPath, value: JSONValue)] = [],
        text: String? = nil,
        verdict: Verdict
    ) {
        self.statuses = statuses
        self.body = body
        self.text = text
        self.verdict = verdict
    }
}

/// The method of a request.
public enum RequestMethod: String, Sendable, CaseIterable {
    /// Reads.
    case get = "GET"
    /// Writes or queries, by its body.
    case post = "POST"
    /// Replaces.
    case put = "PUT"
    /// Changes.
    case patch = "PATCH"
    /// Deletes; may have a body.
    case delete = "DELETE"
}

/// A request with its variable parts.
public struct RequestTemplate: Sendable {
    /// The host, by its name; `nil` for the one of the service's `base`.
    public var host: String?
    /// The method.
    public var method: RequestMethod
    /// What is appended to the base address.
    public var path: Template
    /// The query, in order; a parameter whose value is absent is left out.
    public var query: [(name: String, value: Template)]
    /// Further headers.
    public var headers: [(name: String, value: Template)]
    /// The body; beside a sink's batch, what stands around its list.
    public var body: JSONTemplate?
    /// How many bytes a body has at least that is sent gzipped; `nil` for none.
    public var gzipMinimum: Int?
    /// How long the whole exchange may take.
    public var timeout: Duration
    /// The named budgets that it draws from, beside those of all requests.
    public var budgets: [String]

    /// A request.
    public init(
        host: String? = nil,
        method: RequestMethod,
        path: Template,
        query: [(name: String, value: Template)] = [],
        headers: [(name: String, value: Template)] = [],
        body: JSONTemplate? = nil,
        gzipMinimum: Int? = nil,
        timeout: Duration = .seconds(60),
        budgets: [String] = []
    ) {
        self.host = host
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.gzipMinimum = gzipMinimum
        self.timeout = timeout
        self.budgets = budgets
    }
}

/// The call that proves the connection.
public struct CheckDescription: Sendable {
    /// What the body of a good answer is.
    public enum Shape: String, Sendable, CaseIterable {
        /// Anything.
        case any
        /// An array.
        case array
        /// An object.
        case object
    }

    /// The request.
    public var request: RequestTemplate
    /// What the body of a good answer is: a status of 200 alone proves little.
    public var shape: Shape
    /// The status codes of good answers that look like failures, such as one to a request that says nothing.
    public var goodStatuses: Set<Int>

    /// A check.
    public init(request: RequestTemplate, shape: Shape, goodStatuses: Set<Int> = []) {
        self.request = request
        self.shape = shape
        self.goodStatuses = goodStatuses
    }
}

/// A resource that can be pushed.
public struct SinkDescription: Sendable {
    /// The natural key's path in the payload, for integrations that do not set one.
    public var match: Template?
    /// Whether the natural key is also the identifier: creates and updates are one request then, which makes what is
    /// not there.
    public var isIdentifiedByMatch: Bool
    /// What can be done, by operation.
    public var operations: [WriteOperation: WriteDescription]

    /// A sink.
    public init(
        match: Template? = nil,
        isIdentifiedByMatch: Bool = false,
        operations: [WriteOperation: WriteDescription]
    ) {
        self.match = match
        self.isIdentifiedByMatch = isIdentifiedByMatch
        self.operations = operations
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
    /// Whether a request carries a list of records; else it carries one, and `item` is its body.
    public var isList: Bool
    /// Where the items stand in the body; the root puts them at the top.
    public var into: FieldPath
    /// What each record becomes; `nil` for a request without a body.
    public var item: JSONTemplate?
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
    /// The status codes that say that the record does not exist (any more).
    public var goneStatuses: Set<Int>
    /// The status codes that say that the service has had this very request already.
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
        item: JSONTemplate?,
        envelope: JSONTemplate? = nil,
        moved: [(from: FieldPath, to: FieldPath)] = [],
        added: [(path: FieldPath, value: JSONTemplate)] = [],
        fieldRules: [FieldRule] = [],
        sendsNull: Bool = true,
        result: ResultDescription? = nil,
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
        self.item = item
        self.envelope = envelope
        self.moved = moved
        self.added = added
        self.fieldRules = fieldRules
        self.sendsNull = sendsNull
        self.result = result
        self.goneStatuses = goneStatuses
        self.repeatedStatuses = repeatedStatuses
    }

    /// Whether the request carries what stays the same however often it is sent, so that the service knows it again.
    public var isKeyed: Bool {
        let templates = [request.path] + (request.query + request.headers).map(\.value)
        let references = templates.flatMap(\.references) + (item?.references ?? [])
        return references.contains { $0.scope == .batch && $0.path == ["id"] }
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

    /// A result.
    public init(records: [FieldPath], id: FieldPath, matchRoot: FieldPath) {
        self.records = records
        self.id = id
        self.matchRoot = matchRoot
    }
}
