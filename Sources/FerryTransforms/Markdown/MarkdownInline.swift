/// Writes text and the elements in it as Markdown.
struct MarkdownInline {
    enum Context {
        case paragraph
        /// One line that begins with `#`.
        case heading
        /// One line between pipes.
        case cell
    }

    /// An element whose marks are to be chosen.
    enum Element {
        case emphasis, strong, deletion
    }

    enum Piece {
        case character(Unicode.Scalar)
        /// Markdown as it stands, which begins and ends with a punctuation mark.
        case markdown([UInt8])
        /// The beginning and the end of the element with that number.
        case open(Int)
        case close(Int)
        /// `[`, and what ends the link with its address.
        case linkStart
        case linkEnd([UInt8])
        case softBreak
        case hardBreak
    }

    private let tree: HTMLTree
    private let context: Context
    private let allowance: WritingAllowance
    private var pieces: [Piece] = []
    private var elements: [Element] = []
    private var isInLink = false
    /// Whether a block began or ended, so that what follows stays apart from what was before.
    private var needsBreak = false

    init(_ tree: HTMLTree, context: Context, _ allowance: WritingAllowance) {
        self.allowance = allowance
        self.tree = tree
        self.context = context
    }

    /// The nodes' Markdown, without white space at its ends.
    func markdown(_ nodes: some Sequence<Int>) -> [UInt8] {
        var inline = self
        for node in nodes { inline.append(node) }
        return InlineWriter(inline.trimmed(), inline.elements, context, allowance).markdown()
    }

