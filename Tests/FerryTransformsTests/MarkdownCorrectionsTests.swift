import FerryCore
import Testing

@Suite struct MarkdownCorrectionsTests {
    @Test(arguments: [
        ("a*£*", "<p>a*£*</p>\n"), ("*€*!", "<p><em>€</em>!</p>\n"),
        ("a **🎉 b** c", "<p>a <strong>🎉 b</strong> c</p>\n"), ("a*\u{A0}€*", "<p>a*\u{A0}€*</p>\n"),
        ("[£*a](/£*a \"£*a\")", "<p><a href=\"/%C2%A3*a\" title=\"£*a\">£*a</a></p>\n"),
        ("[x£*a]\n\n[X£*A]: /u", "<p><a href=\"/u\">x£*a</a></p>\n"),
        ("`a£*b` <http://a/£*b>", "<p><code>a£*b</code> <a href=\"http://a/%C2%A3*b\">http://a/£*b</a></p>\n"),
        ("a <!-- b -- c ---> d", "<p>a <!-- b -- c ---> d</p>\n"),
        ("a <!--> b <!---> c", "<p>a <!--> b <!---> c</p>\n"),
        ("`<!--` [a--b] -->\n\n[a--b]: /u", "<p><code>&lt;!--</code> <a href=\"/u\">a--b</a> --&gt;</p>\n"),
        ("a <!-- b\n---\nc -->", "<h2>a &lt;!-- b</h2>\n<p>c --&gt;</p>\n"),
        ("a \\<!--> b", "<p>a &lt;!--&gt; b</p>\n"), ("`<!-->`", "<p><code>&lt;!--&gt;</code></p>\n"),
        ("<textarea>\n\n*a*\n\n</textarea>\n*b*", "<textarea>\n\n*a*\n\n</textarea>\n<p><em>b</em></p>\n"),
        ("a <TextArea x=1>*b*</TextArea> c", "<p>a <TextArea x=1><em>b</em></TextArea> c</p>\n"),
        ("<preview>\n\n*a*", "<preview>\n<p><em>a</em></p>\n"),
        (
            "```\n<textarea></textarea>£*a\n|a|\n|-|\n|b||\n<preview>\n```",
            "<pre><code>&lt;textarea&gt;&lt;/textarea&gt;£*a\n|a|\n|-|\n|b||\n&lt;preview&gt;\n</code></pre>\n"
        ),
        (
            "[x](/u '<textarea> <preview> £*a')",
            "<p><a href=\"/u\" title=\"&lt;textarea&gt; &lt;preview&gt; £*a\">x</a></p>\n"
        ),
    ])
    func theNewerReadingIsSeenAndNothingOfTheEdits(markdown: String, expected: String) throws {
        #expect(try html(markdown, ["unsafe": true, "gfm": false]) == expected)
        let filtered = expected.replacing(/<(\/?textarea)/.ignoresCase()) { "&lt;\($0.output.1)" }
        #expect(try html(markdown, ["unsafe": true]) == filtered)
    }

    @Test(arguments: [
        "|a|b|\n|-|-|\n|1|2|", "a|b\n-|-\n1|2", "- | a | b |\n  |-|:-|\n  | 1 | 2 |", "> |a|\n> |-|\n> |1|",
    ])
    func aTableMayHaveNarrowDelimiters(markdown: String) throws {
        let result = try html(markdown)
        #expect(result.contains("<table>") && result.contains("1</td>"), "\(result)")
    }

    @Test(arguments: ["|a|b|\n|-|", "a|b\n- | -", "|a|b|\n|---|---|---|", "a\n|-|-|", "    |a|\n    |-|"])
    func whatIsNoDelimiterRowStaysText(markdown: String) throws {
        let result = try html(markdown)
        #expect(!result.contains("<table>"))
        #expect(!result.contains { $0 >= "\u{2E00}" && $0 <= "\u{2E2E}" })
    }

    @Test func inCodeEveryTextStaysAsItIs() throws {
        var texts = CorrectedTexts(seed: 3)
        for _ in 0..<3_000 {
            let text = texts.next().replacing("`", with: "'")
            let escaped = text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
                .replacing("\"", with: "&quot;")
            #expect(try html("```\n\(text)\n```") == "<pre><code>\(escaped)\n</code></pre>\n")
        }
    }

    @Test func noMarkerIsEverShownAndNoTextIsLost() throws {
        var texts = CorrectedTexts(seed: 4)
        for _ in 0..<5_000 {
            let text = texts.next()
            let result = try html(text)
            #expect(!result.unicodeScalars.contains { $0 >= "\u{2E00}" && $0 <= "\u{2E2E}" }, "\(text)")
            #expect(result.count { $0 == "£" } <= text.count { $0 == "£" }, "\(text)")
            // A row's cells beyond the header's are left out.
            guard !result.contains("<table>") else { continue }
            let words = text.matches(of: /word/).count
            #expect(result.matches(of: /word/).count == words, "\(text)\n\(result)")
        }
    }

    @Test func marksThatTheTextHasItselfAreKept() throws {
        let all = (0x2E00...0x2E2E).compactMap { Unicode.Scalar($0) }.map { String(Character($0)) }.joined()
        #expect(try html("\(all) a£*b") == "<p>\(all) a£*b</p>\n")
        #expect(try html("\u{2E00} a£*b \u{2E01}") == "<p>\u{2E00} a£*b \u{2E01}</p>\n")
    }
}

/// Texts that are made of what the corrections look for.
private struct CorrectedTexts {
    private var numbers: SeededNumbers
    private static let pieces = [
        "£", "*", "**", "_", "word", " ", "\n", "<!--", "-->", "--", "<!-->", "<textarea>", "</textarea>", "<pre>",
        "<preview>", "|", "|-|", "\n|-|-|\n", "||", "> ", "- ", "`", "€", "é",
    ]

    init(seed: UInt64) {
        numbers = SeededNumbers(seed: seed)
    }

    mutating func next() -> String {
        (0..<20).map { _ in Self.pieces[Int.random(in: 0..<Self.pieces.count, using: &numbers)] }.joined()
    }
}
