/// Finds the values of a JSON text in one pass.
struct JSONParser {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    private var nodes: [JSONDocument.Node] = []

    /// Deep enough for any row; keeps a hostile text from exhausting the stack.
    private static let maximumDepth = 1000

    init(bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    mutating func parse() throws(JSONSyntaxError) -> [JSONDocument.Node] {
        guard isValidUTF8(bytes) else { throw JSONSyntaxError(offset: 0, reason: "it is not UTF-8") }
        try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw failure("something follows the value") }
        return nodes
    }

    private mutating func value(depth: Int) throws(JSONSyntaxError) {
        guard depth < Self.maximumDepth else { throw failure("it is nested too deeply") }
        skipSpace()
        guard position < bytes.count else { throw failure("a value is missing") }
        let start = position
        switch bytes[position] {
        case UInt8(ascii: "{"): try object(depth: depth)
        case UInt8(ascii: "["): try array(depth: depth)
        case UInt8(ascii: "\""):
            try string()
            append(.string, from: start)
        case UInt8(ascii: "t"): try word("true", .boolean)
        case UInt8(ascii: "f"): try word("false", .boolean)
        case UInt8(ascii: "n"): try word("null", .null)
        default:
            try number()
            append(.number, from: start)
        }
    }

    private mutating func object(depth: Int) throws(JSONSyntaxError) {
        let index = open(.object)
        if take("}") { return close(index) }
        repeat {
            skipSpace()
            let start = position
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
                throw failure("a member's name is missing")
            }
            try string()
            append(.string, from: start)
            guard take(":") else { throw failure("a colon is missing") }
            try value(depth: depth + 1)
        } while take(",")
        guard take("}") else { throw failure("the object does not end") }
        close(index)
    }

    private mutating func array(depth: Int) throws(JSONSyntaxError) {
        let index = open(.array)
        if take("]") { return close(index) }
        repeat { try value(depth: depth + 1) } while take(",")
        guard take("]") else { throw failure("the array does not end") }
        close(index)
    }

    private mutating func string() throws(JSONSyntaxError) {
        position += 1
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return
            case UInt8(ascii: "\\"): try escape()
            case 0..<0x20: throw failure("a control character stands bare in a string")
            default: position += 1
            }
        }
        throw failure("the string does not end")
    }

    private mutating func escape() throws(JSONSyntaxError) {
        guard position + 1 < bytes.count else { throw failure("the escape does not end") }
        switch bytes[position + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 2
        case UInt8(ascii: "u"):
            let unit = try hexUnit(at: position + 2)
            position += 6
            guard (0xD800..<0xE000).contains(unit) else { return }
            guard unit < 0xDC00, position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
                bytes[position + 1] == UInt8(ascii: "u"),
                (0xDC00..<0xE000).contains(try hexUnit(at: position + 2))
            else { throw failure("a surrogate stands alone") }
            position += 6
        default: throw failure("the escape is unknown")
        }
    }

    private func hexUnit(at start: Int) throws(JSONSyntaxError) -> UInt16 {
        guard start + 4 <= bytes.count else { throw failure("the escape does not end") }
        var unit: UInt16 = 0
        for index in start..<(start + 4) {
            guard let digit = hexDigit(bytes[index]) else { throw failure("the escape is not hexadecimal") }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }

    private mutating func number() throws(JSONSyntaxError) {
        if position < bytes.count, bytes[position] == UInt8(ascii: "-") { position += 1 }
        if position < bytes.count, bytes[position] == UInt8(ascii: "0") {
            position += 1
        } else {
            try digits()
        }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        guard position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") else { return }
        position += 1
        if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
            position += 1
        }
        try digits()
    }

    private mutating func digits() throws(JSONSyntaxError) {
        let start = position
        while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
            position += 1
        }
        guard position > start else { throw failure("a value is expected here") }
    }

    private mutating func word(_ word: StaticString, _ kind: JSONDocument.Kind) throws(JSONSyntaxError) {
        let start = position
        let count = word.utf8CodeUnitCount
        guard position + count <= bytes.count,
            (0..<count).allSatisfy({ bytes[start + $0] == word.utf8Start[$0] })
        else { throw failure("a value is expected here") }
        position += count
        append(kind, from: start)
    }

    private mutating func append(_ kind: JSONDocument.Kind, from start: Int) {
        nodes.append(JSONDocument.Node(kind: kind, start: start, end: position, next: nodes.count + 1))
    }

    private mutating func open(_ kind: JSONDocument.Kind) -> Int {
        nodes.append(JSONDocument.Node(kind: kind, start: position, end: position, next: 0))
        position += 1
        return nodes.count - 1
    }

    private mutating func close(_ index: Int) {
        nodes[index].end = position
        nodes[index].next = nodes.count
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    private func failure(_ reason: String) -> JSONSyntaxError {
        JSONSyntaxError(offset: position, reason: reason)
    }
}

private func isValidUTF8(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    String(validating: bytes, as: UTF8.self) != nil
}
