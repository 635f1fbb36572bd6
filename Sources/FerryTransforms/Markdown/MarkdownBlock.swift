/// A block of Markdown, and what the lines beside it have to know of it.
struct MarkdownBlock {
    /// A link definition, of which nothing is shown: no text that this writes refers to one.
    static let nothing = Array("[nothing]: #".utf8)

    /// An empty comment, which ends a paragraph without an empty line, and of which nothing is shown either.
    static let separator = Array("<!-- -->".utf8)

    enum Kind {
        case text, underlinedHeading, quote, list, table, other
    }

    var text: [UInt8]
    var kind = Kind.other
    /// The character that began the list, so that a list beside it takes another.
    var listMark: UInt8?
    var isParagraph = false
    /// Whether the last line is a paragraph's, in whatever containers.
    var endsInText = false
    /// Whether the innermost container of the last line is a quote.
    var endsInQuote = false
    /// Whether the last block of a quote is a list.
    var endsInList = false
    /// Whether the last line is that of an empty item.
    var endsBare = false

    /// A block of text.
    static func text(_ text: [UInt8]) -> MarkdownBlock {
        MarkdownBlock(text: text, kind: .text, endsInText: true)
    }

    /// Whether it stands on the line of a check box when it is the first of an item.
    var isBesideBox: Bool { kind == .text || kind == .table }

    /// Whether only an empty line can stand between the other and this block: md4c ends a table nowhere else but at lists
    /// and quotes.
    func needsEmptyLine(after previous: MarkdownBlock) -> Bool {
        previous.kind == .table && kind != .list && kind != .quote
    }

    /// Whether a line of this block right after one of the other is read as one of this block.
    func canTouch(_ previous: MarkdownBlock) -> Bool {
        switch kind {
        case .text, .underlinedHeading: !previous.takesLines
        case .quote: previous.kind != .quote
        case .table:
            previous.kind != .table && (previous.kind == .text && !beginsWithDelimiters || !previous.takesLines)
        // > [§5.2] In order for such a list item to interrupt a paragraph, it must start with 1.
        //
        // and no empty item can.
        case .list: !previous.takesLines || beginsWithOne && !isBare
        case .other: true
        }
    }

    /// Whether a line of text right after it would go on with its last line: with a quote, an empty line prevents it.
    private var takesLines: Bool { endsInText && !canEndWithEmptyLine }

    /// Whether an empty line of the quote ends its last paragraph, and nothing else: md4c also lets it loosen a list
    /// around the quote if one is open in it.
    private var canEndWithEmptyLine: Bool { kind == .quote && !endsInList }

    /// The text before a block that touches it.
    func text(before next: MarkdownBlock?) -> [UInt8] {
        guard let next, endsInText, canEndWithEmptyLine else { return text }
        switch next.kind {
        case .text, .underlinedHeading, .list, .table: return text + Array("\n>".utf8)
        case .quote, .other: return text
        }
    }

    /// Whether the header of a table would be the delimiter row of one that begins with the line before.
    private var beginsWithDelimiters: Bool {
        text.prefix { $0 != UInt8(ascii: "\n") }.allSatisfy { "|:- ".utf8.contains($0) }
    }

    private var beginsWithOne: Bool {
        guard let first = text.first, first.isLetterOrDigit else { return true }
        return first == UInt8(ascii: "1") && text.count > 1 && !text[1].isLetterOrDigit
    }

    /// Whether it is a list that begins with an empty item, as part of the first line or all of it.
    private var isBare: Bool { kind == .list && firstWords.allSatisfy(Self.isItemMark) }

    /// Whether nothing stands in the first line but marks of items and quotes.
    var beginsEmpty: Bool {
        (kind == .list || kind == .quote) && firstWords.allSatisfy { Self.isItemMark($0) || $0.elementsEqual(">".utf8) }
    }

    private var firstWords: [ArraySlice<UInt8>] {
        text.prefix { $0 != UInt8(ascii: "\n") }.split(separator: UInt8(ascii: " "))
    }

    private static func isItemMark(_ word: ArraySlice<UInt8>) -> Bool {
        guard word.count > 1, let last = word.last else { return "-*+".utf8.contains(word[word.startIndex]) }
        return ".)".utf8.contains(last)
            && word.dropLast().allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    }
}
