/// A document as the sandbox's dataset holds it.
public struct SanityDocument: Sendable, Equatable {
    /// The identifier.
    public let id: String
    /// The type.
    public let type: String
    /// The transaction that changed it last.
    public internal(set) var revision: String
    /// When it was made, after RFC 3339.
    public internal(set) var createdAt: String
    /// When it was changed last, after RFC 3339.
    public internal(set) var updatedAt: String
    /// What else it has.
    var content: SanityValue {
        didSet { strongReferences = content.strongReferences }
    }
    /// The documents that must exist for as long as it does: looked up with every transaction that deletes something.
    private(set) var strongReferences: Set<String>

    init(id: String, type: String, revision: String, createdAt: String, updatedAt: String, content: SanityValue) {
        self.id = id
        self.type = type
        self.revision = revision
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.content = content
        strongReferences = content.strongReferences
    }

    /// A field's JSON literal; `nil` where there is none.
    public subscript(name: String) -> String? { content[name]?.json }

    /// How many objects stand in its arrays without a key of their own, so that editors cannot work on them.
    public var keylessCount: Int { content.keylessCount }

    /// The whole document as JSON.
    public var json: String { whole.json }

    var whole: SanityValue {
        var whole = SanityValue.object([])
        whole["_createdAt"] = .literal(jsonLiteral(createdAt))
        whole["_id"] = .literal(jsonLiteral(id))
        whole["_rev"] = .literal(jsonLiteral(revision))
        whole["_type"] = .literal(jsonLiteral(type))
        whole["_updatedAt"] = .literal(jsonLiteral(updatedAt))
        guard case .object(let members) = content else { return whole }
        for member in members { whole[member.name] = member.value }
        return whole
    }

    /// A field for a query.
    func value(_ name: String) -> GROQValue {
        switch name {
        case "_id": .text(id)
        case "_type": .text(type)
        case "_rev": .text(revision)
        case "_createdAt": .text(createdAt)
        case "_updatedAt": .text(updatedAt)
        default: content[name].map { GROQValue($0) } ?? .null
        }
    }

    /// Whether it is a draft or a version of a release, which published documents are not.
    var isPublished: Bool { !id.hasPrefix("drafts.") && !id.hasPrefix("versions.") }

    /// Whether a text can be a document's identifier.
    static func isIdentifier(_ text: String) -> Bool {
        let isPlain = { (byte: UInt8) in
            (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "_")
        }
        guard let first = text.utf8.first, isPlain(first), text.utf8.count <= 128 else { return false }
        return text.utf8.allSatisfy { isPlain($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
            && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy {
                !$0.isEmpty && $0.first != "-"
            }
    }
}
