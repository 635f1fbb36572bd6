/// Texts of any length that make parsers slow which look at something again and again.
struct PathologicalText {
    let name: String
    /// A text of about that many bytes.
    let make: @Sendable (Int) -> String

    private init(_ name: String, _ make: @escaping @Sendable (Int) -> String) {
        self.name = name
        self.make = make
    }

    /// `start`, then `unit` again and again, then `middle`, then `closer` as often, then `end`.
    private static func repeated(
        _ unit: String,
        start: String = "",
        middle: String = "",
        closer: String = "",
        end: String = ""
    ) -> PathologicalText {
        PathologicalText("\(start)(\(unit))…\(middle)(\(closer))…\(end)".debugDescription) { size in
            let count = max(1, size / (unit.utf8.count + closer.utf8.count))
            return start + String(repeating: unit, count: count) + middle + String(repeating: closer, count: count)
                + end
        }
    }

    /// What `part` makes of 1, 2, 3 and so on.
    private static func growing(
        _ name: String,
        _ part: @escaping @Sendable (Int) -> String
    ) -> PathologicalText {
        PathologicalText(name) { size in
            var text = ""
            var index = 1
            while text.utf8.count < size {
                text += part(index)
                index += 1
            }
            return text
        }
    }

    // MARK: Markdown

    static let markdown: [PathologicalText] = brackets + emphasis + literals + containers + definitions + markup

    private static let brackets = [
        repeated("["), repeated("]"), repeated("[", middle: "a", closer: "]"), repeated("[a]("),
        repeated("[a](b"), repeated("[a](<b"), repeated("[ (]("), repeated("![[]()"), repeated("!["),
        repeated("[", middle: "a", closer: "](b)"), repeated("![", middle: "a", closer: "](b)"), repeated("[a]"),
        repeated("a]"), repeated("[a"), repeated("[a][b]"), repeated("[a](b \"c"), repeated("[a](b 'c' "),
        repeated("[](((((((("), repeated("\\["), repeated("[\\]"), repeated("[a](/b) "), repeated("![a](/b) "),
        repeated("[ a_"), repeated("**x [a*b**c*](d)"), repeated("[![", middle: "a", closer: "](b)](c)"),
        repeated("[a](b)", start: "[", end: "](c)"),
    ]

    private static let emphasis = [
        repeated("*"), repeated("_"), repeated("~"), repeated("*a **a ", middle: "b", closer: " a** a*"),
        repeated("a_ "),
        repeated("_a "), repeated("*a_ "), repeated("_ *"), repeated("c* ", start: "a**b"), repeated("**a "),
        repeated("a** "), repeated("a**b"), repeated("*_"), repeated("*a _b ", middle: "c", closer: " b_ a*"),
        repeated("~~a "), repeated("~~a~~ "), repeated("~a ~~b ", middle: "c", closer: "~~ ~"), repeated("~~a~ "),
        repeated("£*a"), repeated("*é_"), repeated("***a** b* "), repeated("*", middle: "a", closer: "*"),
        repeated("_*~~", middle: "a", closer: "~~*_"), growing("(***a…)") { String(repeating: "*", count: $0) + "a " },
        growing("(a___…)") { "a" + String(repeating: "_", count: $0) + " " },
    ]

    private static let literals = [
        growing("(e```…)") { "e" + String(repeating: "`", count: $0) }, repeated("`", end: "a"), repeated("`a``b"),
        repeated("`a"), repeated("``a` "), repeated("&"), repeated("&amp;"), repeated("&#"), repeated("&#x1"),
        repeated("a", start: "&"), repeated("1", start: "&#"), repeated("\\"), repeated("\\*"), repeated("a"),
        repeated("a "), repeated(" "), repeated("\t"), repeated("é"), repeated("\n"), repeated("a\n"),
        repeated("a  \n"),
        repeated("a\\\n"), repeated("\r"), repeated("\u{0}"), repeated("#"), repeated("# \n"),
        repeated("#", start: "# a "),
        repeated("a\n=\n"), repeated("=\n", start: "a\n"), repeated("-\n"), repeated("```\n"), repeated("~~~a\n"),
        repeated(" ", start: "# a", end: "b"), repeated(" ", start: "a", end: "\nb"), repeated("    a\n\n"),
    ]

    private static let containers = [
        repeated(">"), repeated("> "), repeated(">", end: "a"), repeated("> a\n"), repeated(">\n"), repeated(">a\n\n"),
        repeated("* ", end: "a"), repeated("1. ", end: "a"), repeated("- + * "), repeated("- a\n"), repeated("- \n"),
        repeated("- a\n\n"), repeated("1) a\n2. b\n"), repeated("> - "), repeated(">- a\n"), repeated("- [ ] a\n"),
        growing("(  * a\\n…)") { String(repeating: "  ", count: $0) + "* a\n" },
        growing("(>>> a\\n…)") { String(repeating: ">", count: $0) + " a\n" }, repeated("- a\n  - b\n    - c\n"),
        repeated("-\n\n"), repeated("- - - a\n\n"),
    ]

    private static let definitions = [
        growing("([n]: u\\n…)") { "[\($0)]: u\n" }, repeated("[a]: u\n"), repeated("[a]: u\n\n[a]\n\n"),
        growing("([n]: u [n]\\n\\n…)") { "[\($0)]: u\n\n[\($0)]\n\n" }, repeated("[a]: "), repeated("[a]: u 'v\n"),
        repeated("a", start: "[", end: "]: u\n\n[a]"), repeated("[a", end: "]: u"), repeated("[É]: u\n"),
        growing("([n] …)") { "[\($0)] " }, repeated("[a]: <"), repeated("[a]:\n"), repeated("[a]: u\n", start: "b\n"),
    ]

