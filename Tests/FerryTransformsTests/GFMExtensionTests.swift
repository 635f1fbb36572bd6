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

    /// What comes out otherwise, and why.
    private static let differing: [String: String] = [
        "spec.txt 653": "with `unsafe` all raw HTML passes, and without it none does: there is no third state",
        "extensions.txt 22": "the same",
        "extensions.txt 16": "a table begins a block of its own: md4c takes none for the end of a paragraph",
        "extensions.txt 19": "md4c makes links of bare addresses after white space, brackets and no other marks",
        "extensions.txt 20": "a test that the reference parser does not crash, without an expected result",
        "extensions.txt 23": "footnotes are no part of GitHub's specification",
    ]

    @Test func everyExampleButTheListedOnesComesOutAlike() throws {
        let file = try #require(
            Bundle.module.url(forResource: "gfm-extensions", withExtension: "json", subdirectory: "Resources")
        )
        let examples = try JSONDecoder().decode([Example].self, from: Data(contentsOf: file))
        #expect(examples.count == 52)
        for example in examples {
            let result = try html(example.markdown, ["unsafe": true])
            let isSame = result.utf8.elementsEqual(normalized(example.html).utf8)
            #expect(
                isSame == (Self.differing[example.name] == nil),
                "\(example.name): \(example.markdown) gave\n\(result)\nnot\n\(example.html)"
            )
        }
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
