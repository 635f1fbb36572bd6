import FerryCore
import Foundation
import Testing

/// What `markdown_to_html` makes comes back from `html_to_markdown` as Markdown of the same HTML.
@Suite struct RoundTripTests {
    private struct Example: Decodable {
        let markdown: String
        let example: Int
    }

    private static func examples(_ resource: String) throws -> [Example] {
        let file = try #require(
            Bundle.module.url(forResource: resource, withExtension: "json", subdirectory: "Resources")
        )
        return try JSONDecoder().decode([Example].self, from: Data(contentsOf: file))
    }

    @Test(arguments: [JSONValue.null, ["gfm": false]])
    func theHTMLOfEveryExampleOfCommonMarkComesBack(options: JSONValue) throws {
        let examples = try Self.examples("commonmark-0.31.2")
        #expect(examples.count == 652)
        for example in examples { try expectRoundTrip(example.markdown, options, "example \(example.example)") }
    }

    @Test func theHTMLOfEveryExampleOfGitHubComesBack() throws {
        let examples = try Self.examples("gfm-extensions")
        #expect(examples.count == 52)
        for example in examples { try expectRoundTrip(example.markdown, .null, "GitHub's \(example.example)") }
    }

    /// Raw HTML has no Markdown: of foreign elements the text stays, and that comes back.
    @Test func whatStaysOfRawHTMLComesBack() throws {
        for example in try Self.examples("commonmark-0.31.2") + Self.examples("gfm-extensions") {
            let raw = try html(example.markdown, ["unsafe": true])
            let source = try markdown(raw)
            try expectRoundTrip(source, .null, "example \(example.example)")
            guard try raw == html(example.markdown) else { continue }
            #expect(try normalized(html(source)) == normalized(raw))
        }
    }

    @Test func documentsOfAllConstructsComeBackAsTheSameHTML() throws {
        var corpus = MarkdownCorpus(seed: 7)
        for _ in 0..<1_500 { try expectRoundTrip(corpus.document(), .null) }
    }

    @Test(arguments: [("> ", 199), ("- ", 99), ("1. ", 99), ("- > ", 66)])
    func whatIsNestedAsDeepAsCanBeComesBack(mark: String, levels: Int) throws {
        let text = String(repeating: mark, count: levels) + "a"
        try expectRoundTrip(text + "\n", .null)
        // Markdown has no such limit, so that what comes from it may be refused, but is never changed.
        let deeper = try html(String(repeating: mark, count: 5) + text)
        #expect(throws: TransformError.self) { _ = try markdown(deeper) }
    }

    /// `make soak` plays a hundred times as many.
    @Test(arguments: 1...4)
    func linesPutTogetherAtRandomComeBackAsTheSameHTML(seed: Int) throws {
        let isSoaking = ProcessInfo.processInfo.environment["FERRY_SOAK"] != nil
        var soup = MarkdownSoup(seed: UInt64(isSoaking ? 100 + seed : seed))
        for _ in 0..<(isSoaking ? 50_000 : 500) {
            let source = soup.next()
            try expectRoundTrip(source, .null)
            try expectRoundTrip(source, ["gfm": false])
            let raw = try html(source, ["unsafe": true])
            let rest = try markdown(raw)
            try expectRoundTrip(rest, .null)
            // Without raw HTML in it, nothing has to be left out.
            guard try raw == html(source) else { continue }
            let back = try html(rest, ["unsafe": true]).replacing("<!-- -->\n", with: "")
            #expect(normalized(back) == normalized(raw), "\(source)")
        }
    }

    private func expectRoundTrip(_ source: String, _ options: JSONValue, _ name: String = "") throws {
        let original = try html(source, options)
        let back = try markdown(original)
        let again = try html(back, options)
        guard again != original else { return }
        #expect(normalized(again) == normalized(original), "\(name)\n\(source)\n--- gave\n\(original)--- and\n\(back)")
    }

    private func markdown(_ html: String) throws -> String {
        try apply(builtIn("html_to_markdown"), to: html)
    }
}
