/// Reads a query word by word.
struct GROQParser {
    private struct Token {
        var text: String
        /// Where it stands, in UTF-8.
        var range: Range<Int>
    }

    private let length: Int
    private let parameters: [String: GROQValue]
    private var rest: ArraySlice<Token>

    init(_ query: String, parameters: [String: GROQValue]) throws(GROQError) {
        self.parameters = parameters
        let bytes = Array(query.utf8)
        length = bytes.count
        var tokens: [Token] = []
        var index = 0
        let isNamePart = { (byte: UInt8) in
            (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "_")
        }
        while index < bytes.count {
            let start = index
            let byte = bytes[index]
            index += 1
            if byte <= 0x20 { continue }
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                while index < bytes.count, bytes[index] != byte { index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1 }
                guard index < bytes.count else {
                    throw GROQError(description: "unterminated string", start: start, end: bytes.count)
                }
                index += 1
                let literal = [UInt8(ascii: "\"")] + bytes[start + 1..<index - 1] + [UInt8(ascii: "\"")]
                tokens.append(Token(text: "\"" + decodedString(literal[...]), range: start..<index))
                continue
            }
            if isNamePart(byte) || byte == UInt8(ascii: "$") {
                while index < bytes.count, isNamePart(bytes[index]) { index += 1 }
            } else if let sign = ["...", "==", "!=", ">=", "<=", "&&", "||"].first(where: {
                bytes[start...].starts(with: $0.utf8)
            }) {
                index = start + sign.utf8.count
            }
            tokens.append(Token(text: String(decoding: bytes[start..<index], as: UTF8.self), range: start..<index))
        }
        rest = tokens[...]
    }

    /// The next word, or an empty one at the end.
    private var next: String { rest.first?.text ?? "" }

    /// An error at the next word.
    func failure(_ description: String) -> GROQError {
        let range = rest.first?.range ?? length..<length
        return GROQError(description: description, start: range.lowerBound, end: range.upperBound)
    }

    mutating func take(_ word: String) -> Bool {
        guard next == word else { return false }
        rest.removeFirst()
        return true
    }

    mutating func expect(_ word: String) throws(GROQError) {
        guard take(word) else { throw failure("expected '\(word)'") }
    }

    func expectEnd() throws(GROQError) {
        guard rest.isEmpty else { throw failure("unexpected '\(next)': the sandbox does not understand it") }
    }

    mutating func name() throws(GROQError) -> String {
        guard let first = next.utf8.first, (0x61...0x7A).contains(first | 0x20) || first == UInt8(ascii: "_") else {
            throw failure("expected an attribute name")
        }
        return rest.removeFirst().text
    }

    /// A whole number, written out or a parameter's.
    mutating func count() throws(GROQError) -> Int {
        if let number = Int(next) {
            rest.removeFirst()
            return number
        }
        guard case .value(.number(let number))? = try? term(), number >= 0, let count = Int(exactly: number) else {
            throw failure("slicing must use constant numbers")
        }
        return count
    }

    mutating func condition() throws(GROQError) -> GROQQuery.Condition {
        var parts = [try conjunction()]
        while take("||") { parts.append(try conjunction()) }
        return parts.count == 1 ? parts[0] : .or(parts)
    }

    private mutating func conjunction() throws(GROQError) -> GROQQuery.Condition {
        var parts = [try comparison()]
        while take("&&") { parts.append(try comparison()) }
        return parts.count == 1 ? parts[0] : .and(parts)
    }

    private mutating func comparison() throws(GROQError) -> GROQQuery.Condition {
        if take("!") { return .not(try comparison()) }
        if take("(") {
            let inner = try condition()
            try expect(")")
            return inner
        }
        let left = try term()
        if take("in") {
            guard take("path") else {
                guard case .value(.list(let values)) = try term() else { throw failure("expected a list after 'in'") }
                return .isIn(left, values)
            }
            try expect("(")
            guard case .value(.text(let pattern)) = try term(), pattern.hasSuffix(".**") else {
                throw failure("the sandbox knows paths that end with '.**' only")
            }
            try expect(")")
            return .isBelow(left, prefix: String(pattern.dropLast(2)))
        }
        let sign = next
        guard ["==", "!=", ">", ">=", "<", "<="].contains(sign) else { throw failure("expected a comparison") }
        rest.removeFirst()
        return .compare(left, sign, try term())
    }

    private mutating func term() throws(GROQError) -> GROQQuery.Term {
        guard let token = rest.first else { throw failure("unexpected end of query") }
        if token.text.hasPrefix("$") {
            guard let value = parameters[String(token.text.dropFirst())] else {
                throw failure("param \(token.text) referenced, but not provided")
            }
            rest.removeFirst()
            return .value(value)
        }
        if token.text.hasPrefix("\"") {
            rest.removeFirst()
            return .value(.text(String(token.text.dropFirst())))
        }
        if let number = Double(token.text) {
            rest.removeFirst()
            return .value(.number(number))
        }
        return .field(try name())
    }
}
