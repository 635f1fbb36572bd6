/// A resource that can be pulled.
public struct StreamDescription: Sendable {
    /// The request for a page; `nil` where the service lists no records, so that they cannot be pulled.
    public var request: RequestTemplate?
    /// Why there is no such request, for people.
    public var unlistedReason: String?
    /// Where a page keeps its records; the first path that leads to an array counts.
    public var records: [FieldPath]
    /// How records that are lists of values become objects; `nil` where they are objects.
    public var rows: RowsDescription?
    /// Whether a page without records may have nothing where they stand.
    public var mayOmitRecords: Bool
    /// What records have besides what the service says of them; `nil` where they are taken as they come.
    public var form: RecordForm?
    /// The parts that the resource is read in, one after the other: all combinations of these settings' elements.
    public var parts: [(name: String, values: Template)]
    /// How the resource is read day by day; `nil` where it is not.
    public var days: DaysDescription?
    /// Where a record keeps its identifier.
    public var id: FieldPath
    /// Where remote paths of mappings are rooted in a record; also what is hashed to see whether it changed.
    public var root: FieldPath
    /// The natural key's path, below the root, for integrations that do not set one.
    public var match: Template?
    /// How pages follow each other.
    public var pagination: Pagination
    /// Where a page says how many records there are: what is read then is all of it.
    public var total: FieldPath?
    /// Where a page says about how many records there are, for who watches: it is no sign of the end.
    public var estimate: FieldPath?
    /// How everything is read, where there is a better way than page after page.
    public var whole: WholeDescription?
    /// The field by which only what has changed is read; `nil` when every pull reads everything.
    public var cursor: CursorDescription?
    /// The request that finds records by their natural key.
    public var find: RequestTemplate?
    /// The request that reads one record by its identifier, which stands for `match.value`.
    public var get: RequestTemplate?
    /// Complete scans a record must be missing from before it counts as deleted; `nil` when scans say nothing.
    public var scansBeforeDelete: Int?
    /// Where a record that stands for a deleted one says so, by a value that is neither null nor `false`.
    public var tombstone: FieldPath?
    /// The look at all identifiers that shows which records are gone.
    public var sweep: SweepDescription?

    /// A stream.
    public init(
        request: RequestTemplate?,
        unlistedReason: String? = nil,
        records: [FieldPath],
        rows: RowsDescription? = nil,
        mayOmitRecords: Bool = false,
        form: RecordForm? = nil,
        parts: [(name: String, values: Template)] = [],
        days: DaysDescription? = nil,
        id: FieldPath,
        root: FieldPath = .root,
        match: Template? = nil,
        pagination: Pagination,
        total: FieldPath? = nil,
        estimate: FieldPath? = nil,
        whole: WholeDescription? = nil,
        cursor: CursorDescription? = nil,
        find: RequestTemplate? = nil,
        get: RequestTemplate? = nil,
        scansBeforeDelete: Int? = nil,
        tombstone: FieldPath? = nil,
        sweep: SweepDescription? = nil
    ) {
        self.request = request
        self.unlistedReason = unlistedReason
        self.records = records
        self.rows = rows
        self.mayOmitRecords = mayOmitRecords
        self.form = form
        self.parts = parts
        self.days = days
        self.id = id
        self.root = root
        self.match = match
        self.pagination = pagination
        self.total = total
        self.estimate = estimate
        self.whole = whole
        self.cursor = cursor
        self.find = find
        self.get = get
        self.scansBeforeDelete = scansBeforeDelete
        self.tombstone = tombstone
        self.sweep = sweep
    }
}

/// How all of a stream's records are read when nothing is known of them yet: by answers of a JSON document a line.
///
/// Documents that have the stream's identifier are records; what says how to go on may be in any other.
public struct WholeDescription: Sendable {
    /// The settings with which the records are those of the pages, by name; with others, everything is read by pages.
    public var conditions: [(setting: String, value: JSONValue)]
    /// The request for an answer.
    public var request: RequestTemplate
    /// Where a document that is no record says that the answer has broken off.
    public var error: FieldPath
    /// How answers follow each other.
    public var pagination: Pagination
    /// The records that pages do not have: those whose identifier begins with one of these.
    public var skippedPrefixes: [String]

    /// A way to read everything.
    public init(
        conditions: [(setting: String, value: JSONValue)] = [],
        request: RequestTemplate,
        error: FieldPath,
        pagination: Pagination,
        skippedPrefixes: [String] = []
    ) {
        self.conditions = conditions
        self.request = request
        self.error = error
        self.pagination = pagination
        self.skippedPrefixes = skippedPrefixes
    }
}

/// How the rows of an answer become records.
public struct RowsDescription: Sendable {
    /// Where the answer keeps the columns' names, in the order of the rows' values.
    public var columns: FieldPath
    /// The columns whose values are JSON as text, which counts as what it says.
    public var jsonColumns: Set<String>

    /// Rows.
    public init(columns: FieldPath, jsonColumns: Set<String> = []) {
        self.columns = columns
        self.jsonColumns = jsonColumns
    }
}

