/// Tables, which have a header, and as many cells in each row as that has.
extension MarkdownWriter {
    /// A table's blocks: what of it is in no cell, and the table itself.
    func table(_ node: Int) -> [MarkdownBlock] {
        var rows: [[Int]] = []
        var others: [Int] = []
        func collect(_ node: Int) {
            for child in tree.nodes[node].children {
                switch tree.name(child) {
                case "tr":
                    let cells = tree.nodes[child].children.filter(isCell)
                    if !cells.isEmpty { rows.append(cells) }
                    others += tree.nodes[child].children.filter { !isCell($0) }
                case "thead", "tbody", "tfoot": collect(child)
                default: others.append(child)
                }
            }
        }
        collect(node)
        var blocks = blocks(in: others)
        let columns = rows.lazy.map(\.count).max() ?? 0
        // Two bytes at least are written for each, whether the HTML has it or not.
        guard let header = rows.first, allowance.take(2 * columns * (rows.count + 1)) else { return blocks }
        var lines = [row(header, columns: columns), framed(marks(of: header, columns: columns))]
        lines += rows.dropFirst().map { row($0, columns: columns) }
        blocks.append(MarkdownBlock(text: Array(lines.joined(separator: [UInt8(ascii: "\n")])), kind: .table))
        return blocks
    }

    private func isCell(_ node: Int) -> Bool {
        let name = tree.name(node)
        return name == "td" || name == "th"
    }

    private func marks(of header: [Int], columns: Int) -> [[UInt8]] {
        let marks = header.map { cell -> [UInt8] in
            switch tree.attribute("align", of: cell).map({ String(decoding: $0, as: UTF8.self) }) {
            case "left": Array(":---".utf8)
            case "right": Array("---:".utf8)
            case "center": Array(":---:".utf8)
            default: Array("---".utf8)
            }
        }
        return marks + [[UInt8]](repeating: Array("---".utf8), count: columns - marks.count)
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
