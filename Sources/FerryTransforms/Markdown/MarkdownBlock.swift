/// A block of Markdown, and what the lines beside it have to know of it.
struct MarkdownBlock {
    /// A link definition, of which nothing is shown: no text that this writes refers to one.
    static let nothing = Array("[nothing]: #".utf8)

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

    /// Whether a line of this block right after one of the other is read as one of this block.
    func canTouch(_ previous: MarkdownBlock) -> Bool {
        switch kind {
        case .text, .underlinedHeading: !previous.takesLines && previous.kind != .table
        case .quote: previous.kind != .quote
        case .table: previous.kind != .table
        // > [§5.2] In order for such a list item to interrupt a paragraph, it must start with 1.
        case .list: !previous.takesLines || beginsWithOne
        case .other: true
        }
    }

    /// Whether a line of text right after it would go on with its last line: with a quote, an empty line prevents it.
    private var takesLines: Bool { endsInText && kind != .quote }

    /// The text before a block that touches it.
    func text(before next: MarkdownBlock?) -> [UInt8] {
        guard let next, kind == .quote, endsInText else { return text }
        switch next.kind {
        case .text, .underlinedHeading, .list, .table: return text + Array("\n>".utf8)
        case .quote, .other: return text
        }
    }

    private var beginsWithOne: Bool {
        guard let first = text.first, first.isLetterOrDigit else { return true }
        return first == UInt8(ascii: "1") && text.count > 1 && !text[1].isLetterOrDigit
    }

    /// Whether it is a list that begins with an empty item, as part of the first line or all of it.
    var isBare: Bool {
        let line = text.prefix { $0 != UInt8(ascii: "\n") }
        return kind == .list
            && line.split(separator: UInt8(ascii: " ")).allSatisfy { word in
                guard word.count > 1, let last = word.last else { return "-*+".utf8.contains(word[word.startIndex]) }
                return ".)".utf8.contains(last)
                    && word.dropLast().allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
            }
    }

    /// Whether the second line is empty.
    var isGapped: Bool {
        text.drop { $0 != UInt8(ascii: "\n") }.starts(with: "\n\n".utf8)
    }

    /// The text with something in the empty item that is not shown.
    var filled: [UInt8] {
        let end = text.firstIndex(of: UInt8(ascii: "\n")) ?? text.count
        return text[..<end] + Array(" ".utf8) + Self.nothing + text[end...]
    }
}