/// What a stream's records have besides what the service says of them.
public struct RecordForm: Sendable {
    /// What makes an identifier.
    public enum Identity: Sendable {
        /// The values of these fields.
        case fields([FieldPath])
        /// The values of the fields that a setting names.
        case named(Template)
    }

    /// Where a record has a list of values, and the setting that has their names: each becomes a member of the record.
    public var zipped: (path: FieldPath, names: Template)?
    /// Members that each record gets.
    public var added: [(name: String, value: JSONTemplate)]
    /// What makes its identifier, together with the part and the day that it was read with.
    public var identity: Identity

    /// The member that holds the identifier that is made.
    public static let identifier = "ferry.id"

    /// A form.
    public init(
        zipped: (path: FieldPath, names: Template)? = nil,
        added: [(name: String, value: JSONTemplate)] = [],
        identity: Identity
    ) {
        self.zipped = zipped
        self.added = added
        self.identity = identity
    }
}

/// How a resource is read that has some records for each day, which the service may revise for a while: day by day, each as
/// a whole.
public struct DaysDescription: Sendable {
    /// The time zone whose days these are, by its name in the tz database.
    public var zone: String
    /// The first day that is read.
    public var start: Template?
    /// How many days back the service has any.
    public var history: Int?
    /// How many days, today included, are not final where nothing else tells which.
    public var lag: Int
    /// How many final days are read again by each pull.
    public var lookback: Int
    /// Whether days are read that are not final yet; each pull reads them again until they are.
    public var readsProvisional: Template?
    /// What the request calls days that are final, and those that are not: `window.state`.
    public var states: (final: String, provisional: String)
    /// The request that tells which days are final.
    public var probe: Probe?
    /// The most records of a day that the service shows.
    public var most: Int?

    /// A request that tells which days are final.
    public struct Probe: Sendable {
        /// The request, for the days from `window.start` to `window.end`.
        public var request: RequestTemplate
        /// Where the answer has the first day that is not final; nothing there says nothing.
        public var firstOpenDay: FieldPath
        /// How many days it is for, up to today.
        public var days: Int

        /// A probe.
        public init(request: RequestTemplate, firstOpenDay: FieldPath, days: Int) {
            self.request = request
            self.firstOpenDay = firstOpenDay
            self.days = days
        }
    }

    /// Days.
    public init(
        zone: String,
        start: Template? = nil,
        history: Int? = nil,
        lag: Int = 0,
        lookback: Int = 0,
        readsProvisional: Template? = nil,
        states: (final: String, provisional: String) = ("final", "provisional"),
        probe: Probe? = nil,
        most: Int? = nil
    ) {
        self.zone = zone
        self.start = start
        self.history = history
        self.lag = lag
        self.lookback = lookback
        self.readsProvisional = readsProvisional
        self.states = states
        self.probe = probe
        self.most = most
    }
}

/// The field of a stream's records that says when they changed: what a pull has seen of it is where the next begins.
public struct CursorDescription: Sendable {
    /// How its values are compared.
    public enum ValueType: String, Sendable, CaseIterable {
        /// A date, or a date and a time (RFC 3339 and its relatives); without an offset it is UTC.
        case timestamp
        /// Seconds since 1970.
        case unixSeconds = "unix_s"
        /// Milliseconds since 1970.
        case unixMilliseconds = "unix_ms"
        /// A number that only grows.
        case number
        /// Text, compared byte by byte.
        case string

        /// Whether values are times, which a clock can be compared with.
        public var isTime: Bool {
            switch self {
            case .timestamp, .unixSeconds, .unixMilliseconds: true
            case .number, .string: false
            }
        }
    }

    /// Where a record keeps the value.
    public var field: FieldPath
    /// How values are compared.
    public var type: ValueType
    /// Whether pages come in ascending order of the field, so that a scan that is given up half-way need not begin
    /// anew.
    public var isOrdered: Bool
    /// What the request says when everything is to be read; `nil` leaves the parameter out.
    public var start: JSONTemplate?
    /// How far before the highest value seen the next pull begins, for records that come late.
    public var lookback: Duration

    /// A cursor.
    public init(
        field: FieldPath,
        type: ValueType = .timestamp,
        isOrdered: Bool = false,
        start: JSONTemplate? = nil,
        lookback: Duration = .zero
    ) {
        self.field = field
        self.type = type
        self.isOrdered = isOrdered
        self.start = start
        self.lookback = lookback
    }
}

/// A look at the identifiers of all records, for streams whose pulls do not see everything.
public struct SweepDescription: Sendable {
    /// The request for a page.
    public var request: RequestTemplate
    /// Where a page keeps its records; the first path that leads to an array counts.
    public var records: [FieldPath]
    /// Where a record keeps its identifier.
    public var id: FieldPath
    /// How pages follow each other.
    public var pagination: Pagination
    /// Where a page says how many records there are.
    public var total: FieldPath?
    /// How long a look is good for.
    public var interval: Duration

    /// A sweep.
    public init(
        request: RequestTemplate,
        records: [FieldPath],
        id: FieldPath,
        pagination: Pagination,
        total: FieldPath? = nil,
        interval: Duration = .seconds(86_400)
    ) {
        self.request = request
        self.records = records
        self.id = id
        self.pagination = pagination
        self.total = total
        self.interval = interval
    }
}
