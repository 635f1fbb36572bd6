/// An entity as the sandbox holds it.
public struct WiserowsEntity: Sendable {
    /// The identifier.
    public let id: String
    /// The type's identifier.
    public let type: String
    /// The fields: name and JSON literal, in the order in which they came.
    public internal(set) var fields: [(name: String, json: String)]
    /// When it was made, in Unix milliseconds.
    public let createdAt: Int
    /// When it was changed last, in Unix milliseconds.
    public internal(set) var updatedAt: Int
    /// When it was deleted, in Unix milliseconds.
    public internal(set) var archivedAt: Int?

    /// A field's JSON literal.
    public subscript(name: String) -> String? { fields.first { $0.name == name }?.json }

    mutating func set(_ name: String, to json: String) {
        if let index = fields.firstIndex(where: { $0.name == name }) {
            fields[index].json = json
        } else {
            fields.append((name, json))
        }
    }

    var json: String {
        let members = fields.map { "\(jsonLiteral($0.name)):\($0.json)" }
        return
            "{\"id\":\(jsonLiteral(id)),\"entityTypeId\":\(jsonLiteral(type)),\"fields\":{\(members.joined(separator: ","))},"
            + "\"createdAt\":\(createdAt),\"updatedAt\":\(updatedAt),\"archivedAt\":\(archivedAt.map(String.init) ?? "null")}"
    }
}

/// A type of entities.
public struct WiserowsType: Sendable {
    /// The identifier.
    public var id: String
    /// The fields by name, each with its type: `text`, `longText`, `richText`, `number`, `boolean`, `date`, `datetime`,
    /// `select`, `multiSelect`, `url`, `email`, `json`, `reference`, `relation`, `formula` and others.
    public var fields: [(name: String, type: String)]
    /// The fields that an entity must have.
    public var required: Set<String>

    /// A type.
    public init(id: String, fields: [(name: String, type: String)], required: Set<String> = []) {
        self.id = id
        self.fields = fields
        self.required = required
    }
}

/// One of a project's integrations.
public struct WiserowsIntegration: Sendable {
    /// The identifier.
    public var id: String
    /// What it is connected with.
    public var type: String
    /// What people call it.
    public var name: String
    /// `active`, `inactive`, `error` or `pending`.
    public var status: String
    /// The last successful sync in Unix milliseconds.
    public var lastSyncAt: Int?
    /// What it is configured with, as a JSON object.
    public var config = "{}"
    /// How its fields map, as a JSON list.
    public var fieldMappings = "[]"

    /// An integration.
    public init(id: String, type: String, name: String, status: String = "active", lastSyncAt: Int? = nil) {
        self.id = id
        self.type = type
        self.name = name
        self.status = status
        self.lastSyncAt = lastSyncAt
    }

    /// It as the list shows it.
    var json: String { "{\(members)}" }

    /// It with what only an admin sees.
    var details: String { "{\(members),\"config\":\(config),\"fieldMappings\":\(fieldMappings)}" }

    private var members: String {
        "\"id\":\(jsonLiteral(id)),\"type\":\(jsonLiteral(type)),\"name\":\(jsonLiteral(name)),"
            + "\"status\":\(jsonLiteral(status)),\"lastSyncAt\":\(lastSyncAt.map(String.init) ?? "null")"
    }
}

/// A sync that was triggered.
public struct WiserowsJob: Sendable {
    /// The identifier.
    public let id: String
    /// The integration's identifier.
    public let integration: String
    /// `pull` or `push`.
    public let direction: String
    /// `running`, `completed`, `failed` or `cancelled`.
    public internal(set) var status = "running"
    var looks: Int
    let startedAt: Int
    var completedAt: Int?

    init(id: String, integration: String, direction: String, looks: Int, startedAt: Int) {
        self.id = id
        self.integration = integration
        self.direction = direction
        self.looks = looks
        self.startedAt = startedAt
    }
}
