/// Writes text and the elements in it as Markdown.
struct MarkdownInline {
    enum Context {
        case paragraph
        /// One line that begins with `#`.
        case heading
        /// One line between pipes.
        case cell
    }

    enum Piece {
        case character(Unicode.Scalar)
        /// Markdown as it stands, which begins and ends with a punctuation mark.
        case markdown([UInt8])
        case opener(UInt8, count: Int)
        case closer(UInt8, count: Int)
        case softBreak
        case hardBreak
    }

    private let tree: HTMLTree
    private let context: Context

    init(_ tree: HTMLTree, context: Context) {
        self.tree = tree
        self.context = context
    }

    /// The nodes' Markdown, without white space at its ends.
    func markdown(_ nodes: [Int]) -> [UInt8] {
        var pieces: [Piece] = []
        for node in nodes { append(node, inside: nil, to: &pieces) }
        return InlineWriter(Self.trimmed(pieces), context).markdown()
    }

    private func append(_ node: Int, inside mark: UInt8?, to pieces: inout [Piece]) {
        let children = tree.nodes[node].children
        switch tree.nodes[node].content {
        case .text(let bytes):
            for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
                pieces.append(scalar == "\n" ? .softBreak : .character(scalar))
            }
        case .element("br", _): pieces.append(.hardBreak)
        case .element("em", _), .element("i", _): emphasis(children, 1, inside: mark, to: &pieces)
        case .element("strong", _), .element("b", _): emphasis(children, 2, inside: mark, to: &pieces)
        case .element("del", _), .element("s", _), .element("strike", _):
            surround(children, UInt8(ascii: "~"), 2, inside: mark, to: &pieces)
        case .element("code", _), .element("tt", _), .element("kbd", _), .element("samp", _):
            let text = code(tree.text(of: node))
            if !text.isEmpty { pieces.append(.markdown(text)) }
        case .element("a", _): link(node, inside: mark, to: &pieces)
        case .element("img", _): image(node, to: &pieces)
        default: for child in children { append(child, inside: mark, to: &pieces) }
        }
    }

    /// `*` and `_` in turn, so that what stands inside or beside one another stays apart.
    private func emphasis(_ children: [Int], _ count: Int, inside parent: UInt8?, to pieces: inout [Piece]) {
        var mark = parent == UInt8(ascii: "*") ? UInt8(ascii: "_") : UInt8(ascii: "*")
        if case .closer(mark, _) = pieces.last { mark = mark ^ UInt8(ascii: "*") ^ UInt8(ascii: "_") }
        surround(children, mark, count, inside: mark, to: &pieces)
    }

    private func surround(
        _ children: [Int],
        _ mark: UInt8,
        _ count: Int,
        inside parent: UInt8?,
        to pieces: inout [Piece]
    ) {
        var inner: [Piece] = []
        for child in children { append(child, inside: parent, to: &inner) }
        guard !inner.isEmpty else { return }
        pieces.append(.opener(mark, count: count))
        pieces.append(contentsOf: inner)
        pieces.append(.closer(mark, count: count))
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

    private func link(_ node: Int, inside mark: UInt8?, to pieces: inout [Piece]) {
        guard let address = tree.attribute("href", of: node) else {
            for child in tree.nodes[node].children { append(child, inside: mark, to: &pieces) }
            return
        }
        let title = tree.attribute("title", of: node)
        if title == nil, InlineAddress.isPlain(address, text: tree.text(of: node)) {
            pieces.append(.markdown([UInt8(ascii: "<")] + tree.text(of: node) + [UInt8(ascii: ">")]))
            return
        }
        pieces.append(.markdown(Array("[".utf8)))
        for child in tree.nodes[node].children { append(child, inside: mark, to: &pieces) }
        pieces.append(.markdown(Array("]".utf8) + InlineAddress.target(address, title, isInCell: context == .cell)))
    }

    private func image(_ node: Int, to pieces: inout [Piece]) {
        guard let address = tree.attribute("src", of: node) else { return }
        let text = tree.attribute("alt", of: node) ?? []
        let characters = String(decoding: text, as: UTF8.self).unicodeScalars.map { Piece.character($0) }
        let alternative = InlineWriter(characters, context, isWithin: true).markdown()
        let target = InlineAddress.target(address, tree.attribute("title", of: node), isInCell: context == .cell)
        pieces.append(.markdown(Array("![".utf8) + alternative + Array("]".utf8) + target))
    }

    // MARK: Helpers

    /// Without spaces at the ends and around line breaks, and with one break where several stand together.
    private static func trimmed(_ pieces: [Piece]) -> [Piece] {
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
                if case .softBreak? = result.last { result.removeLast() }
                if !result.isEmpty { result.append(piece) }
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
