/// A text to look for, prepared so that a search never reads a byte of the other text twice (Knuth, Morris and Pratt).
struct LiteralPattern: Sendable {
    private let bytes: [UInt8]
    /// For each byte, how many bytes of the pattern's start end there.
    private let borders: [Int]

    /// A pattern of at least one byte.
    init(_ text: String) {
        bytes = Array(text.utf8)
        var borders = [Int](repeating: 0, count: bytes.count)
        var length = 0
        for index in bytes.indices.dropFirst() {
            while length > 0, bytes[index] != bytes[length] { length = borders[length - 1] }
            if bytes[index] == bytes[length] { length += 1 }
            borders[index] = length
        }
        self.borders = borders
    }

    /// The first place at or after `start` where the pattern stands; `nil` if there is none.
    func firstMatch(in text: Span<UInt8>, from start: Int) -> Range<Int>? {
        var matched = 0
        var index = start
        while index < text.count {
            let byte = text[index]
            while matched > 0, byte != bytes[matched] { matched = borders[matched - 1] }
            if byte == bytes[matched] { matched += 1 }
            index += 1
            if matched == bytes.count { return index - matched..<index }
        }
        return nil
    }
}
