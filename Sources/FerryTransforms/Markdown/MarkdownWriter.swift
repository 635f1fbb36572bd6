/// Writes the blocks of an HTML document as Markdown.
struct MarkdownWriter {
    /// Elements that end a paragraph.
    static let blocks: Set<String> = [
        "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "dialog", "div", "dl", "dt",
        "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header",
        "hr", "html", "li", "main", "menu", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "td",
        "tfoot", "th", "thead", "title", "tr", "ul",
    ]

    private typealias Block = MarkdownBlock

    private let tree: HTMLTree
    private let allowance: EmphasisMarks.Allowance

    /// A writer of the document that was made of `count` bytes.
    init(_ tree: HTMLTree, count: Int) {
        allowance = EmphasisMarks.Allowance(count: count)
        self.tree = tree
    }

    /// The whole document, without a line end after its last line.
    func markdown() -> [UInt8] {
        join(blocks(in: tree.nodes[0].children).map(\.text), isTight: false)
    }

    private func join(_ blocks: [[UInt8]], isTight: Bool) -> [UInt8] {
        Array(blocks.joined(separator: Array((isTight ? "\n" : "\n\n").utf8)))
    }

    private func blocks(in nodes: [Int]) -> [Block] {
        var blocks: [Block] = []
        var run: [Int] = []
        func endRun() {
            let text = MarkdownInline(tree, context: .paragraph, allowance).markdown(run)
            run = []
            if !text.isEmpty { blocks.append(Block(text: text, kind: .text, endsInText: true)) }
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
            let text = table(node)
            if !text.isEmpty { blocks.append(Block(text: text, kind: .table)) }
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
        Self.forEachLine(of: join(blocks.map(\.text), isTight: false)) { line in
            if !result.isEmpty { result.append(UInt8(ascii: "\n")) }
            result.append(UInt8(ascii: ">"))
            if line.isEmpty { return }
            result.append(UInt8(ascii: " "))
            result.append(contentsOf: line)
        }
        let last = blocks.last
        let endsInQuote = last?.kind == .list ? last?.endsInQuote ?? false : true
        return Block(text: result, kind: .quote, endsInText: last?.endsInText ?? false, endsInQuote: endsInQuote)
    }

    private func list(_ node: Int, isOrdered: Bool, after previous: UInt8?) -> Block {
        let items = tree.nodes[node].children.filter { tree.name($0) == "li" }
        let contents = items.map { blocks(in: tree.nodes[$0].children) }
        // md4c sees no check box right after a quote.
        let hidesBox = zip(contents, items.dropFirst()).contains { $0.last?.endsInQuote == true && checkBox($1) != nil }
        let isTight = !hidesBox && contents.allSatisfy(canBeTight)
        let isLoosened = isTight || isLoosened(contents)
        var texts: [[UInt8]] = []
        for (item, blocks) in zip(items, contents) {
            var lines = blocks.enumerated().map { index, block in
                let next = index + 1 < blocks.count ? blocks[index + 1] : nil
                guard block.isBare else { return isTight ? block.text(before: next) : block.text }
                // Before an empty line, an empty item ends the outer one too for md4c; and it interrupts no paragraph.
                let endsItem = !isTight && next != nil || block.isGapped
                let isHidden =
                    index == 0 ? checkBox(item) != nil : !isLoosened || isTight && blocks[index - 1].endsInText
                return endsItem || isHidden ? block.filled : block.text
            }
            if blocks.isEmpty, !isLoosened, !texts.isEmpty { lines = [Block.nothing] }
            let text = join(lines, isTight: isTight)
            texts.append(checkBox(item).map { boxed(text, blocks.first, $0) } ?? text)
        }
        if !isLoosened, contents.count == 1, contents[0].count == 1 { texts[0] += Array("\n\n".utf8) + Block.nothing }
        let mark = listMark(of: texts, isOrdered: isOrdered, after: previous)
        var number = tree.attribute("start", of: node).flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? 1
        for index in texts.indices {
            // > [§5.2] a sequence of 1–9 arabic digits (0-9)
            let digits = Array(String(min(max(number, 0), 999_999_999)).utf8)
            let marker = isOrdered ? digits + [mark] : [mark]
            number = min(number, 999_999_999) + 1
            texts[index] = marker + indented(texts[index], by: marker.count + 1)
        }
        return Block(
            text: join(texts, isTight: isTight),
            kind: .list,
            listMark: mark,
            endsInText: contents.last?.last?.endsInText ?? false,
            endsInQuote: contents.last?.last?.endsInQuote ?? false
        )
    }

    /// Whether an empty line stands before something that is not empty; md4c does not see it before an empty item.
    private func isLoosened(_ contents: [[Block]]) -> Bool {
        for (item, blocks) in contents.enumerated() {
            for (index, block) in blocks.enumerated() where (item > 0 || index > 0) && !block.isBare { return true }
        }
        return false
    }

    /// An item's text behind its check box.
    ///
    /// What follows that on its line is text or a table's, whatever it looks like.
    private func boxed(_ text: [UInt8], _ first: Block?, _ box: [UInt8]) -> [UInt8] {
        guard let first else { return box }
        let isBeside = first.kind == .text || first.kind == .table
        return box + Array((isBeside ? " " : "\n").utf8) + text
    }

    /// Whether the blocks stay what they are without empty lines between them, and none is a paragraph that needs them.
    private func canBeTight(_ blocks: [Block]) -> Bool {
        for (index, block) in blocks.enumerated() {
            if block.isParagraph || index > 0 && !block.canTouch(blocks[index - 1]) { return false }
        }
        return true
    }

    /// A mark that is not that of the list before, and does not make a line of nothing but marks, which is a rule.
    private func listMark(of items: [[UInt8]], isOrdered: Bool, after previous: UInt8?) -> UInt8 {
        if isOrdered { return previous == UInt8(ascii: ".") ? UInt8(ascii: ")") : UInt8(ascii: ".") }
        let marks = Array("-*+".utf8).filter { $0 != previous }
        return marks.first { mark in
            mark == UInt8(ascii: "+")
                || !items.contains { item in
                    let line = item.prefix { $0 != UInt8(ascii: "\n") }
                    return line.count { $0 == mark } > 1 && line.allSatisfy { $0 == mark || $0.isSpace }
                }
        } ?? marks[0]
    }

    /// > [GFM §5.3] The task list item marker […] consists of an optional number of spaces, a left bracket ([), either a
    /// > whitespace character or the letter x in either lowercase or uppercase, and then a right bracket (]).
    private func checkBox(_ item: Int) -> [UInt8]? {
        var first = firstChild(of: item)
        if let paragraph = first, tree.name(paragraph) == "p" { first = firstChild(of: paragraph) }
        guard let first, tree.name(first) == "input",
            tree.attribute("type", of: first).map({ $0.elementsEqual("checkbox".utf8) }) == true
        else { return nil }
        return Array((tree.attribute("checked", of: first) == nil ? "[ ]" : "[x]").utf8)
    }

    /// The first child that is not white space.
    private func firstChild(of node: Int) -> Int? {
        tree.nodes[node].children.first { child in
            guard case .text(let bytes) = tree.nodes[child].content else { return true }
            return !bytes.allSatisfy(\.isSpace)
        }
    }

    /// The text with that many spaces before each line, and one before the first.
    private func indented(_ text: [UInt8], by count: Int) -> [UInt8] {
        var result: [UInt8] = []
        var spaces = 1
        Self.forEachLine(of: text) { line in
            if spaces > 1 { result.append(UInt8(ascii: "\n")) }
            if !line.isEmpty {
                for _ in 0..<spaces { result.append(UInt8(ascii: " ")) }
                result.append(contentsOf: line)
            }
            spaces = count
        }
        return result
    }

    private static func forEachLine(of text: [UInt8], _ body: (Slice<UnsafeRawBufferPointer>) -> Void) {
        text.withUnsafeBytes { bytes in
            var start = 0
            while let end = bytes.first("\n", from: start) {
                body(bytes[start..<end])
                start = end + 1
            }
            body(bytes[start...])
        }
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
        var texts = cells.map { MarkdownInline(tree, context: .cell, allowance).markdown(tree.nodes[$0].children) }
        while texts.count < columns { texts.append([]) }
        return framed(texts)
    }

    private func framed(_ cells: [[UInt8]]) -> [UInt8] {
        cells.reduce(into: Array("|".utf8)) { $0 += [UInt8(ascii: " ")] + $1 + Array(" |".utf8) }
    }
}
