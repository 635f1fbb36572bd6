import Glibc

/// Where code spans and comments of paragraphs end: asked from the start of a text to its end, in linear time.
struct CodeSpans {
    private let text: UnsafeRawBufferPointer
    /// How far the text has been read; past a span that was asked about.
    private var position = 0
    private var paragraphEnd = 0
    /// The lengths of runs of backticks, as bits, that no later run of the paragraph has.
    private var unclosed: UInt64 = 0
    private var lastCommentEnd = -1
    private var noCommentEndBefore = 0
    /// Where the paragraph ends of the comment that was asked about last.
    private var commentLimit = 0

    init(text: UnsafeRawBufferPointer) {
        self.text = text
    }

    /// Whether the character at `index` is inside a code span.
    mutating func contains(_ index: Int) -> Bool {
        while position <= index {
            if position >= paragraphEnd { enterParagraph() }
            let limit = min(paragraphEnd, index + 1)
            guard let tick = text.first("`", from: position, before: limit) else {
                position = limit
                continue
            }
            let end = runEnd(tick)
            if end - tick < 64, unclosed & 1 << UInt64(end - tick) == 0, !text.isEscaped(tick) {
                position = spanEnd(after: end, count: end - tick)
            } else {
                position = end
            }
        }
        return position > index + 1
    }

    /// Where the `-->` of a comment begins that ends before its paragraph does.
    mutating func commentEnd(from index: Int) -> Int? {
        if lastCommentEnd >= index { return lastCommentEnd }
        guard index >= noCommentEndBefore else { return nil }
        var hyphen = index
        if index >= commentLimit { commentLimit = text.paragraphEnd(from: index) }
        while let found = text.first("-", from: hyphen, before: commentLimit - 2) {
            if text.hasTag("-->", at: found) {
                lastCommentEnd = found
                return found
            }
            hyphen = found + 1
        }
        noCommentEndBefore = commentLimit
        return nil
    }

    private mutating func enterParagraph() {
        paragraphEnd = max(text.paragraphEnd(from: position), position + 1)
        unclosed = 0
    }

    private func runEnd(_ start: Int) -> Int {
        var end = start
        while end < text.count, text[end] == UInt8(ascii: "`") { end += 1 }
        return end
    }

    private mutating func spanEnd(after start: Int, count: Int) -> Int {
        var index = start
        while let tick = text.first("`", from: index, before: paragraphEnd) {
            index = runEnd(tick)
            if index - tick == count { return index }
        }
        unclosed |= 1 << UInt64(count)
        return start
    }
}

extension UnsafeRawBufferPointer {
    /// Whether all bytes are below 128, eight at a time.
    var isASCII: Bool {
        var index = 0
        while index + 8 <= count {
            if loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 != 0 { return false }
            index += 8
        }
        while index < count {
            if self[index] >= 0x80 { return false }
            index += 1
        }
        return true
    }

    /// Where `part` is in this memory; `nil` when it is elsewhere.
    func range(of part: UnsafeRawBufferPointer) -> Range<Int>? {
        guard let start = part.baseAddress, let base = baseAddress, start >= base, start + part.count <= base + count
        else { return nil }
        return (start - base)..<(start - base + part.count)
    }

    /// The first place of a character, from `index` on and before `limit`, or the text's end.
    ///
    /// Who looks in one line or paragraph says so: the whole rest of the text is too far to look each time.
    func first(_ character: Unicode.Scalar, from index: Int, before limit: Int? = nil) -> Int? {
        let limit = limit ?? count
        guard index < limit, let baseAddress,
            let found = memchr(baseAddress + index, Int32(character.value), limit - index)
        else { return nil }
        return UnsafeRawPointer(found) - baseAddress
    }