    private mutating func append(_ node: Int) {
        switch tree.nodes[node].content {
        case .text(let bytes):
            if needsBreak, !bytes.allSatisfy(\.isSpace) { breakLine() }
            for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
                pieces.append(scalar == "\n" ? lineBreak(.softBreak) : .character(scalar))
            }
        case .element("br", _):
            breakLine()
            pieces.append(lineBreak(.hardBreak))
        case .element("em", _), .element("i", _): surround(node, .emphasis)
        case .element("strong", _), .element("b", _): surround(node, .strong)
        case .element("del", _), .element("s", _), .element("strike", _): surround(node, .deletion)
        case .element("code", _), .element("tt", _), .element("kbd", _), .element("samp", _):
            breakLine()
            let text = code(tree.text(of: node))
            if !text.isEmpty { pieces.append(.markdown(text)) }
        case .element("a", _): link(node)
        case .element("img", _): image(node)
        case .element(let name, _) where MarkdownWriter.blocks.contains(name):
            needsBreak = true
            appendChildren(of: node)
            needsBreak = true
        default: appendChildren(of: node)
        }
    }

    private mutating func breakLine() {
        guard needsBreak else { return }
        needsBreak = false
        switch pieces.last {
        case nil, .open, .linkStart: return
        default: pieces.append(lineBreak(.softBreak))
        }
    }

    private mutating func appendChildren(of node: Int) {
        for child in tree.nodes[node].children { append(child) }
    }

    private func lineBreak(_ piece: Piece) -> Piece {
        context == .paragraph ? piece : .character(" ")
    }

    private mutating func surround(_ node: Int, _ element: Element) {
        breakLine()
        let start = pieces.count
        let number = elements.count
        elements.append(element)
        pieces.append(.open(number))
        appendChildren(of: node)
        guard pieces.count > start + 1 else {
            pieces.removeLast()
            elements.removeLast()
            return
        }
        endSurrounded(from: start + 1, number)
    }

    /// No mark stands beside a line end that it surrounds: there it is white space, or behind the mark.
    private mutating func endSurrounded(from start: Int, _ number: Int) {
        if case .softBreak = pieces[start] { pieces[start] = .character(" ") }
        var breaks = 0
        while case .hardBreak = pieces[pieces.count - 1] {
            pieces.removeLast()
            breaks += 1
        }
        if case .softBreak = pieces[pieces.count - 1] { pieces[pieces.count - 1] = .character(" ") }
        if pieces.count == start {
            pieces.removeLast()
            elements.removeLast()
        } else {
            pieces.append(.close(number))
        }
        pieces.append(contentsOf: [Piece](repeating: .hardBreak, count: breaks))
    }

    // MARK: Code, links, images

    private func code(_ text: [UInt8]) -> [UInt8] {
        var content: [UInt8] = []
        for byte in text {
            if context == .cell, byte == UInt8(ascii: "|") { content.append(UInt8(ascii: "\\")) }
            content.append(byte == UInt8(ascii: "\n") ? UInt8(ascii: " ") : byte)
        }
        guard let first = content.first, let last = content.last else { return [] }
        var ticks: Set<Int> = []
        Self.forEachRun(of: UInt8(ascii: "`"), in: content) { ticks.insert($0) }
        var count = 1
        while ticks.contains(count) { count += 1 }
        let fence = [UInt8](repeating: UInt8(ascii: "`"), count: count)
        let space = UInt8(ascii: " ")
        let isPadded =
            first == UInt8(ascii: "`") || last == UInt8(ascii: "`")
            || first == space && last == space && content.contains { $0 != space }
        return isPadded ? fence + [space] + content + [space] + fence : fence + content + fence
    }

    private mutating func link(_ node: Int) {
        // A link in a link is none.
        guard !isInLink, let address = tree.attribute("href", of: node) else { return appendChildren(of: node) }
        breakLine()
        let title = tree.attribute("title", of: node)
        if title == nil, InlineAddress.isPlain(address, text: tree.text(of: node)) {
            pieces.append(.markdown([UInt8(ascii: "<")] + tree.text(of: node) + [UInt8(ascii: ">")]))
            return
        }
        pieces.append(.linkStart)
        isInLink = true
        appendChildren(of: node)
        isInLink = false
        pieces.append(.linkEnd(InlineAddress.target(address, title, isInCell: context == .cell)))
    }

    private mutating func image(_ node: Int) {
        guard let address = tree.attribute("src", of: node) else { return }
        breakLine()
        let text = tree.attribute("alt", of: node) ?? []
        let characters = String(decoding: text, as: UTF8.self).unicodeScalars.map { Piece.character($0) }
        let alternative = InlineWriter(characters, [], context, allowance, isWithin: true).markdown()
        let target = InlineAddress.target(address, tree.attribute("title", of: node), isInCell: context == .cell)
        pieces.append(.markdown(Array("![".utf8) + alternative + Array("]".utf8) + target))
    }

    // MARK: Helpers

    /// Without white space at the ends and around the ends of the source's lines.
    private func trimmed() -> [Piece] {
        var result: [Piece] = []
        var isAtStart = true
        func dropSpaces() {
            while case .character(let scalar)? = result.last, scalar == " " || scalar == "\t" { result.removeLast() }
        }
        for piece in pieces {
            switch piece {
            case .character(let scalar) where isAtStart && (scalar == " " || scalar == "\t"): continue
            case .softBreak:
                dropSpaces()
                if !isAtStart { result.append(piece) }
                isAtStart = true
            case .hardBreak:
                result.append(piece)
                isAtStart = true
            default:
                result.append(piece)
                isAtStart = false
            }
        }
        while true {
            dropSpaces()
            switch result.last {
            case .softBreak, .hardBreak: result.removeLast()
            default: return result
            }
        }
    }

    static func longestRun(of byte: UInt8, in text: [UInt8]) -> Int {
        var longest = 0
        forEachRun(of: byte, in: text) { longest = max(longest, $0) }
        return longest
    }

    private static func forEachRun(of byte: UInt8, in text: [UInt8], _ body: (Int) -> Void) {
        var count = 0
        for candidate in text {
            if candidate == byte {
                count += 1
            } else if count > 0 {
                body(count)
                count = 0
            }
        }
        if count > 0 { body(count) }
    }
}

extension MarkdownInline.Piece {
    /// What a piece is for the marks beside it.
    enum Kind: Int {
        case space, mark, letter
    }

    /// Whether it is the beginning or the end of emphasis or strikethrough.
    var isMark: Bool {
        switch self {
        case .open, .close: true
        default: false
        }
    }

    /// > [§2.1] A Unicode punctuation character is a character in the Unicode P (punctuation) or S (symbol) general
    /// > categories.
    var kind: Kind {
        switch self {
        case .softBreak, .hardBreak: .space
        case .markdown, .open, .close, .linkStart, .linkEnd: .mark
        case .character(let scalar) where scalar.isASCII:
            Self.kind(UInt8(truncatingIfNeeded: scalar.value))
        case .character(let scalar):
            switch scalar.properties.generalCategory {
            case .spaceSeparator, .lineSeparator, .paragraphSeparator: .space
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
                .letterNumber, .otherNumber, .nonspacingMark, .spacingMark, .enclosingMark, .control, .format,
                .surrogate, .privateUse, .unassigned:
                .letter
            default: .mark
            }
        }
    }

    private static func kind(_ byte: UInt8) -> Kind {
        byte.isSpace ? .space : byte.isLetterOrDigit || byte < 0x20 || byte == 0x7F ? .letter : .mark
    }
}
