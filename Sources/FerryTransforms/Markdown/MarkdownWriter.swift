/// Writes the blocks of an HTML document as Markdown.
struct MarkdownWriter {
    /// Elements that end a paragraph.
    static let blocks: Set<String> = [
        "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "dialog", "div", "dl", "dt",
        "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header",
        "hr", "html", "li", "main", "menu", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "td",
        "tfoot", "th", "thead", "title", "tr", "ul",
    ]

    private let tree: HTMLTree

    init(_ tree: HTMLTree) {
        self.tree = tree
    }

    /// The whole document, without a line end after its last line.
    func markdown() -> [UInt8] {
        join(blocks(in: tree.nodes[0].children).map(\.text), isTight: false)
    }

    private struct Block {
        var text: [UInt8]
        /// The character that began the list, so that a list beside it takes another.
        var listMark: UInt8?
        var isParagraph = false
    }

    private func join(_ blocks: [[UInt8]], isTight: Bool) -> [UInt8] {
        Array(blocks.joined(separator: Array((isTight ? "\n" : "\n\n").utf8)))
    }

    private func blocks(in nodes: [Int]) -> [Block] {
        var blocks: [Block] = []
        var run: [Int] = []
        func endRun() {
            let text = MarkdownInline(tree, context: .paragraph).markdown(run)
            run = []
            if !text.isEmpty { blocks.append(Block(text: text)) }
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
            for block in self.blocks(in: children) {
                blocks.append(Block(text: block.text, listMark: block.listMark, isParagraph: true))
            }
        case "h1", "h2", "h3", "h4", "h5", "h6": blocks.append(Block(text: heading(name, children)))
        case "hr": blocks.append(Block(text: Array("___".utf8)))
        case "pre": blocks.append(Block(text: code(node)))
        case "blockquote": blocks.append(Block(text: quote(children)))
        case "ul", "ol":
            let previous = blocks.last?.listMark
            let isOrdered = name == "ol"
            let marks = isOrdered ? (UInt8(ascii: "."), UInt8(ascii: ")")) : (UInt8(ascii: "-"), UInt8(ascii: "*"))
            let mark = previous == marks.0 ? marks.1 : marks.0
            blocks.append(Block(text: list(node, isOrdered: isOrdered, mark), listMark: mark))
        case "table": blocks.append(Block(text: table(node)))
        case "title", "head": break
        default: blocks.append(contentsOf: self.blocks(in: children))
        }
    }

    // MARK: Leaves

    private func heading(_ name: String, _ children: [Int]) -> [UInt8] {
        let level = Int(name.dropFirst()) ?? 1
        if level <= 2 {
            // Only an underlined heading can have several lines.
            let text = MarkdownInline(tree, context: .paragraph).markdown(children)
            if text.contains(UInt8(ascii: "\n")) { return text + Array((level == 1 ? "\n===" : "\n---").utf8) }
        }
        let text = MarkdownInline(tree, context: .heading).markdown(children)
        return [UInt8](repeating: UInt8(ascii: "#"), count: level) + (text.isEmpty ? [] : [UInt8(ascii: " ")] + text)
    }

