import FerryCore
import Testing

@Suite struct HTMLToMarkdownTests {
    @Test(arguments: [
        ("<h1>Hi <em>you</em></h1>", "# Hi *you*"), ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
        ("<p>a <b>b</b><br>c</p><p>d", "a **b**\\\nc\n\nd"),
        ("a &lt;b&gt; &copy; &amp;amp; * _", "a \\<b> © \\&amp; \\* \\_"),
        ("<ol start=3><li><p>a<li><p>b<ul><li>c</ul></ol>", "3. a\n\n4. b\n\n   - c"),
        (
            "<blockquote><p>a</p><pre><code class=\"language-swift\">let a\n\n`b`</code></pre></blockquote>",
            "> a\n>\n> ```swift\n> let a\n>\n> `b`\n> ```"
        ),
        ("<a href=\"/a b\" title='\"t\"'>x</a><img src=/i alt=\"[i]\">", "[x](</a b> \"\\\"t\\\"\")![\\[i\\]](/i)"),
        ("<a href=\"http://a.example/b\">http://a.example/b</a>", "<http://a.example/b>"),
        (
            "<table><tr><th>a<th align=right>b|c<tr><td><code>|</code></table>",
            "| a | b\\|c |\n| --- | ---: |\n| `\\|` |  |"
        ),
        ("<div><custom-tag x=y>kept</custom-tag><script>dropped</script><!-- dropped --></div>", "kept"),
        ("<em>\"a\"</em>b <em> c </em>", "*\"a\"*&#98; *&#32;c&#32;*"), ("<strong><em>a</em></strong>", "**_a_**"),
        ("<del>a</del> <code>`</code> 1. a<br>1. b<br># c", "~~a~~ `` ` `` 1. a\\\n1\\. b\\\n\\# c"),
        ("a < b <", "a \\< b \\<"), ("<p>unfinished <a href=\"", "unfinished \\<a href=\""),
        ("<hr><h3></h3>", "___\n\n###"),
        ("<ul><li>a</li></ul><ul><li>b</li></ul>", "- a\n\n* b"),
        ("<ul><li>a</li></ul><ul><li>b</li></ul><ul><li>c</li></ul><ol><li>d</li></ol>", "- a\n\n* b\n\n- c\n\n1. d"),
        ("<em>a <em>b</em></em> <b>a<b>b</b></b>", "*a *b** __a**b**__"),
        ("<em><strong><em>a</em> b</strong> c</em>", "*__*a* b__ c*"), ("<em><b>a</b>b</em>", "_**a**b_"),
        ("<p><br>a</p>", "\\\na"), ("<b>a<br></b>b", "**a**\\\nb"), ("<p>a<br></p>", "a"),
        ("<ul><li><p>a</p></li></ul>", "- a\n\n  [nothing]: #"),
        ("<ul><li><p>a</p></li><li></li></ul>", "- a\n\n- [nothing]: #"),
        ("<ul><li>a<ul><li>5-</li></ul></li></ul>", "- a\n  - 5-"),
        ("<ul><li><ul><li><ul><li></li></ul></li></ul></li></ul>", "* - -"),
        ("<ul><li><blockquote><p>a</p></blockquote>b</li></ul>", "- > a\n  >\n  b"),
        ("<ul><li>a<ol start=2><li>b</li></ol></li></ul>", "- a\n  <!-- -->\n  2. b"),
        ("<ol start=999999999><li>a</li><li>b</li></ol>", "999999999. a\n999999999. b"),
        ("<ul><li><input type=checkbox checked> <h2>a</h2></li></ul>", "- [x]\n  ## a"),
        ("<ul><li><p><input type=checkbox> a</p></li><li>b</li></ul>", "- [ ] a\n\n- b"),
        ("<a href=/a>b <a href=/c>d</a></a>", "[b d](/a)"),
        ("<pre><code class=\"language-a`b c\">", "```a&#96;b&#32;c\n```"),
        ("<p>a</p><p>:--</p>", "a\n\n\\:--"),
        ("www.a.example a@b.example", "www\\.a.example a\\@b.example"),
        ("<ul>a<li>b</li>c<ul><li>d</ul></ul>", "- a\n- b\n  <!-- -->\n  c\n  - d"),
        (
            "<table><caption>a</caption><tr></tr><tr><td>b<tr><td>c<td>d</table>",
            "a\n\n| b |  |\n| --- | --- |\n| c | d |"
        ),
        ("<table><tr><td><p>a</p><p>b</p><td>c<br>d</table>", "| a b | c d |\n| --- | --- |"),
        ("<b><p>a</p><div>b</div></b>c<div>d<div>e</div>f</div>", "**a\nb**\nc\n\nd\n\ne\n\nf"),
    ])
    func eachConstructHasItsMarkdown(html: String, expected: String) throws {
        #expect(try markdown(html) == expected + "\n")
    }

