import FerryCore
import Foundation
import Testing

@testable import FerryTransforms

/// What `markdown_to_html` makes comes back from `html_to_markdown` as Markdown of the same HTML.
@Suite struct RoundTripTests {
    private static let isSoaking = ProcessInfo.processInfo.environment["FERRY_SOAK"] != nil

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

    @Test(arguments: ["> ", "- ", "1. ", "- > ", "*_", "**a *b ", "[*a "])
    func whatIsNestedAtAnyDepthComesBack(mark: String) throws {
        for levels in [20, 33, 34, 35, 39, 41, 49, 50, 51, 52, 150, 1_000] {
            let source = String(repeating: mark, count: levels) + "a"
            let ends = String(mark.reversed()).replacing("[", with: "](/x)").filter { !$0.isLetter || $0 == "x" }
            try expectRoundTrip(source + "\n", .null)
            try expectRoundTrip(source + String(repeating: ends, count: levels) + "\n", .null)
        }
    }

    @Test(arguments: ["- x", "> x", "1. x", "# x", "```\nx\n```"])
    func whatFollowsATableAtAnyDepthComesBack(next: String) throws {
        for levels in [1, 48, 49, 50, 51, 52] {
            for isLoose in [false, true] {
                let indent = String(repeating: "  ", count: levels)
                let rows = ["| a | b |", "|---|---|", "| 1 | - |"] + (isLoose ? [""] : [])
                let lines = rows + next.split(separator: "\n").map(String.init)
                let source = String(repeating: "- ", count: levels) + lines.joined(separator: "\n" + indent) + "\n"
                try expectRoundTrip(source, .null)
            }
        }
    }

    /// Each line of its Markdown begins with the marks of everything that it is in.
    @Test(arguments: [("> ", ">"), ("- ", "  "), ("1. ", "   "), ("999999999. ", "           "), ("- > ", "  >")])
    func manyLinesInTheDeepestContainersComeBack(mark: String, inside: String) throws {
        let levels = 110 / mark.utf8.count
        let marks = String(repeating: mark, count: levels)
        let indent = String(repeating: inside, count: levels)
        let ends = (0..<10).map { _ in String(repeating: mark, count: levels) + "c\n" }.joined()
        for (first, line, count) in [
            ("a\n", "a\n", 10_000), ("```\n", "\(indent)\n", 5_000), ("```\n", "\(indent) b\n", 5_000),
        ] {
            try expectRoundTrip(marks + first + String(repeating: line, count: count) + ends, .null)
        }
    }

    /// Nothing of many empty lines and of definitions is in the HTML: its Markdown is far shorter, and must not be too much
    /// work for its length.
    @Test(arguments: [
        ("a]\n", 9_000, true), ("[a](b)\n", 4_000, true), ("[a](b)\n", 9_000, false), ("`]`\n", 9_000, false),
        ("[a](b)&#10;", 9_000, false), ("![a](b)&NewLine;", 9_000, false), ("[a](b) <br>", 9_000, true),
        ("- a\n\n", 9_000, true),
    ])
    func whatIsSaidAtLengthComesBackOrIsRefused(line: String, count: Int, isTaken: Bool) throws {
        let lines = String(repeating: line, count: count)
        let source = lines + "\n\n" + String(repeating: "\n", count: 90_000)
        do {
            try expectRoundTrip(source, .null)
            #expect(isTaken)
        } catch let error as TransformError {
            #expect(error.message.contains("a paragraph has too many lines with links"))
            #expect(!isTaken)
            #expect(throws: TransformError.self) { try html(source) }
        }
    }

    /// Lists in one another are as deep on the way back, and as many lines are empty.
    @Test func deepListsWithManyEmptyLinesComeBackOrAreRefused() throws {
        let list = String(repeating: "- ", count: 50) + "a\n" + String(repeating: " ", count: 100) + "```\n"
        for (count, indent) in [(5_000, 0), (5_000, 100), (5_000, 3_000)] {
            let code = String(repeating: " ", count: indent) + "b\n" + String(repeating: "\n", count: count)
            do {
                try expectRoundTrip(list + code + String(repeating: "\n[a]: b\n", count: 20_000), .null)
            } catch let error as TransformError {
                #expect(throws: TransformError.self, "\(error)") { try html(list + code) }
            }
        }
    }

    @Test func textsOfWhatIsNestedTooDeepComeBack() throws {
        for (marks, spans) in [(0, 4), (1, 1), (3, 1), (4, 2), (6, 0), (9, 3)] {
            var soup = MarkdownSoup(seed: 9)
            for _ in 0..<(Self.isSoaking ? 5_000 : 500) {
                let source = soup.next()
                let original = try limitedHTML(source, marks, spans)
                let back = try markdown(original)
                let again = try limitedHTML(back, marks, spans)
                guard again != original else { continue }
                #expect(
                    normalized(again) == normalized(original),
                    "\(marks), \(spans)\n\(source)\n--- gave\n\(original)--- and\n\(back)"
                )
            }
        }
    }

    /// `make soak` plays a hundred times as many.
    @Test(arguments: 1...4)
    func linesPutTogetherAtRandomComeBackAsTheSameHTML(seed: Int) throws {
        var soup = MarkdownSoup(seed: UInt64(Self.isSoaking ? 100 + seed : seed))
        for _ in 0..<(Self.isSoaking ? 50_000 : 500) {
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

    private func limitedHTML(_ source: String, _ marks: Int, _ spans: Int) throws -> String {
        var nesting = HTMLNesting()
        nesting.marksLimit = marks
        nesting.deepestSpan = spans
        let reference = TransformReference(name: "markdown_to_html", options: .null)
        let options = TransformOptions(reference, maximumJSONDepth: 8)
        return try apply(MarkdownToHTML(options, nesting), to: source)
    }

    private func markdown(_ html: String) throws -> String {
        try apply(builtIn("html_to_markdown"), to: html)
    }
}
