/// Rows of text in aligned columns, two spaces apart.
struct Table {
    /// One cell: its text and what its colour means.
    struct Cell: ExpressibleByStringLiteral {
        let text: String
        let style: Console.Style?

        init(_ text: String, _ style: Console.Style? = nil) {
            // A line break or an escape in somebody's data must not break the table or the terminal.
            self.text = String(
                String.UnicodeScalarView(
                    text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }
                )
            )
            self.style = style
        }

        init(stringLiteral value: String) { self.init(value) }
    }

    private let header: [String]
    private var rows: [[Cell]] = []

    init(_ header: String...) {
        self.header = header
    }

    init(_ header: [String]) {
        self.header = header
    }

    /// Adds a row.
    mutating func add(_ cells: Cell...) { rows.append(cells) }

    /// Adds a row.
    mutating func add(_ cells: [Cell]) { rows.append(cells) }

    /// The lines, header first, without spaces at their ends.
    func lines(for console: Console) -> [String] {
        let all = [header.map { Cell($0, .faint) }] + rows
        let widths = header.indices.map { column in
            all.map { column < $0.count ? $0[column].text.count : 0 }.max() ?? 0
        }
        return all.map { row in
            // The row ends with its last cell that says something.
            let length = (row.lastIndex { !$0.text.isEmpty } ?? -1) + 1
            return row.prefix(length).enumerated().map { column, cell in
                let padding = column == length - 1 ? 0 : widths[column] - cell.text.count
                return console.styled(cell.text, cell.style) + String(repeating: " ", count: padding)
            }.joined(separator: "  ")
        }
    }

    /// Writes the lines.
    func show(on console: Console) {
        for line in lines(for: console) { console.line(line) }
    }
}
