/// A JSON document in memory: for settings, error bodies and the socket.
///
/// Records travel as ``RecordBatch`` instead.
///
/// Numbers keep their literal, objects the order of their keys. Keys are compared by their UTF-8 bytes, because
/// Swift's string equality takes `é` in one code point and in two for the same key.
public enum JSONValue: Sendable {
    /// JSON's `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number's literal.
    case number(String)
    /// A string.
    case string(String)
    /// An array.
    case array([JSONValue])
    /// An object's members in order.
    case object([Member])

    /// One member of an object.
    public struct Member: Sendable {
        /// The key.
        public var key: String
        /// The value.
        public var value: JSONValue

        /// A member.
        public init(key: String, value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    /// The integer as a JSON number.
    public static func integer(_ value: some BinaryInteger) -> JSONValue { .number(String(value)) }

    /// The value of the last member with `key` (RFC 8259 leaves repeated keys open; the last wins here).
    public subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.key.utf8.elementsEqual(key.utf8) }?.value
    }

    /// The element at `index`.
    public subscript(index: Int) -> JSONValue? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    /// The string, if this is one.
    public var string: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    /// The integer, if this is a number that is one.
    public var integer: Int? {
        guard case .number(let literal) = self else { return nil }
        return Int(literal)
    }

    /// The boolean, if this is one.
    public var bool: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    /// The document as compact JSON text.
    public var compactText: String {
        var text = ""
        forEachToken { token in
            switch token {
            case .punctuation(let scalar): text.unicodeScalars.append(scalar)
            case .word(let word): text += word
            case .string(let value): text += Self.quoted(value)
            }
        }
        return text
    }

    /// A string between quotation marks, with the escapes that RFC 8259, §7, demands.
    private static func quoted(_ string: String) -> String {
        if string.utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
            return "\"\(string)\""
        }
        var text = "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20:
                text += scalar.value < 0x10 ? "\\u000" : "\\u00"
                text += String(scalar.value, radix: 16)
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }

    /// Whether this is `null`.
    public var isNull: Bool {
        guard case .null = self else { return false }
        return true
    }
}

extension JSONValue: Equatable {
    /// Whether two documents are the same, numbers by their literals and strings by their bytes.
    public static func == (left: JSONValue, right: JSONValue) -> Bool {
        // What is still to be compared waits here: a document's depth must not be the machine stack's.
        var pairs = [(left, right)]
        while let pair = pairs.popLast() {
            let isSame =
                switch pair {
                case (.null, .null): true
                case (.bool(let left), .bool(let right)): left == right
                case (.number(let left), .number(let right)): left.utf8.elementsEqual(right.utf8)
                case (.string(let left), .string(let right)): left.utf8.elementsEqual(right.utf8)
                case (.array(let left), .array(let right)): left.count == right.count
                case (.object(let left), .object(let right)):
                    left.count == right.count
                        && zip(left, right).allSatisfy { $0.key.utf8.elementsEqual($1.key.utf8) }
                default: false
                }
            guard isSame else { return false }
            switch pair {
            case (.array(let left), .array(let right)): pairs.append(contentsOf: zip(left, right))
            case (.object(let left), .object(let right)):
                pairs.append(contentsOf: zip(left.lazy.map(\.value), right.lazy.map(\.value)))
            default: break
            }
        }
        return true
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// A string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// A boolean.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// A number.
    public init(integerLiteral value: Int) { self = .integer(value) }
    /// An array.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// An object, its members in the order given.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(elements.map { Member(key: $0.0, value: $0.1) })
    }
}

extension JSONValue: Codable {
    private struct MemberKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// Decodes any JSON document.
    ///
    /// Numbers go through the decoder's own types: use the JSON module's parser where every digit counts.
    public init(from decoder: any Decoder) throws {
        if let object = try? decoder.container(keyedBy: MemberKey.self) {
            self = .object(
                try object.allKeys.map {
                    Member(key: $0.stringValue, value: try object.decode(JSONValue.self, forKey: $0))
                }
            )
            return
        }
        if var list = try? decoder.unkeyedContainer() {
            var elements: [JSONValue] = []
            while !list.isAtEnd { elements.append(try list.decode(JSONValue.self)) }
            self = .array(elements)
            return
        }
        let container = try decoder.singleValueContainer()
        // Each attempt that fails only means that the value is of another kind.
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .number(String(value))
        } else if let value = try? container.decode(Double.self) {
            self = .number(String(value))
        } else {
            self = .string(try container.decode(String.self))
        }
    }

    /// Encodes the document.
    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .null:
            var container = encoder.singleValueContainer()
            try container.encodeNil()
        case .bool(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
        case .number(let literal):
            var container = encoder.singleValueContainer()
            if let integer = Int64(literal) {
                try container.encode(integer)
            } else {
                try container.encode(Double(literal) ?? 0)
            }
        case .string(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
        case .array(let elements):
            var container = encoder.unkeyedContainer()
            for element in elements { try container.encode(element) }
        case .object(let members):
            var container = encoder.container(keyedBy: MemberKey.self)
            for member in members { try container.encode(member.value, forKey: MemberKey(stringValue: member.key)) }
        }
    }
}
