/// Parses the singular queries of RFC 9535, §2.3.5, with the leading `$.` left out.
struct FieldPathParser {
    private let text: [UInt8]
    private var position = 0

    init(_ text: String) {
        self.text = Array(text.utf8)
    }

    mutating func parse() throws(FieldPathError) -> [FieldPath.Segment] {
        var segments: [FieldPath.Segment] = []
        if peek == UInt8(ascii: "$") {
            position += 1
        } else if let first = peek, first != UInt8(ascii: "[") {
            segments.append(.name(try shorthand()))
        }
        while position < text.count {
            guard segments.count < FieldPath.maximumSteps else {
                throw failure("the path has more than \(FieldPath.maximumSteps) steps")
            }
            // RFC 9535, §2.1: `segments = *(S segment)`, so white space may stand before a segment, but not at the end.
            let end = position
            skipSpace()
            switch peek {
            case nil:
                position = end
                throw failure("the path ends with white space")
            case UInt8(ascii: "."):
                position += 1
                segments.append(.name(try shorthand()))
            case UInt8(ascii: "["):
                position += 1
                segments.append(try bracketed())
            default:
                position = end
                throw failure("expected '.' or '['")
            }
        }
        return segments
    }

    private var peek: UInt8? { position < text.count ? text[position] : nil }

    private func failure(_ message: String) -> FieldPathError {
        FieldPathError(message: "\(message) at character \(position + 1)", offset: position)
    }

    private static func isNameFirst(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || byte >= 0x80
            || (byte | 0x20) >= UInt8(ascii: "a") && (byte | 0x20) <= UInt8(ascii: "z")
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        isNameFirst(byte) || byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }

    static func isShorthand(_ name: String) -> Bool {
        guard let first = name.utf8.first else { return false }
        return isNameFirst(first) && name.utf8.allSatisfy(isNameByte)
    }

    /// Writes a name so that it can stand between single quotation marks.
    static func escape(_ name: String) -> String {
        var escaped = ""
        for scalar in name.unicodeScalars {
            switch scalar {
            case "'", "\\": escaped += "\\\(scalar)"
            case "\u{8}": escaped += "\\b"
            case "\u{C}": escaped += "\\f"
            case "\n": escaped += "\\n"
            case "\r": escaped += "\\r"
            case "\t": escaped += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                escaped += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    private mutating func shorthand() throws(FieldPathError) -> String {
        let start = position
        guard let first = peek, Self.isNameFirst(first) else {
            throw failure("expected a name (write names with other characters as ['name'])")
        }
        while let byte = peek, Self.isNameByte(byte) { position += 1 }
        return String(decoding: text[start..<position], as: UTF8.self)
    }

    private mutating func bracketed() throws(FieldPathError) -> FieldPath.Segment {
        skipSpace()
        let segment: FieldPath.Segment
        switch peek {
        case UInt8(ascii: "'"), UInt8(ascii: "\""): segment = .name(try quoted())
        case UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: ":"):
            throw failure("a path leads to one value, so wildcards, filters and slices are not allowed")
        default: segment = .index(try index())
        }
        skipSpace()
        switch peek {
        case UInt8(ascii: "]"): position += 1
        case UInt8(ascii: ":"), UInt8(ascii: ","):
            throw failure("a path leads to one value, so slices and lists are not allowed")
        default: throw failure("expected ']'")
        }
        return segment
    }

    private mutating func skipSpace() {
        while let byte = peek, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
    }

    /// RFC 9535, §2.3.3.1: `int = "0" / (["-"] DIGIT1 *DIGIT)`, within ±(2⁵³ − 1) (§2.1).
    private mutating func index() throws(FieldPathError) -> Int {
        let start = position
        if peek == UInt8(ascii: "-") { position += 1 }
        let digits = position
        while let byte = peek, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { position += 1 }
        let literal = String(decoding: text[start..<position], as: UTF8.self)
        let hasLeadingZero = text[digits..<position].first == UInt8(ascii: "0") && literal != "0"
        guard position > digits, !hasLeadingZero, let value = Int(literal), value.magnitude < 1 << 53 else {
            position = start
            throw failure("expected an index or a quoted name")
        }
        return value
    }

    private mutating func quoted() throws(FieldPathError) -> String {
        let quote = text[position]
        position += 1
        var bytes: [UInt8] = []
        while let byte = peek, byte != quote {
            guard byte >= 0x20 else { throw failure("control characters must be escaped") }
            position += 1
            if byte == UInt8(ascii: "\\") {
                try escape(closing: quote, into: &bytes)
            } else {
                bytes.append(byte)
            }
        }
        guard peek == quote else { throw failure("the quoted name does not end") }
        position += 1
        return String(decoding: bytes, as: UTF8.self)
    }

    private mutating func escape(closing quote: UInt8, into bytes: inout [UInt8]) throws(FieldPathError) {
        guard let byte = peek else { throw failure("the escape does not end") }
        position += 1
        switch byte {
        case quote, UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(byte)
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "f"): bytes.append(0x0C)
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "r"): bytes.append(0x0D)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "u"):
            var value = try hexadecimal()
            if (0xD800..<0xDC00).contains(value) {
                guard peek == UInt8(ascii: "\\"), position + 1 < text.count, text[position + 1] == UInt8(ascii: "u")
                else { throw failure("a high surrogate needs a low one after it") }
                position += 2
                let low = try hexadecimal()
                guard (0xDC00..<0xE000).contains(low) else { throw failure("expected a low surrogate") }
                value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(value) else { throw failure("a low surrogate stands alone") }
            bytes.append(contentsOf: String(Character(scalar)).utf8)
        default:
            position -= 1
            throw failure("unknown escape")
        }
    }

    private mutating func hexadecimal() throws(FieldPathError) -> UInt32 {
        let end = position + 4
        guard end <= text.count,
            let value = UInt32(String(decoding: text[position..<end], as: UTF8.self), radix: 16),
            text[position] != UInt8(ascii: "+"), text[position] != UInt8(ascii: "-")
        else { throw failure("expected four hexadecimal digits") }
        position = end
        return value
    }
}