    /// Whether `name` stands at `index`, in letters of either case.
    func hasTag(_ name: StaticString, at index: Int) -> Bool {
        hasTag(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount), at: index)
    }

    /// Whether `name` stands at `index`, in letters of either case.
    func hasTag(named name: String, at index: Int) -> Bool { hasTag(name.utf8, at: index) }

    private func hasTag(_ name: some Collection<UInt8>, at index: Int) -> Bool {
        guard index + name.count <= count else { return false }
        var position = index
        for byte in name {
            let isLetter = self[position] >= UInt8(ascii: "A") && self[position] <= UInt8(ascii: "Z")
            guard (isLetter ? self[position] | 0x20 : self[position]) == byte else { return false }
            position += 1
        }
        return true
    }

    func lineStart(of index: Int) -> Int {
        var start = index
        while start > 0, !self[start - 1].isLineEnd { start -= 1 }
        return start
    }

    /// The place of the line's end, or the text's, or `limit`.
    func lineEnd(from index: Int, before limit: Int? = nil) -> Int {
        let limit = limit ?? count
        var end = index
        while end < limit, !self[end].isLineEnd { end += 1 }
        return end
    }

    /// Where the line after the one that ends there begins.
    func nextLine(after end: Int) -> Int {
        guard end + 1 < count, self[end] == UInt8(ascii: "\r"), self[end + 1] == UInt8(ascii: "\n") else {
            return end + 1
        }
        return end + 2
    }

    /// Where the line before the one that begins there ends.
    func previousLineEnd(before start: Int) -> Int {
        guard start > 1, self[start - 1] == UInt8(ascii: "\n"), self[start - 2] == UInt8(ascii: "\r") else {
            return start - 1
        }
        return start - 2
    }

    /// The end of the last line before one that is blank but for the marks of quotes.
    func paragraphEnd(from index: Int) -> Int {
        var end = lineEnd(from: index)
        while end < count {
            var next = nextLine(after: end)
            while next < count, !self[next].isLineEnd, self[next].isSpace || self[next] == UInt8(ascii: ">") {
                next += 1
            }
            if next >= count || self[next].isLineEnd { return end }
            end = lineEnd(from: next)
        }
        return end
    }

    /// Whether only indentation and marks of quotes and list items stand before `index` in its line.
    func isBlockStart(_ index: Int) -> Bool {
        var start = index
        while start > 0, !self[start - 1].isLineEnd {
            switch self[start - 1] {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: ">"), UInt8(ascii: "-"), UInt8(ascii: "+"),
                UInt8(ascii: "*"), UInt8(ascii: "."), UInt8(ascii: ")"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                start -= 1
            default: return false
            }
        }
        return true
    }

    /// Where the content of a line begins, behind indentation and marks of quotes and list items.
    func blockContentStart(_ line: Range<Int>) -> Int {
        var index = contentStart(line)
        while index < line.upperBound, isItemMark(at: index) {
            while index < line.upperBound, !self[index].isSpace { index += 1 }
            index = contentStart(index..<line.upperBound)
        }
        return index
    }

    /// Whether the line that begins there can be an underline, a break or a delimiter row.
    func isStructural(from start: Int) -> Bool {
        var index = start
        while index < count, !self[index].isLineEnd {
            switch self[index] {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: ">"), UInt8(ascii: "-"), UInt8(ascii: "|"),
                UInt8(ascii: ":"):
                index += 1
            default: return false
            }
        }
        return true
    }

    /// Where an address's path ends that begins at `index`.
    func pathEnd(from index: Int) -> Int {
        var end = index
        var depth = 0
        while end < count {
            switch self[end] {
            case UInt8(ascii: "("): depth += 1
            case UInt8(ascii: ")"):
                guard depth > 0 else { return end }
                depth -= 1
            case 0...0x20, 0x7F, UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "["),
                UInt8(ascii: "]"), UInt8(ascii: "\\"), UInt8(ascii: "^"), UInt8(ascii: "`"),
                UInt8(ascii: "{")...UInt8(ascii: "}"):
                return end
            default: break
            }
            end += 1
        }
        return end
    }

    /// Whether one to six `#` with white space after them begin at `index`.
    func isHeading(at index: Int) -> Bool {
        var end = index
        while end < count, self[end] == UInt8(ascii: "#") { end += 1 }
        return end > index && end - index <= 6 && (end == count || self[end].isSpace)
    }

    /// Whether a list item's mark with white space after it begins at `index`.
    func isItemMark(at index: Int) -> Bool {
        var end = index
        while end < count, end < index + 9, self[end] >= UInt8(ascii: "0"), self[end] <= UInt8(ascii: "9") { end += 1 }
        guard end + 1 < count, self[end + 1].isSpace else { return false }
        return (end > index ? ".)" : "-+*").utf8.contains(self[end])
    }

    /// Whether an odd number of backslashes stands before `index`.
    func isEscaped(_ index: Int) -> Bool {
        var start = index
        while start > 0, self[start - 1] == UInt8(ascii: "\\") { start -= 1 }
        return (index - start) % 2 == 1
    }

    /// The code point that begins at `index`.
    func scalar(at index: Int) -> Unicode.Scalar? {
        String(decoding: self[index..<Swift.min(index + 4, count)], as: UTF8.self).unicodeScalars.first
    }

    /// The code point that ends before `index`.
    func scalar(before index: Int) -> Unicode.Scalar? {
        var start = index - 1
        while start > 0, index - start < 4, self[start] & 0xC0 == 0x80 { start -= 1 }
        return scalar(at: start)
    }
}

extension UInt8 {
    var isLineEnd: Bool { self == UInt8(ascii: "\n") || self == UInt8(ascii: "\r") }
    /// A space, a tab or another of ASCII's white space, line ends included.
    var isSpace: Bool { self == UInt8(ascii: " ") || (self >= 9 && self <= 13) }
    var isLetterOrDigit: Bool {
        self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9")
            || self | 0x20 >= UInt8(ascii: "a") && self | 0x20 <= UInt8(ascii: "z")
    }
}
