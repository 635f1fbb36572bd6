/// A JSON value of a document that mutations change in place; numbers and texts keep their literals.
indirect enum SanityValue: Sendable, Equatable {
    struct Member: Sendable, Equatable {
        var name: String
        var value: SanityValue
    }

    /// Anything but an object or an array, as JSON.
    case literal(String)
    case array([SanityValue])
    case object([Member])

    init(_ slice: JSONSlice) {
        if let members = slice.members {
            var object = SanityValue.object([])
            for (name, value) in members { object[name] = SanityValue(value) }
            self = object
        } else if let elements = slice.elements {
            self = .array(elements.map { SanityValue($0) })
        } else {
            self = .literal(slice.text)
        }
    }

    /// The value as JSON.
    var json: String {
        switch self {
        case .literal(let text): text
        case .array(let elements): "[\(elements.map(\.json).joined(separator: ","))]"
        case .object(let members):
            "{\(members.map { "\(jsonLiteral($0.name)):\($0.value.json)" }.joined(separator: ","))}"
        }
    }

    /// The text, if it is one.
    var string: String? {
        guard case .literal(let text) = self, text.utf8.first == UInt8(ascii: "\"") else { return nil }
        return decodedString(Array(text.utf8)[...])
    }

    /// A member of an object; setting it on anything else makes it an object.
    subscript(name: String) -> SanityValue? {
        get {
            guard case .object(let members) = self else { return nil }
            return members.first { $0.name == name }?.value
        }
        set {
            var members: [Member] = []
            if case .object(let own) = self { members = own }
            let index = members.firstIndex { $0.name == name }
            switch (index, newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append(Member(name: name, value: value))
            case (nil, nil): break
            }
            self = .object(members)
        }
    }

    /// The value at a path of names.
    func value(at path: ArraySlice<String>) -> SanityValue? {
        guard let name = path.first else { return self }
        return self[name]?.value(at: path.dropFirst())
    }

    /// Puts a value at a path of names, making the objects on the way; `nil` removes what is there.
    mutating func set(_ value: SanityValue?, at path: ArraySlice<String>) {
        guard let name = path.first else { return }
        guard path.count > 1 else { return self[name] = value }
        guard var child = self[name] ?? (value == nil ? nil : .object([])) else { return }
        child.set(value, at: path.dropFirst())
        self[name] = child
    }

    /// All objects in the value, itself included.
    var objects: [SanityValue] {
        switch self {
        case .literal: []
        case .array(let elements): elements.flatMap(\.objects)
        case .object(let members): [self] + members.flatMap(\.value.objects)
        }
    }

    /// The identifiers of documents that must exist for as long as this refers to them.
    var strongReferences: Set<String> {
        Set(objects.compactMap { $0["_weak"] == .literal("true") ? nil : $0["_ref"]?.string })
    }

    /// How many objects stand in arrays without a key, or under one that another has: editors cannot work on these.
    var keylessCount: Int {
        switch self {
        case .literal: return 0
        case .object(let members): return members.reduce(0) { $0 + $1.value.keylessCount }
        case .array(let elements):
            var keys: Set<String> = []
            return elements.reduce(0) { count, element in
                guard case .object = element else { return count + element.keylessCount }
                let isKeyed = element["_key"]?.string.map { !$0.isEmpty && keys.insert($0).inserted } ?? false
                return count + (isKeyed ? 0 : 1) + element.keylessCount
            }
        }
    }

    /// The number, if it is one.
    var number: Double? {
        guard case .literal(let text) = self, string == nil else { return nil }
        return Double(text)
    }

    /// How many objects and lists are within each other.
    var depth: Int {
        switch self {
        case .literal: 0
        case .array(let elements): 1 + (elements.lazy.map(\.depth).max() ?? 0)
        case .object(let members): 1 + (members.lazy.map(\.value.depth).max() ?? 0)
        }
    }

    /// Whether there are more attributes in it than that: the same one of several elements of a list counts once.
    func hasMoreAttributes(than maximum: Int) -> Bool {
        // Most documents have fewer in all.
        guard memberCount > maximum else { return false }
        var paths: Set<String> = []
        collect(&paths, below: "")
        return paths.count > maximum
    }

    private var memberCount: Int {
        switch self {
        case .literal: 0
        case .array(let elements): elements.reduce(0) { $0 + $1.memberCount }
        case .object(let members): members.reduce(0) { $0 + 1 + $1.value.memberCount }
        }
    }

    private func collect(_ paths: inout Set<String>, below path: String) {
        switch self {
        case .literal: break
        case .array(let elements): for element in elements { element.collect(&paths, below: path + "[]") }
        case .object(let members):
            for member in members {
                let own = "\(path).\(member.name)"
                paths.insert(own)
                member.value.collect(&paths, below: own)
            }
        }
    }

    /// The value with a key for each object of a list that has none: others each time.
    func keyed(from seed: String) -> SanityValue {
        switch self {
        case .literal: return self
        case .object(let members):
            return .object(
                members.map { Member(name: $0.name, value: $0.value.keyed(from: "\(seed).\($0.name)")) }
            )
        case .array(let elements):
            return .array(
                elements.enumerated().map { index, element in
                    var element = element.keyed(from: "\(seed)[\(index)]")
                    if case .object = element, element["_key"] == nil {
                        let hash = FowlerNollVoHash(of: "\(seed)[\(index)]".utf8).value
                        element["_key"] = .literal("\"\(String(hash, radix: 16))\"")
                    }
                    return element
                }
            )
        }
    }
}
