/// Writes the blocks of an HTML document as Markdown.
struct MarkdownWriter {
    /// Elements that end a paragraph.
    static let blocks: Set<String> = [
        "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "dialog", "div", "dl", "dt",
        "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header",
        "hr", "html", "li", "main", "menu", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "td",
        "tfoot", "th", "thead", "title", "tr", "ul",
    ]

    typealias Block = MarkdownBlock

    let tree: HTMLTree
    let allowance: WritingAllowance

    init(_ tree: HTMLTree, _ allowance: WritingAllowance) {
        self.allowance = allowance
        self.tree = tree
    }

    /// The whole document, without a line end after its last line.
    func markdown() -> [UInt8] {
        join(blocks(in: tree.nodes[0].children).map(\.text), isTight: false)
    }

    func blocks(in nodes: [Int]) -> [Block] {
        var blocks: [Block] = []
        var run: [Int] = []
        func endRun() {
            guard !run.isEmpty else { return }
            let text = MarkdownInline(tree, context: .paragraph, allowance).markdown(run)
            run = []
            if !text.isEmpty { blocks.append(.text(text)) }
        }
        for node in nodes {
            guard let name = tree.name(node), Self.blocks.contains(name) else {
                run.append(node)
                continue
            }
            endRun()
            append(node, name, to: &blocks)
        }
        endRun()
        return blocks
    }

    private func append(_ node: Int, _ name: String, to blocks: inout [Block]) {
        let children = tree.nodes[node].children
        switch name {
        case "p":
            for var block in self.blocks(in: children) {
                block.isParagraph = true
                blocks.append(block)
            }
        case "h1", "h2", "h3", "h4", "h5", "h6": blocks.append(heading(name, children))
        case "hr": blocks.append(Block(text: Array("___".utf8)))
        case "pre": blocks.append(Block(text: code(node)))
        case "blockquote": blocks.append(quote(children))
        case "ul", "ol":
            let list = list(node, isOrdered: name == "ol", after: blocks.last?.listMark)
            if !list.text.isEmpty { blocks.append(list) }
        case "table":
            blocks.append(contentsOf: table(node))
        case "title", "head": break
        default: blocks.append(contentsOf: self.blocks(in: children))
        }
    }

    // MARK: Leaves

    private func heading(_ name: String, _ children: [Int]) -> Block {
        let level = Int(name.dropFirst()) ?? 1
        if level <= 2 {
            // Only an underlined heading can have several lines.
            let text = MarkdownInline(tree, context: .paragraph, allowance).markdown(children)
            if text.contains(UInt8(ascii: "\n")) {
                return Block(text: text + Array((level == 1 ? "\n===" : "\n---").utf8), kind: .underlinedHeading)
            }
        }
        let text = MarkdownInline(tree, context: .heading, allowance).markdown(children)
        let mark = [UInt8](repeating: UInt8(ascii: "#"), count: level)
        return Block(text: mark + (text.isEmpty ? [] : [UInt8(ascii: " ")] + text))
    }

    private func code(_ node: Int) -> [UInt8] {
        var content = tree.text(of: node)
        let code = tree.nodes[node].children.first { tree.name($0) == "code" }
        let classes = code.flatMap { tree.attribute("class", of: $0) } ?? []
        var language: [UInt8] = []
        if classes.starts(with: "language-".utf8) {
            for byte in classes.dropFirst(9) {
                if byte < 0x80, !byte.isLetterOrDigit, !"-+.#_/".utf8.contains(byte) {
                    language.append(contentsOf: Array("&#\(byte);".utf8))
                } else {
                    language.append(byte)
                }
            }
        }
        if !content.isEmpty, content.last != UInt8(ascii: "\n") { content.append(UInt8(ascii: "\n")) }
        let mark = UInt8(ascii: "`")
        let fence = [UInt8](repeating: mark, count: max(3, MarkdownInline.longestRun(of: mark, in: content) + 1))
        return fence + language + [UInt8(ascii: "\n")] + content + fence
    }

    // MARK: Containers

    private func quote(_ children: [Int]) -> Block {
        let blocks = blocks(in: children)
        var result: [UInt8] = []
        let text = join(blocks.map(\.text), isTight: false)
        guard take(2, beforeLinesOf: text) else { return Block(text: [], kind: .quote) }
        Self.forEachLine(of: text) { line in
            if !result.isEmpty { result.append(UInt8(ascii: "\n")) }
            result.append(UInt8(ascii: ">"))
            if line.isEmpty { return }
            result.append(UInt8(ascii: " "))
            result.append(contentsOf: line)
        }
        let last = blocks.last
        let endsInQuote = last?.kind == .list ? last?.endsInQuote ?? false : true
        return Block(
            text: result,
            kind: .quote,
            endsInText: last?.endsInText ?? false,
            endsInQuote: endsInQuote,
            endsInList: last?.kind == .list,
            endsBare: last?.endsBare ?? false
        )
    }

    // MARK: Lines

    /// Takes as many bytes before each line of the text.
    func take(_ indentation: Int, beforeLinesOf text: [UInt8]) -> Bool {
        var lines = 0
        Self.forEachLine(of: text) { _ in lines += 1 }
        return allowance.take(lines * indentation)
    }

    func join(_ blocks: [[UInt8]], isTight: Bool) -> [UInt8] {
        Array(blocks.joined(separator: Array((isTight ? "\n" : "\n\n").utf8)))
    }

    static func forEachLine(of text: [UInt8], _ body: (Slice<UnsafeRawBufferPointer>) -> Void) {
        text.withUnsafeBytes { bytes in
            var start = 0
            while let end = bytes.first("\n", from: start) {
                body(bytes[start..<end])
                start = end + 1
            }
            body(bytes[start...])
        }
    }
}
