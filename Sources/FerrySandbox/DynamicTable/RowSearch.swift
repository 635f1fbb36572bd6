/// A text to filter rows by: a substring, upper and lower case alike.
struct RowSearch: Sendable {
    private let term: String
    /// The lower-case bytes of an ASCII term, which can be looked for without decoding a value.
    private let pattern: [UInt8]?
    /// The columns searched.
    private let columns: [Int]

    init(term: String, columns: [Int]) {
        self.term = term.lowercased()
        self.columns = columns
        let isPlain = term.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x80 && $0 != 0x22 && $0 != 0x5C }
        pattern = isPlain ? Array(self.term.utf8) : nil
    }

    func matches(_ row: StoredRow) -> Bool {
        columns.contains { column in
            row.withLiteral(column) { literal in
                guard literal.count >= 1, literal[0] != UInt8(ascii: "n") else { return false }
                let isString = literal[0] == UInt8(ascii: "\"")
                let content = UnsafeRawBufferPointer(
                    rebasing: isString ? literal[1..<(literal.count - 1)] : literal[...]
                )
                if let pattern, !isString || !content.contains(UInt8(ascii: "\\")) {
                    return contains(content, pattern)
                }
                let text = isString ? decodedString(ArraySlice(literal)) : String(decoding: content, as: UTF8.self)
                let lowercased = text.lowercased()
                return term.isEmpty || contains(Array(lowercased.utf8), Array(term.utf8))
            }
        }
    }
}

/// Whether `pattern`, which is lower case, is in `text`; ASCII letters of `text` count as their lower case.
private func contains(_ text: some RandomAccessCollection<UInt8>, _ pattern: [UInt8]) -> Bool {
    guard let first = pattern.first else { return true }
    guard text.count >= pattern.count else { return false }
    func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
    var start = text.startIndex
    let last = text.index(text.endIndex, offsetBy: -pattern.count)
    while start <= last {
        if lowercased(text[start]) == first {
            var position = start
            if pattern.allSatisfy({ byte in
                defer { position = text.index(after: position) }
                return lowercased(text[position]) == byte
            }) {
                return true
            }
        }
        start = text.index(after: start)
    }
    return false
}
