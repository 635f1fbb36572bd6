import Glibc

/// Finds the places where md4c 0.4.8 reads a text otherwise than CommonMark 0.31.2 and GitHub do.
///
/// The time is linear in the text's length. A text without `<`, without `|` and without characters beyond ASCII is not
/// looked at byte by byte.
struct MarkdownCorrections {
    private let text: UnsafeRawBufferPointer
    private var edits: [MarkdownSource.Edit] = []

    /// The edits that `text` needs, in their order.
    static func edits(for text: UnsafeRawBufferPointer, isGFM: Bool) -> [MarkdownSource.Edit] {
        var finder = MarkdownCorrections(text: text)
        if !text.isASCII { finder.findSymbolsBesideEmphasis() }
        finder.findTags()
        if isGFM { finder.findTables() }
        guard finder.edits.count > 1 else { return finder.edits }
        return finder.edits.sorted { $0.position < $1.position }
    }

    private init(text: UnsafeRawBufferPointer) {
        self.text = text
    }

    private mutating func add(_ spelling: MarkdownSource.Edit.Spelling, at position: Int) {
        edits.append(MarkdownSource.Edit(position: position, spelling: spelling))
    }

    // MARK: Emphasis

    /// > [0.31] A Unicode punctuation character is a character in the Unicode P (punctuation) or S (symbol) general
    /// > categories.
    ///
    /// md4c knows the first kind, so one of those is put between a symbol and a run of `*` or `_`. That makes a
    /// difference only when there is no white space at the run's other side.
    private mutating func findSymbolsBesideEmphasis() {
        var index = 0
        while index < text.count {
            let mark = text[index]
            guard mark == UInt8(ascii: "*") || mark == UInt8(ascii: "_") else {
                index += 1
                continue
            }
            let start = index
            while index < text.count, text[index] == mark { index += 1 }
            guard start > 0, index < text.count, !text[start - 1].isSpace, !text[index].isSpace else { continue }
            if text[start - 1] >= 0x80, isSymbol(text.scalar(before: start)) { add(.boundary, at: start) }
            if text[index] >= 0x80, isSymbol(text.scalar(at: index)) { add(.boundary, at: index) }
        }
    }

    private func isSymbol(_ scalar: Unicode.Scalar?) -> Bool {
        switch scalar?.properties.generalCategory {
        case .currencySymbol, .mathSymbol, .modifierSymbol, .otherSymbol: true
        default: false
        }
    }

    // MARK: Tags and comments

    private mutating func findTags() {
        var spans = CodeSpans(text: text)
        /// Whether a block may be open that only an end tag such as `</pre>` ends.
        var isOpen = false
        var index = 0
        while let found = text.first("<", from: index) {
            index = found + 1
            guard index < text.count else { return }
            switch text[index] | 0x20 {
            case UInt8(ascii: "!") | 0x20:
                index = findComment(at: found, &spans)
            case UInt8(ascii: "/"):
                guard let name = Self.literalTags.first(where: { text.hasTag("/" + $0, at: index) }) else { continue }
                let end = index + 1 + name.utf8.count
                guard end < text.count, text[end] == UInt8(ascii: ">") else { continue }
                if isOpen, name == "textarea" { add(.textAreaEnd, at: found) }
                isOpen = false
            case UInt8(ascii: "t"), UInt8(ascii: "p"), UInt8(ascii: "s"):
                guard let name = Self.literalTags.first(where: { text.hasTag($0, at: index) }) else { continue }
                let end = index + name.utf8.count
                if end == text.count || text[end].isSpace || text[end] == UInt8(ascii: ">") {
                    if name == "textarea" { add(.textAreaStart, at: found) }
                    isOpen = isOpen || text.isBlockStart(found)
                } else if name != "textarea", isTag(from: end) {
                    add(.otherTag, at: found)
                }
            default: continue
            }
        }
    }

    private static let literalTags = ["textarea", "pre", "script", "style"]

    /// Whether what goes on at `index` can be the rest of a tag's name, and not that of an address.
    private func isTag(from index: Int) -> Bool {
        var end = index
        while end < text.count, text[end].isLetterOrDigit || text[end] == UInt8(ascii: "-") { end += 1 }
        guard end < text.count else { return false }
        return text[end].isSpace || text[end] == UInt8(ascii: ">") || text[end] == UInt8(ascii: "/")
    }

