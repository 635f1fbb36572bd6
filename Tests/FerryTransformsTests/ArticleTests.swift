import FerryCore
import FerryTransforms
import Foundation
import Testing

/// The article on the transforms must not tell another story than they do.
@Suite struct ArticleTests {
    private let lines: [Substring]

    init() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/FerryTransforms/FerryTransforms.docc/Transforms.md")
        lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
    }

    /// The cells of a table's row, without the code marks of those that are nothing but code.
    private func cells(of line: Substring) -> [String] {
        line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast().map { cell in
            let text = cell.trimmingCharacters(in: .whitespaces)
            guard text.count > 2, text.hasPrefix("`"), text.hasSuffix("`") else { return text }
            return String(text.dropFirst().dropLast())
        }
    }

    @Test func everyTransformHasItsRow() {
        let described = Set(
            lines.filter { $0.hasPrefix("| `") }.flatMap { line in
                cells(of: line)[0].split(separator: "`, `").map(String.init)
            }
        )
        #expect(described.isSuperset(of: BuiltInTransforms().names))
    }

    @Test func slugsAreWhatTheTableSays() throws {
        let header = try #require(lines.firstIndex { $0.hasPrefix("| Text | Ferry |") })
        let rows = lines[(header + 2)...].prefix { $0.hasPrefix("|") }.map { cells(of: $0) }
        #expect(rows.count > 15)
        for row in rows where row[0] != "two equal texts" {
            if row[1] == "refused" {
                #expect(throws: TransformError.self) { try slugify(row[0]) }
            } else {
                #expect(try slugify(row[0]) == row[1])
            }
        }
    }
}
