import Synchronization

/// The PostHog service: one project, whose private API is below `/posthog/app` and whose capture endpoint is below
/// `/posthog/ingest`, as two hosts would be.
///
/// Written from the vendor's documentation and the contract of its capture service. A query may be no more than
/// ``HogQLQuery`` says. As the service does, capture answers 200 to any key that looks like a project's, and to events
/// that it drops; answers to queries are kept, and given again to whoever does not ask for fresh ones; an event that was
/// there already (the same day, event, person and UUID) counts once. Where the documentation is silent it does this: a
/// person is made with the first event of theirs, and of two events with one identity the later one is kept.
public final class PosthogProject: Sendable {
    static let privatePrefix = ["posthog", "app"]
    static let ingestPrefix = ["posthog", "ingest"]
    let clock: SandboxClock
    let state: Mutex<PosthogState>
    let limits = [SlidingLimit(240, per: .seconds(60)), SlidingLimit(2400, per: .seconds(3600))]
    private let log: RequestLog

    init(log: RequestLog) {
        let clock = SandboxClock()
        self.log = log
        self.clock = clock
        state = Mutex(PosthogState(clock: clock))
    }

    /// The project's number.
    public var id: String { "42" }

    /// The project's API key, by which events are captured.
    public var projectKey: String {
        get { state.withLock { $0.projectKey } }
        set { state.withLock { $0.projectKey = newValue } }
    }

    /// The personal API key, by which queries are made; another one is refused from then on.
    public var personalKey: String {
        get { state.withLock { $0.personalKey } }
        set { state.withLock { $0.personalKey = newValue } }
    }

    /// Whether the personal API key has the scope `query:read`, as it has at first.
    public func setScope(_ mayQuery: Bool) {
        state.withLock { $0.mayQuery = mayQuery }
    }

    /// Limits the queries a minute, which are 240 at first, and lifts the limit of 2,400 an hour; `nil` lifts both.
    public func setLimit(queriesPerMinute: Int?) {
        limits[0].set(queriesPerMinute)
        limits[1].set(nil)
    }

    /// The most rows that a query gives, whatever its LIMIT says: 50,000 at first.
    public func setResultCap(_ rows: Int) {
        state.withLock { $0.resultCap = rows }
    }

    /// How far the project's clocks are ahead of UTC: times are shown so, as in any project with a zone of its own.
    public func setTimeZone(minutesAhead: Int) {
        state.withLock { $0.minutesAhead = minutesAhead }
    }

    /// Has the endpoint with verdicts ask for events of a name again, or drop them.
    public func setVerdicts(again event: String, times: Int, dropping refused: Set<String> = []) {
        state.withLock { state in
            state.unpersisted = [(event, times)]
            state.refusedEvents = refused
        }
    }

    /// Whether the billing limit is reached: captured events are refused then.
    public func setBillingLimit(_ isReached: Bool) {
        state.withLock { $0.isOverBillingLimit = isReached }
    }

    /// Adds events as somebody else would.
    public func capture(_ events: [PosthogEvent]) {
        state.withLock { state in
            for event in events { state.add(event) }
        }
    }

    /// Adds a person as somebody else would, with properties as JSON literals.
    public func addPerson(id: String, distinctID: String, _ properties: [(name: String, json: String)]) {
        state.withLock { state in
            state.persons.append(
                PosthogPerson(id: id, distinctIDs: [distinctID], createdAt: 0, properties: properties)
            )
        }
    }

    /// Removes a person as somebody else would.
    public func removePerson(_ distinctID: String) {
        state.withLock { $0.persons.remove(distinctID) }
    }

    /// The events as queries show them, oldest first.
    public var events: [PosthogEvent] { state.withLock { $0.events.sorted() } }

    /// How many events were taken, also those that were there already.
    public var receivedCount: Int { state.withLock { $0.receivedCount } }

    /// How many events were answered with 200 and dropped.
    public var droppedCount: Int { state.withLock { $0.droppedCount } }

    /// How many requests came with the key that is for the other host.
    public var misplacedKeyCount: Int { state.withLock { $0.misplacedKeyCount } }

    /// The persons in the order in which they were made.
    public var persons: [PosthogPerson] { state.withLock { $0.persons.all } }

    /// The person with a distinct id.
    public func person(_ distinctID: String) -> PosthogPerson? {
        state.withLock { $0.persons[distinctID] }
    }

    /// A group's properties as JSON; `nil` when there is no such group.
    public func group(_ type: String, _ key: String) -> String? {
        state.withLock { $0.groups[type]?[key]?.object }
    }

    /// The requests received, oldest first.
    public var requests: [LoggedRequest] { log.requests.filter { $0.name == "posthog" } }
}

/// What a project has.
struct PosthogState: Sendable {
    let clock: SandboxClock
    var projectKey = "phc_demo_project_key"
    var personalKey = "phx_demo_personal_key"
    var mayQuery = true
    var resultCap = 50_000
    var minutesAhead = 0
    var isOverBillingLimit = false
    var events = PosthogEvents()
    var persons = PosthogPersons()
    /// The groups' properties by type and key.
    var groups: [String: [String: [(name: String, json: String)]]] = [:]
    var receivedCount = 0
    var droppedCount = 0
    var misplacedKeyCount = 0
    /// How often events of a name are not kept at first, by the endpoint that says so.
    var unpersisted: [(event: String, times: Int)] = []
    /// The names of events that are dropped, by the endpoint that says so.
    var refusedEvents: Set<String> = []
    /// Answers to queries, by the query and its values.
    var answers: [String: String] = [:]
    private var random = SeededGenerator(seed: 11)

    init(clock: SandboxClock) {
        self.clock = clock
    }

    mutating func nextUUID() -> String { random.nextUUID() }

    mutating func add(_ event: PosthogEvent) {
        receivedCount += 1
        events.put(event)
    }

    /// Sets properties of the person with a distinct id, who is made if need be.
    mutating func setPerson(
        _ distinctID: String,
        at time: Int,
        _ properties: [(name: String, json: String)],
        once: Bool
    ) {
        if persons[distinctID] == nil {
            persons.append(PosthogPerson(id: nextUUID(), distinctIDs: [distinctID], createdAt: time, properties: []))
        }
        persons.change(distinctID) { person in
            for (name, json) in properties where !once || person[name] == nil { person.properties.set(name, to: json) }
        }
    }
}
