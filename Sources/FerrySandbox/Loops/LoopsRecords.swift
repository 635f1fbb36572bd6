/// A contact as the sandbox holds it.
public struct LoopsContact: Sendable {
    /// The identifier that the service gave it.
    public let id: String
    /// The properties, `email` and `userId` among them: name and JSON literal, in the order in which they came.
    public internal(set) var properties: [(name: String, json: String)]
    /// The mailing lists that it was put on or taken off.
    public internal(set) var mailingLists: [String: Bool] = [:]

    /// A property's JSON literal.
    public subscript(name: String) -> String? { properties.first { $0.name == name }?.json }

    mutating func set(_ name: String, to json: String) {
        if let index = properties.firstIndex(where: { $0.name == name }) {
            properties[index].json = json
        } else {
            properties.append((name, json))
        }
    }
}

/// An event that the sandbox accepted: a mail that would have been sent.
public struct LoopsEvent: Sendable {
    /// What happened.
    public let name: String
    /// The contact's identifier.
    public let contact: String
    /// The event's properties as JSON; `{}` where it had none.
    public let properties: String
    /// The key that it was sent under.
    public let idempotencyKey: String?
}

/// A mailing list of the sandbox's team.
public struct LoopsList: Sendable {
    /// The identifier.
    public var id: String
    /// What people call it.
    public var name: String
    /// Whether contacts can put themselves on it.
    public var isPublic: Bool

    /// A mailing list.
    public init(id: String, name: String, isPublic: Bool = true) {
        self.id = id
        self.name = name
        self.isPublic = isPublic
    }
}

/// A transactional e-mail of the sandbox's team.
struct LoopsEmail: Sendable {
    let id: String
    var name: String
    var lastUpdated: String
    /// One more than that of any before, so that a cursor stands for a place whatever is deleted.
    var number = 0
}
