import Glibc

/// Finds the places where md4c 0.4.8 reads a text otherwise than CommonMark 0.31.2 and GitHub do.
///
/// The time is linear in the text's length. A text without `<`, without `|` and without characters beyond ASCII is not
/// looked at byte by byte.
struct MarkdownCorrections {
    private let text: UnsafeRawBufferPointer
    /// The edits that the text needs, in their order.
    private(set) var edits: [MarkdownSource.Edit] = []
    /// Rows that make a table if they are in the middle of a paragraph, in their order.
    private(set) var tables: [TableInterruptions.Candidate] = []

    /// What is to be corrected in `text`.
    static func find(in text: UnsafeRawBufferPointer, isGFM: Bool) -> MarkdownCorrections {
        var finder = MarkdownCorrections(text: text)
        if !text.isASCII { finder.findSymbolsBesideEmphasis() }
        finder.findTags()
        if isGFM {
            finder.findTables()
            finder.findAddresses()
        }
        if finder.edits.count > 1 { finder.edits.sort() }
        return finder
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
        findSymbols(beside: "*")
        findSymbols(beside: "_")
    }

    private mutating func findSymbols(beside mark: Unicode.Scalar) {
        var index = 0
        while let start = text.first(mark, from: index) {
            index = start + 1
            while index < text.count, text[index] == UInt8(ascii: mark) { index += 1 }
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
                guard let name = Self.literalTags.first(where: { text.hasTag(named: "/" + $0, at: index) }) else {
                    continue
                }
                let end = index + 1 + name.utf8.count
                guard end < text.count, text[end] == UInt8(ascii: ">") else { continue }
                if isOpen, name == "textarea" { add(.textAreaEnd, at: found) }
                isOpen = false
            case UInt8(ascii: "t"), UInt8(ascii: "p"), UInt8(ascii: "s"):
                guard let name = Self.literalTags.first(where: { text.hasTag(named: $0, at: index) }) else { continue }
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
            // Many comments can stand in one line, so none looks farther than to its end.
            let lineEnd = text.lineEnd(from: line, before: end)
            if line == content || !text.isStructural(from: line) { addHyphens(line..<lineEnd) }
            line = lineEnd + 1
        }
        return end + 3
    }

    private mutating func addHyphens(_ range: Range<Int>) {
        for index in range where text[index] == UInt8(ascii: "-") && text[index + 1] == UInt8(ascii: "-") {
            add(.hyphen, at: index)
        }
    }

    // MARK: Addresses

    /// > [GFM §6.9] There must be at least one period […] followed by zero or more non-space non-`<` characters.
    ///
    /// What would be emphasis or strikethrough is part of such an address. Here only what surely is an address counts:
    /// the characters of RFC 3986, up to a bracket or a parenthesis that is not opened in it.
    private mutating func findAddresses() {
        findAddresses("://") { text, colon, domains in
            guard text.schemeStart(before: colon, from: 0) != nil else { return colon }
            return domains.end(of: text, from: colon + 3)
        }
        findAddresses("www.") { text, www, domains in
            guard www == 0 || ExtendedAutolinks.isBoundary(text[www - 1]) else { return www }
            return domains.end(of: text, from: www)
        }
    }

    private mutating func findAddresses(
        _ pattern: StaticString,
        _ domainEnd: (UnsafeRawBufferPointer, Int, inout DomainScanner) -> Int
    ) {
        var domains = DomainScanner()
        var place = text.place(of: pattern, from: 0)
        while place < text.count {
            let path = domainEnd(text, place, &domains)
            var next = place + 1
            if path > place + 3 {
                let end = text.trimmedAddressEnd(place..<text.pathEnd(from: path))
                for index in place..<max(place, end) { escapeMark(at: index) }
                next = max(next, end)
            }
            place = text.place(of: pattern, from: next)
        }
    }

    private mutating func escapeMark(at index: Int) {
        switch text[index] {
        case UInt8(ascii: "*"): add(.addressAsterisk, at: index)
        case UInt8(ascii: "~"): add(.addressTilde, at: index)
        case UInt8(ascii: "_"):
            // Inside of a word it means nothing.
            guard !text[index - 1].isLetterOrDigit || !text[index + 1].isLetterOrDigit else { return }
            add(.addressUnderscore, at: index)
        default: break
        }
    }

    // MARK: Tables

    /// > [GFM] The delimiter row consists of cells whose only content are hyphens (-), and optionally, a leading or
    /// > trailing colon (:), or both.
    ///
    /// md4c wants three characters in each. Where the row turns out to be none, nothing of this is seen.
    private mutating func findTables() {
        var tableEnd = 0
        var index = 0
        while let pipe = text.first("|", from: index) {
            let line = text.lineStart(of: pipe)..<text.lineEnd(from: pipe)
            if line.lowerBound < tableEnd {
                separatePipes(line)
            } else if line.lowerBound > 0, let columns = text.delimiterColumns(line) {
                let headerEnd = text.previousLineEnd(before: line.lowerBound)
                if correct(columns, of: line, header: text.lineStart(of: headerEnd)..<headerEnd) {
                    tableEnd = text.paragraphEnd(from: line.lowerBound)
                }
            }
            index = line.upperBound
        }
    }

    /// > [GFM] The header row must match the delimiter row in the number of cells. If not, a table will not be
    /// > recognized.
    ///
    /// md4c does not count: a character before the row keeps it from being one.
    private mutating func correct(_ columns: [Range<Int>], of line: Range<Int>, header: Range<Int>) -> Bool {
        let content = text.contentStart(header)
        guard content < header.upperBound, !text.isHeading(at: content),
            text.quoteDepth(header) == text.quoteDepth(line)
        else { return false }
        guard text.cellCount(header) == columns.count else {
            add(.boundary, at: columns[0].lowerBound)
            return false
        }
        for column in columns where column.count < 3 {
            let hyphen = text[column.lowerBound] == UInt8(ascii: ":") ? column.lowerBound + 1 : column.lowerBound
            add(column.count == 1 ? .wideColumn : .column, at: hyphen)
        }
        if canInterrupt(header) {
            tables.append(.init(header: text.contentStart(header), delimiters: text.contentStart(line)))
        }
        return true
    }

    /// Whether a line stands before the row that may be a paragraph's.
    private func canInterrupt(_ header: Range<Int>) -> Bool {
        guard header.lowerBound > 0, !text.isItemMark(at: text.contentStart(header)) else { return false }
        let end = text.previousLineEnd(before: header.lowerBound)
        let content = text.contentStart(text.lineStart(of: end)..<end)
        return content < end && text[content] != UInt8(ascii: "#")
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
}