    private func code(_ node: Int) -> [UInt8] {
        var content = tree.text(of: node)
        let code = tree.nodes[node].children.first { tree.name($0) == "code" }
        let classes = code.flatMap { tree.attribute("class", of: $0) } ?? []
        var language: [UInt8] = []
        if classes.starts(with: "language-".utf8) {
            for byte in classes.dropFirst(9) {
                if byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "&") { language.append(UInt8(ascii: "\\")) }
                language.append(byte)
            }
        }
        if !content.isEmpty, content.last != UInt8(ascii: "\n") { content.append(UInt8(ascii: "\n")) }
        let mark = language.contains(UInt8(ascii: "`")) ? UInt8(ascii: "~") : UInt8(ascii: "`")
        let fence = [UInt8](repeating: mark, count: max(3, MarkdownInline.longestRun(of: mark, in: content) + 1))
        return fence + language + [UInt8(ascii: "\n")] + content + fence
    }

    // MARK: Containers

    private func quote(_ children: [Int]) -> [UInt8] {
        let text = join(blocks(in: children).map(\.text), isTight: false)
        var result: [UInt8] = []
        for line in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            if !result.isEmpty { result.append(UInt8(ascii: "\n")) }
            result.append(contentsOf: line.isEmpty ? Array(">".utf8) : Array("> ".utf8) + line)
        }
        return result
    }

    private func list(_ node: Int, isOrdered: Bool, _ mark: UInt8) -> [UInt8] {
        let items = tree.nodes[node].children.filter { tree.name($0) == "li" }
        let contents = items.map { blocks(in: tree.nodes[$0].children) }
        let isTight = !contents.contains { $0.contains(where: \.isParagraph) }
        var number = tree.attribute("start", of: node).flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? 1
        var texts: [[UInt8]] = []
        for (item, blocks) in zip(items, contents) {
            var text = join(blocks.map(\.text), isTight: isTight)
            if let box = checkBox(item) { text = box + text }
            let marker = isOrdered ? Array(String(number).utf8) + [mark] : [mark]
            number += 1
            texts.append(marker + indented(text, by: marker.count + 1))
        }
        return join(texts, isTight: isTight)
    }

    private func checkBox(_ item: Int) -> [UInt8]? {
        guard let first = tree.nodes[item].children.first, tree.name(first) == "input",
            tree.attribute("type", of: first).map({ $0.elementsEqual("checkbox".utf8) }) == true
        else { return nil }
        return Array((tree.attribute("checked", of: first) == nil ? "[ ] " : "[x] ").utf8)
    }

    private func indented(_ text: [UInt8], by count: Int) -> [UInt8] {
        var result: [UInt8] = []
        for line in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            let isFirst = result.isEmpty
            if !isFirst || line.isEmpty == false {
                if !isFirst { result.append(UInt8(ascii: "\n")) }
                if !line.isEmpty {
                    result.append(contentsOf: [UInt8](repeating: UInt8(ascii: " "), count: isFirst ? 1 : count))
                }
            }
            result.append(contentsOf: line)
        }
        return result
    }

    private func table(_ node: Int) -> [UInt8] {
        var rows: [[Int]] = []
        func collect(_ node: Int) {
            for child in tree.nodes[node].children {
                switch tree.name(child) {
                case "tr":
                    rows.append(tree.nodes[child].children.filter { ["td", "th"].contains(tree.name($0) ?? "") })
                case "thead", "tbody", "tfoot": collect(child)
                default: break
                }
            }
        }
        collect(node)
        guard let header = rows.first, !header.isEmpty else { return [] }
        var lines = [row(header, columns: header.count)]
        let marks = header.map { cell -> [UInt8] in
            switch tree.attribute("align", of: cell).map({ String(decoding: $0, as: UTF8.self) }) {
            case "left": Array(":---".utf8)
            case "right": Array("---:".utf8)
            case "center": Array(":---:".utf8)
            default: Array("---".utf8)
            }
        }
        lines.append(framed(marks))
        lines += rows.dropFirst().map { row($0, columns: header.count) }
        return Array(lines.joined(separator: [UInt8(ascii: "\n")]))
    }

    private func row(_ cells: [Int], columns: Int) -> [UInt8] {
        var texts = cells.map { MarkdownInline(tree, context: .cell).markdown(tree.nodes[$0].children) }
        while texts.count < columns { texts.append([]) }
        return framed(texts)
    }

    private func framed(_ cells: [[UInt8]]) -> [UInt8] {
        cells.reduce(into: Array("|".utf8)) { $0 += [UInt8(ascii: " ")] + $1 + Array(" |".utf8) }
    }
}
