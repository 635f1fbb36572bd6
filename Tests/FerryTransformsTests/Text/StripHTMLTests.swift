import FerryCore
import Testing

@Suite struct StripHTMLTests {
    @Test(arguments: [
        ("<p>Salt &amp; <b>pepper</b></p><p>1&nbsp;kg</p>", "Salt & pepper\n1\u{A0}kg"), ("no tags", "no tags"),
        ("", ""),
        ("a<br>b<br/><BR >c", "a\nb\n\nc"), ("<ul><li>a</li>\n <li>b</li></ul>c", "a\nb\nc"),
        ("<h1>T</h1>text<div><div>x</div></div>", "T\ntext\nx"), ("  a \n b\t<i> c</i> ", "a b c"),
        ("<pre>a\n  b</pre>c", "a\n  b\nc"),
        ("<table><tr><td>1</td><td>2</td></tr><tr><th>3</th></tr></table>", "1 2\n3"),
        ("a<script>if (a<b) '</p>'</script>b<STYLE>x</style >c", "abc"), ("a<script>never ends", "a"),
        ("a<script/>b</script>c", "ac"),
        ("a<!-- <b> -- > x -->b<!-->c<!doctype html>d<?php x ?>e", "abcde"), ("a<!-- no end", "a"),
        ("a < b <3 <> </> >", "a < b <3 <> </> >"),
        ("<a title=\"a > b\" href='x>y'>z</a>", "z"), ("<a b=\"no end>z", ""), ("<a it's>z</a>", "z"), ("x<b", "x"),
        ("x<", "x<"),
        (
            "&lt;b&gt; &#228; &#xE4; &#150; &copy; &unknown; &amp &#; &#x; &#0; &#99999999999;",
            "<b> ä ä – © &unknown; &amp &#; &#x; \u{FFFD} \u{FFFD}"
        ),
        ("&amp;lt;", "&lt;"), ("&", "&"), ("&;", "&;"), ("it<b>al</b>ic", "italic"), ("é<p>ü</p>", "é\nü"),
    ])
    func theTextThatAReaderSeesIsKept(html: String, expected: String) throws {
        #expect(try apply(builtIn("strip_html"), to: html) == expected)
    }

    @Test(arguments: ["<", "<a ", "<!--", "<!", "&", "&amp", "<script>", "<a b=\"", "</", "<pre>\n", "<script></scrip"])
    func timeGrowsWithTheTextOnly(piece: String) throws {
        let html = String(repeating: piece, count: 200_000 / piece.utf8.count * 5)
        let transform = try builtIn("strip_html")
        let duration = try ContinuousClock().measure { _ = try apply(transform, to: html) }
        #expect(duration < .seconds(8))
    }

    @Test func aTextWithoutMarkupStaysAsItIsButForSpace() throws {
        var numbers = SeededNumbers(seed: 41)
        for _ in 0..<500 {
            let text = numbers.text(upTo: 30).unicodeScalars.filter { $0 != "<" && $0 != "&" && $0.value > 0x20 }
            let plain = String(String.UnicodeScalarView(text))
            #expect(try apply(builtIn("strip_html"), to: plain).utf8.elementsEqual(plain.utf8))
        }
    }
}
