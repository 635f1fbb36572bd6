import FerryCore
import Foundation
import Testing

/// The examples of the extensions in GitHub's specification and in its parser's tests (CC BY-SA 4.0, GitHub).
@Suite struct GFMExtensionTests {
    private struct Example: Decodable {
        let source: String
        let example: Int
        let section: String
        let markdown: String
        let html: String

        var name: String { "\(source) \(example)" }
    }

    /// Footnotes are an extension of GitHub's parser that its specification does not have: neither among the sections
    /// that are called extensions (4.10, 5.3, 6.5, 6.9 and 6.11) nor among the examples of the others.
    private static let unspecified = "extensions.txt 23"
    /// A test that the reference parser does not crash, without an expected result.
    private static let unexpected = "extensions.txt 20"

    private static func examples() throws -> [Example] {
        let file = try #require(
            Bundle.module.url(forResource: "gfm-extensions", withExtension: "json", subdirectory: "Resources")
        )
        return try JSONDecoder().decode([Example].self, from: Data(contentsOf: file))
    }

    @Test func everyExampleComesOutToTheLetter() throws {
        let examples = try Self.examples()
        #expect(examples.count == 52)
        for example in examples where ![Self.unspecified, Self.unexpected].contains(example.name) {
            let result = try html(example.markdown, ["unsafe": true])
            let isSame = result.utf8.elementsEqual(normalized(example.html).utf8)
            #expect(isSame, "\(example.name): \(example.markdown) gave\n\(result)\nnot\n\(example.html)")
        }
    }

    @Test func theExampleThatMustNotCrashDoesNot() throws {
        let example = try #require(try Self.examples().first { $0.name == Self.unexpected })
        #expect(example.html.contains("IGNORE"))
        #expect(try html(example.markdown) == "<p>This shouldn't crash everything: (<em>A</em>@_.A</p>\n")
    }

    @Test func footnotesAreInNoSectionOfTheSpecification() throws {
        let examples = try Self.examples()
        let sections = Set(examples.filter { $0.source == "spec.txt" }.map(\.section))
        #expect(
            sections == [
                "Tables", "Task list items", "Strikethrough", "Autolinks", "Disallowed Raw HTML",
            ]
        )
        #expect(examples.filter { $0.section == "Footnotes" }.map(\.name) == [Self.unspecified])
        // Without them it is what CommonMark makes of it: a link definition.
        #expect(try html("a[^1]\n\n[^1]: /b") == "<p>a<a href=\"/b\">^1</a></p>\n")
    }

    /// The specification and the parser's tests do not write the check box's attributes in the same order.
    private func normalized(_ html: String) -> String {
        html.replacing("<input type=\"checkbox\" disabled=\"\" />", with: "<input disabled=\"\" type=\"checkbox\">")
            .replacing(
                "<input type=\"checkbox\" checked=\"\" disabled=\"\" />",
                with: "<input checked=\"\" disabled=\"\" type=\"checkbox\">"
            )
    }
}
