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
    /// What the service does by itself when it is asked, by resource.
    public var actions: [String: ActionDescription]
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
        actions: [String: ActionDescription] = [:],
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
        self.actions = actions
        self.limits = limits
    }

    /// The names of all resources, sorted.
    public var resources: [String] { Set(streams.keys).union(sinks.keys).union(actions.keys).sorted() }

    /// The directions in which a resource can be synced; empty when there is no such resource.
    public func directions(of resource: String) -> Set<Direction> {
        var directions: Set<Direction> = []
        if streams[resource]?.request != nil { directions.insert(.pull) }
        if sinks[resource] != nil || actions[resource] != nil { directions.insert(.push) }
        return directions
    }

    /// The settings without which a resource's requests cannot be made.
    public func settings(neededBy direction: Direction, of resource: String) -> [SettingDeclaration] {
        let requests: [RequestTemplate] =
            direction == .pull
            ? [streams[resource]?.request].compactMap(\.self)
            : (sinks[resource]?.operations.values.map(\.request) ?? []) + (actions[resource]?.requests ?? [])
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
        /// Any JSON; of a secret, a text that is JSON, whose members have a name each.
        case json
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
    /// The regular expression that a text must match as a whole.
    public var pattern: String?
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
        pattern: String? = nil,
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
        self.pattern = pattern
        self.summary = summary
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
        /// The record that was to be changed does not exist (any more).
        case gone
        /// The configuration is wrong.
        case config
        /// This part of the resource is refused; the others may not be.
        case part
        /// All is well.
        case done
    }

    /// The status codes it is for.
    public var statuses: Set<Int>
    /// Values that the answer's body must have, by path.
    public var body: [(path: FieldPath, value: JSONValue)]
    /// What the answer's body must have a value of, whatever it is, but null.
    public var has: [FieldPath]
    /// A text that must stand in the body, whatever the body is; its capital letters count.
    public var text: String?
    /// What it means.
    public var verdict: Verdict

    /// A rule.
    public init(
        statuses: Set<Int>,
        body: [(path: FieldPath, value: JSONValue)] = [],
        has: [FieldPath] = [],
        text: String? = nil,
        verdict: Verdict
    ) {
        self.statuses = statuses
        self.body = body
        self.has = has
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
    /// What the answer must list; `nil` where it need not list anything.
    public var listing: ListingDescription?

    /// A check.
    public init(
        request: RequestTemplate,
        shape: Shape,
        goodStatuses: Set<Int> = [],
        listing: ListingDescription? = nil
    ) {
        self.request = request
        self.shape = shape
        self.goodStatuses = goodStatuses
        self.listing = listing
    }
}

/// What a check's answer must list, so that a good status alone proves nothing.
public struct ListingDescription: Sendable {
    /// Where the answer has the list; nothing there is an empty one.
    public var records: FieldPath
    /// Where an element has its name.
    public var id: FieldPath
    /// The names that must be there: a setting that is a list.
    public var all: Template
    /// Values of an element that make it count as missing, by path; neither case nor `_` count.
    public var refused: [(path: FieldPath, value: String)]

    /// A listing.
    public init(records: FieldPath, id: FieldPath, all: Template, refused: [(path: FieldPath, value: String)] = []) {
        self.records = records
        self.id = id
        self.all = all
        self.refused = refused
    }
}