    /// > [0.31] An HTML comment consists of <!-->, <!--->, or <!--, a string of characters not including the string
    /// > -->, and -->.
    ///
    /// - Returns: where to look on.
    private mutating func findComment(at start: Int, _ spans: inout CodeSpans) -> Int {
        guard text.hasTag("!--", at: start + 1) else { return start + 1 }
        let content = start + 4
        // There it begins a block, which md4c ends as the specification says.
        guard !text.isBlockStart(start), !text.isEscaped(start) else { return content }
        if text.hasTag(">", at: content) || text.hasTag("->", at: content) {
            guard !spans.contains(start) else { return content }
            let isEmpty = text[content] == UInt8(ascii: ">")
            add(isEmpty ? .emptyComment : .shortComment, at: start)
            return content + (isEmpty ? 1 : 2)
        }
        guard let end = spans.commentEnd(from: content), !spans.contains(start) else { return content }
        var line = content
        while line < end {
            let lineEnd = text.lineEnd(from: line)
            if line == content || !text.isStructural(line..<lineEnd) { addHyphens(line..<min(end, lineEnd)) }
            line = lineEnd + 1
        }
        return end + 3
    }

    private mutating func addHyphens(_ range: Range<Int>) {
        for index in range where text[index] == UInt8(ascii: "-") && text[index + 1] == UInt8(ascii: "-") {
            add(.hyphen, at: index)
        }
    }

    // MARK: Tables

    /// > [GFM] The delimiter row consists of cells whose only content are hyphens (-), and optionally, a leading or
    /// > trailing colon (:), or both.
    ///
    /// md4c wants three characters in each. Where the row turns out to be none, nothing of this is seen.
    private mutating func findTables() {
        var previous = 0..<0
        var isInTable = false
        var index = 0
        while let pipe = text.first("|", from: index) {
            let line = text.lineStart(of: pipe)..<text.lineEnd(from: pipe)
            let follows = !previous.isEmpty && line.lowerBound == previous.upperBound + 1
            isInTable = isInTable && follows
            if isInTable {
                separatePipes(line)
            } else if follows, let columns = delimiterColumns(line) {
                isInTable = correct(columns, of: line, header: previous)
            }
            previous = line
            index = line.upperBound
        }
    }

    /// > [GFM] The header row must match the delimiter row in the number of cells. If not, a table will not be
    /// > recognized.
    ///
    /// md4c does not count: a character before the row keeps it from being one.
    private mutating func correct(_ columns: [Range<Int>], of line: Range<Int>, header: Range<Int>) -> Bool {
        guard cellCount(header) == columns.count else {
            add(.boundary, at: contentStart(line))
            return false
        }
        for column in columns where column.count < 3 {
            let hyphen = text[column.lowerBound] == UInt8(ascii: ":") ? column.lowerBound + 1 : column.lowerBound
            add(column.count == 1 ? .wideColumn : .column, at: hyphen)
        }
        return true
    }

    /// Between two pipes is an empty cell, which md4c leaves out.
    private mutating func separatePipes(_ line: Range<Int>) {
        var index = line.lowerBound + 1
        while index < line.upperBound {
            if text[index] == UInt8(ascii: "|"), text[index - 1] == UInt8(ascii: "|"), !text.isEscaped(index - 1) {
                add(.boundary, at: index)
            }
            index += 1
        }
    }

    private func contentStart(_ line: Range<Int>) -> Int {
        var index = line.lowerBound
        while index < line.upperBound, text[index].isSpace || text[index] == UInt8(ascii: ">") { index += 1 }
        return index
    }

    private func cellCount(_ line: Range<Int>) -> Int {
        var index = contentStart(line)
        // A header can stand beside the mark of a list item.
        while index < line.upperBound, text.isItemMark(at: index) {
            while index < line.upperBound, !text[index].isSpace { index += 1 }
            while index < line.upperBound, text[index].isSpace || text[index] == UInt8(ascii: ">") { index += 1 }
        }
        var end = line.upperBound
        while end > index, text[end - 1].isSpace { end -= 1 }
        if index < end, text[index] == UInt8(ascii: "|") { index += 1 }
        if end > index, text[end - 1] == UInt8(ascii: "|"), !text.isEscaped(end - 1) { end -= 1 }
        var count = 1
        while index < end {
            if text[index] == UInt8(ascii: "|"), !text.isEscaped(index) { count += 1 }
            index += 1
        }
        return count
    }

    /// Where the hyphens and colons of each cell stand; `nil` unless the line is a delimiter row.
    private func delimiterColumns(_ line: Range<Int>) -> [Range<Int>]? {
        var index = contentStart(line)
        // A list item.
        if text.hasTag("- ", at: index) { return nil }
        var columns: [Range<Int>] = []
        if text.hasTag("|", at: index) { index += 1 }
        while true {
            while index < line.upperBound, text[index].isSpace { index += 1 }
            if index == line.upperBound { return columns }
            let cell = index
            if text[index] == UInt8(ascii: ":") { index += 1 }
            let hyphen = index
            while index < line.upperBound, text[index] == UInt8(ascii: "-") { index += 1 }
            guard index > hyphen else { return nil }
            if index < line.upperBound, text[index] == UInt8(ascii: ":") { index += 1 }
            columns.append(cell..<index)
            while index < line.upperBound, text[index].isSpace { index += 1 }
            if index == line.upperBound { return columns }
            guard text[index] == UInt8(ascii: "|") else { return nil }
            index += 1
        }
    }
}