    private static let markup = [
        repeated("<"), repeated("<!--"), repeated("<!-- -- "), repeated("<!-->`"), repeated("a <!--> "),
        repeated("a <!-- a --> "), repeated("a <!-- a\n\n"),
        repeated("a <!-- a -->\n\n"), repeated("a `b` <!-- -- --> "), repeated("<!-- a", start: "a "),
        repeated("<?"), repeated("<![CDATA["), repeated("<!A"), repeated("<a "), repeated("a <a b='"), repeated("</"),
        repeated("<a href=\""), repeated("<textarea></textarea>"), repeated("<pre></pre\n"), repeated("<preview "),
        repeated("<http://a>"), repeated("<a@b.c>"), repeated("<http:"), repeated("<div>\n"), repeated("<b>"),
        repeated("<script>\n"), repeated("http://a."), repeated("http://"), repeated("www.a"), repeated("_www.a"),
        repeated("a@"), repeated("a@b.c "), repeated("b.", start: "a@"), repeated("(", start: "http://a.b/"),
        repeated(")", start: "http://a.b/"), repeated("*~", start: "http://a.b/"), repeated(";", start: "www.a.b/&a"),
        repeated("&a;", start: "www.a.b/"), repeated("|"), repeated("|-\n"), repeated("||", start: "|a|\n|-|\n"),
        repeated("|a", middle: "\n", closer: "|-"), repeated("|a|\n", start: "|a|\n|-|\n"), repeated("a\n|a|\n|-|\n\n"),
        repeated("|a|\n|-|\n"), repeated("|-|\n", start: "a\n"), repeated("\\|", start: "|a|\n|-|\n"),
        repeated("`|", start: "|a|\n|-|\n"), repeated("a|", middle: "\n", closer: "-|", end: "\nb\nc\n"),
    ]

    // MARK: HTML

    static let html: [PathologicalText] = [
        repeated("<ul><li>"), repeated("<ol><li>a"), repeated("<ul><li>", middle: "a", closer: "</ul>"),
        repeated("<a "),
        repeated("<!--"), repeated("<!-->"), repeated("<em>a"), repeated("</p>"), repeated("&"), repeated("<"),
        repeated("<a href=\""), repeated("<a href=x>"), repeated("<a href=x>a"), repeated("<blockquote>a"),
        repeated("<p>"), repeated("<p>a"), repeated("<td>"), repeated("<td>a", start: "<table><tr>"),
        repeated("<tr><td>a", start: "<table><tr><td>b<td>c"), repeated("<tr>", start: "<table><tr><td>b"),
        repeated("<script>"), repeated("<script>", end: "</script>"), repeated("<em>", middle: "a", closer: "</em>"),
        repeated("<em>a</em>"), repeated("<b>a</b>b"), repeated("<em>\"</em>"), repeated("<b><i>!</i></b>"),
        repeated("<i><b><i><b>!</b></i></b></i>"), repeated("<i><b><i><b>!</b>a</i></b></i>"),
        repeated("<i>a</i>", start: "<b>", end: "</b>"), repeated("<i>!</i>", start: "<i>!", end: "!</i>"),
        repeated("<b>!</b>", start: "<i>!<b>!<i>!", end: "</i></b></i>"),
        repeated("*<b>!</b>", start: "<i>a", end: "</i>"),
        repeated("*", start: "<i>a", end: "<b><i>!</i>a</b></i>"),
        repeated("<del>!<del>", middle: "a", closer: "</del></del>"),
        repeated("*"), repeated("_a"), repeated("["), repeated("\\"), repeated("`"), repeated("a"), repeated(" "),
        repeated("a "), repeated("\n"), repeated("a\n"), repeated("1"), repeated("é"), repeated("&amp;"),
        repeated("&#"),
        growing("(<code>```…)") { "<code>" + String(repeating: "`", count: $0) + "</code> " },
        repeated("<code>`</code>"),
        growing("(<code>` `` …</code>)") { "<code>" + String(repeating: "`", count: $0) + "a" },
        repeated("<li>", start: "<ul>"), repeated("<li>a", start: "<ul>"), repeated("<li><p>a", start: "<ul>"),
        repeated("<ul></ul>"), repeated("<ul><li>a</ul>"), repeated("<br>"), repeated("a<br>"), repeated("<pre>```"),
        repeated("```\n", start: "<pre>"), repeated("<img src=x alt='['>"),
        repeated("[", start: "<img src=x alt='", end: "'>"),
        repeated("<div>"), repeated("<h1>"), repeated("<h1>a\nb</h1>"), repeated("<div>a</div>"), repeated("</div>"),
        repeated("<x y=z>"), repeated("<!a"), repeated("a<b"), repeated("<input type=checkbox>", start: "<ul><li>"),
        repeated("a\n", start: String(repeating: "<blockquote>", count: 50)), repeated("<b> </b>"), repeated("<b>\n"),
        repeated("<p><b>a<br>"), repeated(" ", start: "<a href='", end: "'>a</a>"),
        repeated("a=b ", start: "<p ", end: ">"),
    ]
}
