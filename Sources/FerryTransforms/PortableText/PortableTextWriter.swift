import FerryJSON

/// Writes the blocks of an HTML document as Portable Text.
struct PortableTextWriter {
    /// What a block is in.
    private struct Place {
        var style = "normal"
        /// The kind of the innermost list, when the block is in one.
        var listItem: String?
        /// How many lists it is in.
        var level = 0
    }

    private let tree: HTMLTree
    private var blockCount = 0
    private var output: [UInt8]

    /// Adds the document as an array to `output`.
    static func write(_ tree: HTMLTree, into output: inout [UInt8]) {
        var writer = PortableTextWriter(tree: tree, output: [])
        // The array moves into the writer and back, so that it is never copied.
        swap(&writer.output, &output)
        writer.output.append(UInt8(ascii: "["))
        writer.blocks(in: tree.nodes[0].children, Place())
        writer.output.append(UInt8(ascii: "]"))
        swap(&writer.output, &output)
    }

    private init(tree: HTMLTree, output: [UInt8]) {
        self.tree = tree
        self.output = output
    }

    // MARK: Blocks

    private mutating func blocks(in nodes: [Int], _ place: Place) {
        var text = PortableTextSpans(tree)
        for node in nodes {
            guard let name = tree.name(node), MarkdownWriter.blocks.contains(name) else {
                text.append(node)
                continue
            }
            let children = tree.nodes[node].children
            switch name {
            case "p" where place.listItem != nil:
                // An item is one block: its paragraphs are lines of it.
                text.breakLine()
                for child in children { text.append(child) }
                text.breakLine()
            case "p": blocks(in: children, place, after: &text)
            case "h1", "h2", "h3", "h4", "h5", "h6":
                var heading = place
                heading.style = name
                blocks(in: children, heading, after: &text)
            case "blockquote":
                var quote = place
                quote.style = "blockquote"
                blocks(in: children, quote, after: &text)
            case "ul", "ol":
                var list = place
                list.listItem = name == "ul" ? "bullet" : "number"
                list.level += 1
                end(&text, place)
                for item in children where !tree.isBlank(item) { blocks(in: content(of: item), list) }
            case "pre":
                end(&text, place)
                code(node)
            case "table":
                end(&text, place)
                table(node)
            case "hr":
                end(&text, place)
                begin("break")
                output.append("}")
            case "title", "head": break
            default: blocks(in: children, place, after: &text)
            }
        }
        end(&text, place)
    }

    private mutating func blocks(in nodes: [Int], _ place: Place, after text: inout PortableTextSpans) {
        end(&text, place)
        blocks(in: nodes, place)
    }

    /// What a list has as an item; what is in none is one.
    private func content(of node: Int) -> [Int] {
        tree.name(node) == "li" ? tree.nodes[node].children : [node]
    }

    /// Begins an element of the array, an object that the caller ends.
    private mutating func begin(_ type: StaticString) {
        if output.last != UInt8(ascii: "[") { output.append(",") }
        blockCount += 1
        output.append("{\"_type\":\"")
        output.append(type)
        output.append("\",\"_key\":\"b")
        output.append(contentsOf: String(blockCount).utf8)
        output.append("\"")
    }

    private mutating func end(_ text: inout PortableTextSpans, _ place: Place) {
        defer { text = PortableTextSpans(tree) }
        guard !text.isBlank else { return }
        begin("block")
        output.append(",\"style\":\"")
        output.append(contentsOf: place.style.utf8)
        output.append("\"")
        if let item = place.listItem {
            output.append(",\"listItem\":\"")
            output.append(contentsOf: item.utf8)
            output.append("\",\"level\":")
            output.append(contentsOf: String(place.level).utf8)
        }
        text.write(into: &output)
        output.append("}")
    }

    private mutating func code(_ node: Int) {
        begin("code")
        let code = tree.nodes[node].children.first { tree.name($0) == "code" }
        let classes = code.flatMap { tree.attribute("class", of: $0) } ?? []
        if classes.starts(with: "language-".utf8) {
            output.append(",\"language\":")
            append(string: Array(classes.dropFirst("language-".utf8.count)))
        }
        var content = tree.text(of: node)
        if content.last == UInt8(ascii: "\n") { content.removeLast() }
        output.append(",\"code\":")
        append(string: content)
        output.append("}")
    }

    private mutating func table(_ node: Int) {
        begin("table")
        output.append(",\"rows\":[")
        var rowCount = 0
        func rows(in node: Int) {
            for child in tree.nodes[node].children {
                guard tree.name(child) == "tr" else {
                    if ["thead", "tbody", "tfoot"].contains(tree.name(child)) { rows(in: child) }
                    continue
                }
                rowCount += 1
                output.append(contentsOf: (rowCount > 1 ? "," : "").utf8)
                output.append("{\"_type\":\"tableRow\",\"_key\":\"r")
                output.append(contentsOf: String(rowCount).utf8)
                output.append("\",\"cells\":[")
                for cell in tree.nodes[child].children where tree.name(cell) == "td" || tree.name(cell) == "th" {
                    if output.last != UInt8(ascii: "[") { output.append(",") }
                    var text = PortableTextSpans(tree)
                    for child in tree.nodes[cell].children { text.append(child) }
                    append(string: text.plain)
                }
                output.append("]}")
            }
        }
        rows(in: node)
        output.append("]}")
    }

    private mutating func append(string: [UInt8]) {
        string.withUnsafeBytes { JSONText.appendString($0, into: &output) }
    }
}