    @Test func nothingGivesNothing() throws {
        #expect(try markdown("") == "")
        #expect(try markdown("<p> \n </p><!-- a -->") == "")
    }

    @Test func whatItWritesIsReadAsTheSameTextWhateverTheTags() throws {
        let pieces = [
            "<p>", "</p>", "<em>x</em> ", "<ul>", "<li>", "</ul>", "<pre>", "<code>", "</code>", "<td>", "<table>",
            "<a href=/x>", "<tr>", "<!--", "-->", "\n", " ", "a", "*", "&lt;", "&", "<", ">", "1.", "#", "<br>", "\"",
            "'",
        ]
        var numbers = SeededNumbers(seed: 5)
        for _ in 0..<2_000 {
            let source = (0..<25).map { _ in pieces[Int.random(in: 0..<pieces.count, using: &numbers)] }.joined()
            let result = try html(markdown(source))
            #expect(
                try html(markdown(result)).filter { !$0.isWhitespace } == result.filter { !$0.isWhitespace },
                "\(source)"
            )
        }
    }

    @Test(arguments: [
        String(repeating: "<ul><li>", count: 50_000), String(repeating: "<a ", count: 100_000),
        String(repeating: "<!--", count: 100_000), String(repeating: "<em>a", count: 50_000),
        String(repeating: "</p>", count: 100_000), String(repeating: "&", count: 200_000),
        String(repeating: "<", count: 200_000), String(repeating: "<a href=\"", count: 50_000),
        String(repeating: "<blockquote>a", count: 20_000), String(repeating: "<p>", count: 100_000),
        String(repeating: "<td>", count: 50_000), String(repeating: "<script>", count: 50_000),
    ])
    func pathologicalHTMLComesToAnEnd(html: String) throws {
        do {
            #expect(try markdown(html).utf8.count < 100 * html.utf8.count)
        } catch let refusal as TransformError {
            #expect(refusal.message.contains("more than 200 deep"))
        }
    }

    @Test(arguments: [("<blockquote>", 1), ("<ul><li>", 2), ("<em>!", 1), ("<a href=/a><b>", 2), ("<ol><li>a", 2)])
    func whatIsNestedTooDeepIsRefusedAndNotChanged(tags: String, levels: Int) throws {
        let deepest = String(repeating: tags, count: 200 / levels) + "a"
        let text = try markdown(deepest)
        #expect(text.filter { $0 == "a" }.count >= 1)
        #expect(throws: TransformError.self) { _ = try markdown(tags + deepest) }
        let sentence = try refusal("html_to_markdown", .string, tags + deepest)
        #expect(sentence.hasPrefix("the HTML has elements in one another more than 200 deep: nest them less"))
    }

    @Test func elementsWithoutAMarkdownMayBeNestedAtAnyDepth() throws {
        let tags = String(repeating: "<div><span>", count: 20_000)
        #expect(try markdown("a<ul><li>b\(tags)c</ul>d") == "a\n\n- b\n  <!-- -->\n  c\n\nd\n")
    }

    @Test func markdownThatWouldBeFarLargerThanTheHTMLIsRefused() throws {
        let items = String(repeating: "<ol start=999999999><li>", count: 95)
        let lines = try refusal(
            "html_to_markdown",
            .string,
            items + "<pre>" + String(repeating: "a\n", count: 10_000)
        )
        #expect(lines.hasPrefix("the HTML's lists, quotes or tables would be Markdown of far more than its size"))
        let wide =
            "<table><tr>" + String(repeating: "<td>", count: 20_000) + String(repeating: "<tr><td>", count: 20_000)
        #expect(try refusal("html_to_markdown", .string, wide) == lines)
    }

    private func markdown(_ html: String) throws -> String {
        try apply(builtIn("html_to_markdown"), to: html)
    }
}
