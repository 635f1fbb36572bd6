import FerryCore
import Testing

@Suite struct MarkdownToHTMLTests {
    @Test(arguments: [
        ("# Hi *you*", "<h1>Hi <em>you</em></h1>\n"),
        ("~~old~~ **new**", "<p><del>old</del> <strong>new</strong></p>\n"),
        (
            "- [ ] a\n- [x] b",
            """
            <ul>
            <li><input disabled="" type="checkbox"> a</li>
            <li><input checked="" disabled="" type="checkbox"> b</li>
            </ul>\n
            """
        ),
        (
            "| a | b |\n|:---|---:|\n| 1 | 2 |",
            """
            <table>
            <thead>
            <tr>
            <th align="left">a</th>
            <th align="right">b</th>
            </tr>
            </thead>
            <tbody>
            <tr>
            <td align="left">1</td>
            <td align="right">2</td>
            </tr>
            </tbody>
            </table>\n
            """
        ),
        ("www.example.com?a&b", "<p><a href=\"http://www.example.com?a&amp;b\">www.example.com?a&amp;b</a></p>\n"),
        ("a@example.com", "<p><a href=\"mailto:a@example.com\">a@example.com</a></p>\n"),
        ("", ""),
        ("a\u{0}b", "<p>a\u{FFFD}b</p>\n"),
    ])
    func theDefaultDialectIsGitHubs(markdown: String, expected: String) throws {
        #expect(try html(markdown) == expected)
    }

    @Test func withoutGFMItsMarksAreText() throws {
        #expect(try html("~~a~~ www.example.com", ["gfm": false]) == "<p>~~a~~ www.example.com</p>\n")
    }

    @Test(arguments: [
        ("&copy; &#169; &#xA9; &NotEqualTilde; &CounterClockwiseContourIntegral;", "© © © \u{2242}\u{338} \u{2233}"),
        ("&nope; &#0; &#xD800; &#1114112;", "&amp;nope; \u{FFFD} \u{FFFD} \u{FFFD}"),
        ("&AElig; &zwnj; &Aacute; &lt;", "Æ \u{200C} Á &lt;"),
    ])
    func entitiesBecomeTheirCharacters(markdown: String, expected: String) throws {
        #expect(try html(markdown) == "<p>\(expected)</p>\n")
    }

    @Test func rawHTMLIsShownAsTextUnlessUnsafe() throws {
        #expect(try html("a <b>c</b>") == "<p>a &lt;b&gt;c&lt;/b&gt;</p>\n")
        #expect(try html("<div>\nx\n</div>\n\nafter") == "<p>&lt;div&gt;\nx\n&lt;/div&gt;</p>\n<p>after</p>\n")
        #expect(try html("<div>\nx\n</div>", ["unsafe": true]) == "<div>\nx\n</div>\n")
    }

    @Test(arguments: [
        ("a <script>b</script> c", "<p>a &lt;script>b&lt;/script> c</p>\n"),
        ("<STYLE\n>*a*</style >\n", "&lt;STYLE\n>*a*&lt;/style >\n"),
        ("<textarea/>\n\n</textarea>", "&lt;textarea/>\n&lt;/textarea>\n"),
        ("<b><!-- <xmp> --></b>", "<p><b><!-- &lt;xmp> --></b></p>\n"),
        ("<scripts> <titles> <xmp-x>", "<p><scripts> <titles> <xmp-x></p>\n"),
        ("<iframe src='a'></iframe>", "&lt;iframe src='a'>&lt;/iframe>\n"),
        (
            "a <noembed> <noframes> <plaintext> <title>",
            "<p>a &lt;noembed> &lt;noframes> &lt;plaintext> &lt;title></p>\n"
        ),
        ("a <script\nsrc=x>", "<p>a &lt;script\nsrc=x></p>\n"),
    ])
    func unsafeInGitHubsDialectStillFiltersTheTagsThatItDisallows(markdown: String, expected: String) throws {
        #expect(try html(markdown, ["unsafe": true]) == expected)
        let unfiltered = try html(markdown, ["unsafe": true, "gfm": false])
        #expect(unfiltered == expected.replacing("&lt;", with: "<"))
    }

    @Test(arguments: [
        ("- <div>\n- a", "<li>&lt;div&gt;</li>\n<li>a</li>\n"),
        ("- <!-- a -->\n  *b*", "<li>&lt;!-- a --&gt;\n<em>b</em></li>\n"),
        ("- a\n  <div>", "<li>a\n&lt;div&gt;</li>\n"),
        (
            "- > <div>\n- [ ] <div>",
            "<li>\n<blockquote>\n<p>&lt;div&gt;</p>\n</blockquote>\n</li>\n<li>[ ] &lt;div&gt;</li>\n"
        ),
        ("- a\n\n- <div>", "<li>\n<p>a</p>\n</li>\n<li>\n<p>&lt;div&gt;</p>\n</li>\n"),
    ])
    func rawHTMLInAListIsAParagraphWhereOtherTextIs(markdown: String, expected: String) throws {
        #expect(try html(markdown) == "<ul>\n\(expected)</ul>\n")
    }

