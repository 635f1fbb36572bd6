import FerryCore
import Foundation
import Testing

/// The 652 examples of the CommonMark specification 0.31.2 (CC BY-SA 4.0, John MacFarlane).
@Suite struct CommonMarkSpecTests {
    private struct Example: Decodable {
        let markdown: String
        let html: String
        let example: Int
    }

    /// What the parser, md4c 0.4.8, does otherwise, because it was made for older versions of the specification.
    private static let differing: [Int: String] = [
        171: "a blank line ends a block that begins with <textarea>, which became one of its kind in 0.30",
        354: "currency signs and other symbols count as punctuation beside emphasis since 0.31",
        625: "two hyphens may stand inside an HTML comment since 0.31",
        626: "<!--> and <!---> are comments since 0.31",
    ]

    private static func examples() throws -> [Example] {
        let file = try #require(
            Bundle.module.url(forResource: "commonmark-0.31.2", withExtension: "json", subdirectory: "Resources")
        )
        return try JSONDecoder().decode([Example].self, from: Data(contentsOf: file))
    }

    @Test func everyExampleButTheListedOnesComesOutToTheLetter() throws {
        let examples = try Self.examples()
        #expect(examples.count == 652)
        for example in examples {
            let result = try html(example.markdown, ["unsafe": true, "gfm": false])
            let isSame = result.utf8.elementsEqual(example.html.utf8)
            #expect(
                isSame == (Self.differing[example.example] == nil),
                "example \(example.example): \(example.markdown.debugDescription) gave \(result.debugDescription)"
            )
        }
    }
}
