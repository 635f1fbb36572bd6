import FerryCore
import Testing

/// Links that are made of bare addresses (GFM §6.9, and GitHub's parser where the prose leaves it open).
@Suite struct ExtendedAutolinkTests {
    @Test(arguments: [
        "http://a.example", "https://a.example/b?c=d&e#f", "ftp://a.example", "HTTPS://A.EXAMPLE", "www.a.example/b",
        "http://localhost", "http://localhost:8080/a", "http://1.2.3.4/", "https://de.example/wiki/A_(b)_c",
        "http://a.example/~b/~c", "http://a.example/*b*/c", "http://a.example/_b_/",
        "http://b\u{FC}cher.example/\u{E9}",
        "http://\u{1F344}.example/", "www.a_b.example.org", "http://a.example/x*y",
    ])
    func aBareAddressIsALink(address: String) throws {
        let linked = try Self.links(in: "see \(address), ok")
        #expect(linked.map(\.text) == [address])
        #expect(try Self.links(in: "\(address)\nand (\(address)).").map(\.text) == [address, address])
        #expect(try Self.links(in: "> \(address)\n\n- \(address)\n\n# \(address)").count == 3)
        #expect(try Self.links(in: "|\(address)|\n|-|\n|\(address)|").count == 2)
    }

    @Test(arguments: [
        ("www.a.example", "http://www.a.example"), ("http://a.example/\u{E9}", "http://a.example/%C3%A9"),
        ("a.b+c-d_e@f-g.example", "mailto:a.b+c-d_e@f-g.example"),
    ])
    func theLinksAddressIsWhole(text: String, address: String) throws {
        #expect(try Self.links(in: text).map(\.address) == [address])
    }

    @Test(arguments: [
        ("http://a.example.", "."), ("http://a.example/b)", ")"), ("http://a.example/(b))", ")"),
        ("http://a.example/?!.,:*_~'\"", "?!.,:*_~'&quot;"), ("http://a.example&amp;", "&amp;"),
        ("http://a.example&x;;", "&amp;x;;"), ("http://a.example<b", "&lt;b"), ("a@b.example.", "."),
        ("http://a.example`b`", "<code>b</code>"), ("http://a.example\\)", ")"), ("http://a.example**", "**"),
    ])
    func whatFollowsInTheSentenceIsNotPartOfIt(markdown: String, rest: String) throws {
        #expect(try html(markdown).hasSuffix("</a>\(rest)</p>\n"))
    }

    @Test(arguments: [
        "http://", "http://.a", "http://_a.b", "http://a_b.c", "http://-a", "xhttp://a.b", "gopher://a.b", "http:/a.b",
        "javascript://a.b", "www.", "www. a", "www.*a", "xwww.a.b", "\"www.a.b", ")www.a.b", "www.a_b", "http\\://a.b",
        "www\\.a.b", "a\\@b.c", "a@b", "@b.c", "a@b.c-", "a@b.c_", "a@@b.c", "/a@b.c", "a\\_b@c.d", "`http://a.b`",
        "![http://a.b](/c)", "http&#58;//a.b",
    ])
    func whatIsNoAddressIsText(markdown: String) throws {
        let links = try Self.links(in: markdown)
        #expect(links.isEmpty, "\(links)")
    }

    @Test(arguments: [
        ("*http://a.b*", "<em><a href=\"http://a.b\">http://a.b</a></em>"),
        ("**see http://a.b**", "<strong>see <a href=\"http://a.b\">http://a.b</a></strong>"),
        ("\"http://a.b\"", "&quot;<a href=\"http://a.b\">http://a.b</a>&quot;"),
        ("[http://a.b](/c)", "<a href=\"/c\">http://a.b</a>"), ("[a www.b.c](/d)", "<a href=\"/d\">a www.b.c</a>"),
        ("[x](http://a.b)*y*", "<a href=\"http://a.b\">x</a><em>y</em>"),
        ("[x](http://a.b/*c \"www.d.e/*f\")*g*", "<a href=\"http://a.b/*c\" title=\"www.d.e/*f\">x</a><em>g</em>"),
        (
            "<http://a.b/*c> http://a.b/*c",
            "<a href=\"http://a.b/*c\">http://a.b/*c</a> <a href=\"http://a.b/*c\">http://a.b/*c</a>"
        ),
        ("~~http://a.b~~", "<del><a href=\"http://a.b\">http://a.b</a></del>"),
        ("b@c.d@e.f", "b@<a href=\"mailto:c.d@e.f\">c.d@e.f</a>"),
    ])
    func besideOtherMarks(markdown: String, expected: String) throws {
        #expect(try html(markdown) == "<p>\(expected)</p>\n")
    }

    @Test func plainCommonMarkHasNone() throws {
        let text = "http://a.b www.a.b a@b.c"
        #expect(try html(text, ["gfm": false]) == "<p>\(text)</p>\n")
    }

    private struct Link {
        let address: String
        let text: String
    }

    private static func links(in markdown: String) throws -> [Link] {
        try html(markdown).matches(of: /<a href="([^"]*)">([^<]*)<\/a>/).map {
            Link(address: String($0.output.1), text: String($0.output.2).replacing("&amp;", with: "&"))
        }
    }
}
