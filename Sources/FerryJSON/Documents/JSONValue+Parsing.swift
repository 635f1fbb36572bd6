public import FerryCore

extension JSONValue {
    /// Parses a whole document (RFC 8259) in well-formed UTF-8.
    ///
    /// A byte order mark at the start is ignored. A string with a lone surrogate escape, which no Swift string can
    /// hold, is a failure. At most ``maximumLevels`` are read whatever `maximumDepth` says.
    public init(parsing bytes: [UInt8], maximumDepth: Int = JSONDepth.standard) throws(JSONFailure) {
        do throws(Fault) {
            self = try bytes.withUnsafeBufferPointer { bytes throws(Fault) in
                guard let base = bytes.baseAddress else { throw Fault(.unexpectedEnd, at: 0) }
                let scanner = ByteScanner(
                    base: base,
                    end: bytes.count,
                    isTrusted: false,
                    maximumDepth: min(maximumDepth, Self.maximumLevels)
                )
                var parser = TreeParser(scanner: scanner)
                return try parser.parse()
            }
        } catch {
            throw error.failure
        }
    }

    /// How deep a tree may be: Swift releases it level by level on the machine's stack, of which a thread may have as
    /// little as 512 KiB.
    ///
    /// Records and stored columns are never made trees of.
    public static let maximumLevels = 1024

    /// Parses a whole document.
    public init(parsing text: String) throws(JSONFailure) {
        try self.init(parsing: Array(text.utf8))
    }
}

/// Builds a document's tree; open containers wait in an array, not on the machine's stack.
private struct TreeParser {
    /// A container whose end has not been seen.
    private struct Open {
        let isObject: Bool
        var members: [JSONValue.Member] = []
        var elements: [JSONValue] = []
        /// The name of the member whose value comes next.
        var key = ""
    }

    let scanner: ByteScanner
    private var stack: [Open] = []
    private var offset = 0

    init(scanner: ByteScanner) {
        self.scanner = scanner
    }

    mutating func parse() throws(Fault) -> JSONValue {
        offset = scanner.documentStart
        while true {
            guard var value = try valueOrOpening() else { continue }
            // What follows a value: any number of closing brackets, then a comma or the end.
            while let closed = try add(value) { value = closed }
            if stack.isEmpty {
                try scanner.expectEnd(offset)
                return value
            }
        }
    }

    /// Reads a scalar or an empty container; `nil` after a bracket that opens one with content.
    private mutating func valueOrOpening() throws(Fault) -> JSONValue? {
        let byte = scanner.peek(offset)
        switch byte {
        case Byte.quote: return .string(try string())
        case Byte.openBrace, Byte.openBracket:
            guard stack.count < scanner.maximumDepth else { throw Fault(.tooDeep, at: offset) }
            let isObject = byte == Byte.openBrace
            offset = scanner.skipSpace(offset + 1)
            // In ASCII a closing bracket stands two after its opening one.
            if scanner.peek(offset) == byte + 2 {
                offset += 1
                return isObject ? .object([]) : .array([])
            }
            stack.append(Open(isObject: isObject))
            if isObject { try readKey() }
            return nil
        default:
            let start = offset
            let token = try scanner.scalar(start)
            offset = token.end
            switch token.kind {
            case .null: return .null
            case .false: return .bool(false)
            case .true: return .bool(true)
            default: return .number(text(start..<token.end))
            }
        }
    }

    /// Puts a value into the innermost container; returns that container if it ends here, `nil` if more is to come or
    /// no container is open.
    private mutating func add(_ value: JSONValue) throws(Fault) -> JSONValue? {
        guard let last = stack.indices.last else { return nil }
        let isObject = stack[last].isObject
        if isObject {
            stack[last].members.append(Member(key: stack[last].key, value: value))
        } else {
            stack[last].elements.append(value)
        }
        offset = scanner.skipSpace(offset)
        switch scanner.peek(offset) {
        case Byte.comma:
            offset = scanner.skipSpace(offset + 1)
            if isObject { try readKey() }
            return nil
        case isObject ? Byte.closeBrace : Byte.closeBracket:
            offset += 1
            let closed = stack.removeLast()
            return isObject ? .object(closed.members) : .array(closed.elements)
        default:
            throw scanner.unexpected(.expectedCommaOrEnd, at: offset)
        }
    }

    private typealias Member = JSONValue.Member

    private mutating func readKey() throws(Fault) {
        guard scanner.peek(offset) == Byte.quote else { throw scanner.unexpected(.expectedKey, at: offset) }
        let key = try string()
        stack[stack.count - 1].key = key
        offset = try scanner.colon(offset)
    }

    private mutating func string() throws(Fault) -> String {
        let token = try scanner.string(offset)
        let content = offset + 1..<token.end - 1
        offset = token.end
        guard token.hasEscapes else { return text(content) }
        var bytes: [UInt8] = []
        try scanner.unescape(content, into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func text(_ range: Range<Int>) -> String {
        let bytes = UnsafeBufferPointer(start: scanner.base + range.lowerBound, count: range.count)
        return String(decoding: bytes, as: UTF8.self)
    }
}
