import Synchronization

/// The Loops service: one team's contacts, mailing lists and events, below `/loops/api/v1`.
///
/// Written from the provider's documentation alone. Where it is silent it does this: an event for an unknown contact is
/// refused with 404; a property that does not exist, or a value of another type than its property's, is refused with
/// 400; an idempotency key counts once its request was accepted; `email` and `userId` of two different contacts are
/// refused with 400; bodies must be announced as JSON (400).
public final class LoopsTeam: Sendable {
    static let prefix = ["loops", "api", "v1"]
    let clock = SandboxClock()
    let state = Mutex(LoopsState())
    let limit = SlidingLimit(10, per: .seconds(1))
    let contentLimit = SlidingLimit(60, per: .seconds(60))
    private let log: RequestLog

    init(log: RequestLog) {
        self.log = log
    }

    /// The team's key; another one is refused from then on.
    public var key: String {
        get { state.withLock { $0.key } }
        set { state.withLock { $0.key = newValue } }
    }

    /// Limits the team's requests a second, which are 10 at first; `nil` lifts the limit.
    public func setLimit(requestsPerSecond: Int?) {
        limit.set(requestsPerSecond)
    }

    /// Adds a mailing list.
    public func add(_ list: LoopsList) {
        state.withLock { $0.lists.append(list) }
    }

    /// Adds a contact property of the type `string`, `number`, `boolean` or `date`.
    public func addProperty(_ name: String, type: String) {
        state.withLock { $0.addProperty(name, type: type) }
    }

    /// Adds a transactional e-mail.
    public func addTransactionalEmail(id: String, name: String, lastUpdated: String) {
        state.withLock { $0.put(LoopsEmail(id: id, name: name, lastUpdated: lastUpdated)) }
    }

    /// Adds a contact, or changes it, as somebody else would: properties as JSON literals, not validated.
    ///
    /// - Returns: its identifier.
    @discardableResult
    public func upsert(email: String, _ properties: [(name: String, json: String)] = []) -> String {
        state.withLock { state in
            let known = state.contacts.slot("email", jsonLiteral(email))
            return state.write([("email", jsonLiteral(email))] + properties, lists: [:], at: known)
        }
    }

    /// All contacts, oldest first.
    public var contacts: [LoopsContact] { state.withLock { $0.contacts.all } }

    /// The contact with an e-mail address.
    public func contact(email: String) -> LoopsContact? {
        state.withLock { state in
            state.contacts.slot("email", jsonLiteral(email)).flatMap { state.contacts[$0] }
        }
    }

    /// The events accepted, oldest first.
    public var events: [LoopsEvent] { state.withLock { $0.events } }

    /// The identifiers of the transactional e-mails, in order.
    public var transactionalEmailIDs: [String] { state.withLock { $0.emails.map(\.id) } }

    /// The transactional e-mails that would have been sent, oldest first: which one, and to whom.
    public var sentEmails: [(id: String, email: String)] { state.withLock { $0.sentEmails } }

    /// The requests received, oldest first.
    public var requests: [LoggedRequest] { log.requests.filter { $0.name == "loops" } }
}

/// What a team has.
struct LoopsState: Sendable {
    var key = "demo-loops-key"
    var teamName = "Demo"
    var lists: [LoopsList] = []
    /// The transactional e-mails by number.
    var emails: [LoopsEmail] = []
    private var emailCount = 0
    /// The properties by name: those of every team, and its own.
    private(set) var propertyTypes: [(name: String, type: String, isCustom: Bool)] =
        [
            "firstName", "lastName", "source", "userGroup", "userId", "email",
        ].map { ($0, "string", false) } + [("subscribed", "boolean", false)]
    var contacts = LoopsContacts()
    var events: [LoopsEvent] = []
    var sentEmails: [(id: String, email: String)] = []
    /// The keys of accepted events, and when they came.
    var keys: [String: ContinuousClock.Instant] = [:]
    private var random = SeededGenerator(seed: 7)

    func type(of property: String) -> String? {
        propertyTypes.first { $0.name == property }?.type
    }

    mutating func addProperty(_ name: String, type: String) {
        guard self.type(of: name) == nil else { return }
        propertyTypes.append((name, type, true))
    }

    /// Adds a transactional e-mail behind the others, or replaces the one with its identifier.
    mutating func put(_ email: LoopsEmail) {
        if let index = emails.firstIndex(where: { $0.id == email.id }) {
            (emails[index].name, emails[index].lastUpdated) = (email.name, email.lastUpdated)
        } else {
            emailCount += 1
            emails.append(email)
            emails[emails.count - 1].number = emailCount
        }
    }

    /// Writes properties and lists of a contact, of a new one without a slot.
    mutating func write(
        _ properties: [(name: String, json: String)],
        lists: [String: Bool],
        at slot: Int?
    ) -> String {
        let slot =
            slot
            ?? contacts.append(
                LoopsContact(id: "c" + random.nextUUID().filter { $0 != "-" }.prefix(23), properties: [])
            )
        contacts.change(slot) { contact in
            for (name, json) in properties { contact.set(name, to: json) }
            contact.mailingLists.merge(lists) { $1 }
        }
        return contacts[slot]?.id ?? ""
    }
}
