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

    private static func examples() throws -> [Example] {
        let file = try #require(
            Bundle.module.url(forResource: "commonmark-0.31.2", withExtension: "json", subdirectory: "Resources")
        )
        return try JSONDecoder().decode([Example].self, from: Data(contentsOf: file))
    }

    @Test func everyExampleComesOutToTheLetter() throws {
        let examples = try Self.examples()
        #expect(examples.count == 652)
        for example in examples {
            let result = try html(example.markdown, ["unsafe": true, "gfm": false])
            let isSame = result.utf8.elementsEqual(example.html.utf8)
            #expect(
                isSame,
                "example \(example.example): \(example.markdown.debugDescription) gave \(result.debugDescription)"
            )
        }
    }
}