    @Test(arguments: [
        ("`\n`", "<p><code> </code></p>\n"),
        (
            "- [x] \n\n  > a",
            """
            <ul>
            <li><input checked="" disabled="" type="checkbox">\(" ")
            <blockquote>
            <p>a</p>
            </blockquote>
            </li>
            </ul>

            """
        ),
        (
            "- [ ] |a|\n  |-|",
            """
            <ul>
            <li><input disabled="" type="checkbox">\(" ")
            <table>
            <thead>
            <tr>
            <th>a</th>
            </tr>
            </thead>
            </table>
            </li>
            </ul>

            """
        ),
    ])
    func whatTheParserLeavesOutIsThere(markdown: String, expected: String) throws {
        #expect(try html(markdown) == expected)
    }

    @Test func anImagesTextHasNoTags() throws {
        #expect(
            try html("![a *b* [c](/d) ![e](/f)](/g \"t & u\")")
                == "<p><img src=\"/g\" alt=\"a b c e\" title=\"t &amp; u\" /></p>\n"
        )
    }

    @Test func whatStandsInTheOutputBeforeIsNoLineToEnd() throws {
        #expect(try html("> a") == "<blockquote>\n<p>a</p>\n</blockquote>\n")
    }

    @Test(arguments: [
        String(repeating: "[", count: 50_000), String(repeating: "[a](", count: 50_000),
        String(repeating: "![[]()", count: 20_000), String(repeating: ">", count: 1_000_000),
        String(repeating: "*a **a ", count: 50_000), String(repeating: "_ *", count: 50_000),
        String(repeating: "`", count: 100_000) + "a", String(repeating: "<!--", count: 20_000),
        String(repeating: "<a ", count: 50_000), String(repeating: "&", count: 200_000),
        String(repeating: "* ", count: 5_000) + "a", String(repeating: "|", count: 50_000),
        String(repeating: "http://a.", count: 20_000), String(repeating: "[a]: u\n", count: 10_000),
        String(repeating: ">", count: 10_000_000), String(repeating: "![[]()", count: 80_000),
        String(repeating: "*a_ ", count: 65_000), "a " + String(repeating: "<!-- -- ", count: 50_000),
        "a " + String(repeating: "<!-->`", count: 50_000),
        (1...1_000).map { String(repeating: "`", count: $0) + "a " }.joined(),
        String(repeating: "a**b", count: 100_000), String(repeating: "£*a", count: 100_000),
        String(repeating: "|-\n", count: 50_000), "|a|\n|-|\n" + String(repeating: "||", count: 100_000),
        String(repeating: "<textarea></textarea>", count: 20_000), String(repeating: "<preview ", count: 50_000),
        String(repeating: "http://", count: 100_000), String(repeating: "_www.a", count: 100_000),
        String(repeating: "a@", count: 200_000), "a@" + String(repeating: "b.", count: 200_000),
        "http://a.b/" + String(repeating: "(", count: 200_000), "http://a.b/" + String(repeating: ")", count: 200_000),
        "http://a.b/" + String(repeating: "*~", count: 100_000), String(repeating: "a\n|a|\n|-|\n\n", count: 20_000),
        String(repeating: "|a|\n|-|\n", count: 50_000), "a\n" + String(repeating: "|-|\n", count: 50_000),
    ])
    func pathologicalTextComesToAnEnd(markdown: String) throws {
        #expect(try !html(markdown).isEmpty || markdown.hasPrefix("[a]:"))
    }

    @Test(arguments: [
        String(repeating: "[a]\n", count: 100_000), "[a]: u\n\n" + String(repeating: "[a]\r\n", count: 100_000),
        String(repeating: "> [a](b\n", count: 100_000), "x\n" + String(repeating: "|[a]\n", count: 100_000),
        "x\n" + String(repeating: "    - [a]\n", count: 100_000), "x\n" + String(repeating: "2. [a]\r", count: 100_000),
        "- x\n" + String(repeating: "  2. [a]\n", count: 100_000),
    ])
    func aParagraphThatTheParserWouldTakeDaysForIsRefused(markdown: String) throws {
        let error = try #require(throws: TransformError.self) { try html(markdown) }
        #expect(error.message == "a paragraph has too many lines with links: divide it by empty lines")
    }

    @Test func listsThatTheParserWouldTakeDaysForAreRefused() throws {
        let lists = String(repeating: "* ", count: 50_000) + "a"
        #expect(try html(lists).contains("a"))
        let error = try #require(throws: TransformError.self) {
            try html(lists + String(repeating: "\n", count: 50_000))
        }
        #expect(error.message.hasPrefix("lists are nested too deeply for so many empty lines: indent less"))
    }

    @Test(arguments: [
        String(repeating: "- [a](/b)\n", count: 50_000), String(repeating: "7. [a](/b)\n", count: 50_000),
        "|a|\n|-|\n" + String(repeating: "|[a](/b)|\n", count: 50_000), String(repeating: "# [a](/b)\n", count: 50_000),
        String(repeating: "[a](/b)\n\n", count: 50_000), String(repeating: "[a](/b) ", count: 50_000),
    ])
    func manyLinksAreNotRefusedWhereEachLineIsABlock(markdown: String) throws {
        #expect(try html(markdown).matches(of: /href/).count == 50_000)
    }

    @Test func aDefinitionThatIsReferredToBeyondMeasureIsRefused() throws {
        let definition = "[a]: /" + String(repeating: "x", count: 10_000) + "\n\n"
        #expect(try html(definition + "[a] [a]").utf8.count > 20_000)
        let error = try #require(throws: TransformError.self) {
            try html(definition + String(repeating: "[a] ", count: 10_000))
        }
        #expect(error.message.contains(": give short addresses to links that are referred to often"))
    }

    @Test func aTableOfShortRowsIsNotFilledUpWithoutBounds() throws {
        let columns = String(repeating: "|a", count: 5_000) + "\n" + String(repeating: "|-", count: 5_000) + "\n"
        #expect(try html(columns + String(repeating: "|b\n", count: 5)).contains("<td>b</td>"))
        #expect(throws: TransformError.self) { try html(columns + String(repeating: "|b\n", count: 5_000)) }
    }

    @Test func aLinkInsideALinkIsNone() throws {
        #expect(try html("[a www.b.example c](/d)") == "<p><a href=\"/d\">a www.b.example c</a></p>\n")
    }

    /// md4c 0.4.8 read, and wrote, beyond its memory where bare addresses met links, and at the end of some texts.
    @Test func marksInAnyOrderDoNotBreakTheParser() throws {
        let transforms = [try builtIn("markdown_to_html"), try builtIn("markdown_to_html", ["unsafe": true])]
        let pieces = [
            "*", "_", "`", "``", "[", "](", ")", "](/u)", "![", "<", ">", "http://a.b", "www.a.b", "a@b.co",
            "<http://a.b>", "&amp;", "&", ";", "#", "\\", "\n", "  \n", " ", "a", "!", ":", "~", "|", "é", "\u{A0}",
            "\"", "'", "(", "1.", "\r", "\t", "€", "\u{0}",
        ]
        var numbers = SeededNumbers(seed: 16)
        for _ in 0..<20_000 {
            let count = Int.random(in: 2...9, using: &numbers)
            let markdown = (0..<count).map { _ in pieces[Int.random(in: 0..<pieces.count, using: &numbers)] }.joined()
            for transform in transforms {
                #expect(try apply(transform, to: markdown).utf8.count < 1_000, "\(markdown)")
            }
        }
    }

    @Test func anyTextGivesHTMLWithoutForeignTags() throws {
        let transform = try builtIn("markdown_to_html")
        let pieces = [
            "<script>", "</p>", "<", ">", "\"", "'", "[", "](", ")", "javascript:", "&#106;", "![", "`", "\n", "\n\n",
            "* ",
            "> ", "<a href=", "<!--", "|", "-", "data:", " ", "a", "&", "\\", "<http://", "[x]: ", "www.", "é",
        ]
        var numbers = SeededNumbers(seed: 11)
        for _ in 0..<3_000 {
            let markdown = (0..<20).map { _ in pieces[Int.random(in: 0..<pieces.count, using: &numbers)] }.joined()
            let result = try apply(transform, to: markdown)
            #expect(dangers(in: result).isEmpty, "\(markdown)")
        }
    }

    /// md4c 0.4.8 ends the list when the heading's text is four bytes from the start of the text, or 260, and so on.
    @Test(arguments: [
        "- # a\n\n  b", "10. ***\n\n    b", "- c\n  ```\n  d\n  ```\n\n  b", "- c\n\n\n  b", "> - ## a\n>\n>   b",
        "- c\n  ===\n\n  b",
    ])
    func aListGoesOnAfterAnEmptyLineWhereverItStands(list: String) throws {
        let expected = try html("text" + "\n\n" + list)
        #expect(expected.contains("<p>b</p>\n</li>"))
        for length in 1...260 {
            let text = String(repeating: "p", count: length)
            let result = try html(text + "\n\n" + list)
            #expect(result == expected.replacing("<p>text</p>", with: "<p>\(text)</p>"), "after \(length) bytes")
        }
    }

    @Test func ofAnEmptyCommentThatSeparatesBlocksNothingIsShown() throws {
        #expect(try html("- a\n\n<!-- -->\n\n- b") == "<ul>\n<li>a</li>\n</ul>\n<ul>\n<li>b</li>\n</ul>\n")
        #expect(
            try html("- a\n  <!-- -->\n  7. b") == "<ul>\n<li>a\n<ol start=\"7\">\n<li>b</li>\n</ol>\n</li>\n</ul>\n"
        )
        #expect(try html("<!-- a -->") == "<p>&lt;!-- a --&gt;</p>\n")
        #expect(try html("a <!-- -->") == "<p>a &lt;!-- --&gt;</p>\n")
        #expect(try html("<!-- -->", ["unsafe": true]) == "<!-- -->\n")
    }
}
