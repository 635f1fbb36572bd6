import FerryCore
import Testing

@Suite struct MarkdownSafetyTests {
    static let links = [
        "[x](javascript:alert(1))", "[x](JavaScript:alert(1))", "[x](jAvAsCrIpT:alert(1))",
        "[x](<java\tscript:alert(1)>)", "[x](java&#10;script:alert(1))", "[x](java&#x0D;script:alert(1))",
        "[x](java&Tab;script:alert(1))", "[x](java&NewLine;script:alert(1))", "[x](&#106;avascript:alert(1))",
        "[x](&#x6A;&#x61;vascript:alert(1))", "[x](&#0000106;avascript:alert(1))", "[x](javascript&colon;alert(1))",
        "[x](javascript&#58;alert(1))", "[x](javascript&#x3A;alert(1))", "[x](javascript%3Aalert(1))",
        "[x](%6Aavascript:alert(1))", "[x](%6a%61%76%61script:alert(1))", "[x](java%0ascript:alert(1))",
        "[x](java%00script:alert(1))", "[x](< javascript:alert(1)>)", "[x](&#1;javascript:alert(1))",
        "[x](&#14;javascript:alert(1))", "[x](\u{A0}javascript:alert(1))", "[x](java\u{200B}script:alert(1))",
        "[x](\u{FEFF}javascript:alert(1))", "[x](javascript\\:alert(1))", "[x](javascript&#9;:alert(1))",
        "[x](vbscript:msgbox(1))", "[x](VBSCRIPT:msgbox(1))", "[x](vb&#x09;script:msgbox(1))",
        "[x](data:text/html,<script>)", "[x](data:text/html;base64,PHNjcmlwdD4=)", "[x](DATA:text/html,x)",
        "[x](data:image/svg+xml,x)", "[x](data:image/png;base64,AA)", "[x](file:///etc/passwd)",
        "[x](FILE:/etc/passwd)", "[x](view-source:javascript:alert(1))", "[x](feed:javascript:alert(1))",
        "[x](livescript:alert(1))", "[x](jar:javascript:alert(1))", "[x](blob:https://example.com/1)",
        "[x]\n\n[x]: javascript:alert(1)", "[x][y]\n\n[y]: <javascript:alert(1)> 'title'", "<javascript:alert(1)>",
        "<JAVASCRIPT:alert(1)>", "<vbscript:msgbox(1)>", "<data:text/html,x>", "<file:///etc/passwd>",
        "[x](javascript://example.com/%0aalert(1))", "[![i](/a)](javascript:alert(1))",
    ]

    @Test(arguments: links)
    func aLinkThatCouldRunCodeLosesItsAddress(markdown: String) throws {
        let result = try html(markdown)
        #expect(result.contains("<a href=\"\""))
        #expect(result.matches(of: /href="[^"]/).isEmpty)
    }

    @Test(arguments: [
        "![x](javascript:alert(1))", "![x](data:text/html,x)", "![x](data:image/svg+xml;base64,AA)",
        "![x](data:image/pngx,AA)", "![x](da&#10;ta:image/png,AA)", "![x](vbscript:x)", "![x](file:///etc/passwd)",
        "![x](data:image/png)",
    ])
    func anImageThatCouldRunCodeLosesItsAddress(markdown: String) throws {
        #expect(try html(markdown).contains("<img src=\"\""))
    }

    @Test(arguments: [
        "data:image/png;base64,AA", "data:image/gif;base64,AA", "data:image/jpeg,AA", "DATA:IMAGE/WEBP;base64,AA",
        "https://example.com/a.png",
    ])
    func plainImagesKeepTheirAddress(address: String) throws {
        #expect(try html("![x](\(address))") == "<p><img src=\"\(address)\" alt=\"x\" /></p>\n")
    }

    @Test(arguments: [
        "https://example.com/javascript:x", "/javascript:x", "?q=javascript:x", "#data:x", "mailto:a@example.com",
        "tel:+49", "javascripts:x", "./file:x", "database:x", "path%2Fjavascript:x",
    ])
    func aHarmlessLinkKeepsItsAddress(address: String) throws {
        #expect(try html("[x](\(address))") == "<p><a href=\"\(address)\">x</a></p>\n")
    }

    @Test func unsafePassesEveryLink() throws {
        #expect(try html("[x](javascript:a)", ["unsafe": true]) == "<p><a href=\"javascript:a\">x</a></p>\n")
    }

    @Test(arguments: [JSONValue.null, ["gfm": false]])
    func noAddressRunsCodeInAnyDisguise(options: JSONValue) throws {
        let transform = try builtIn("markdown_to_html", options)
        for markdown in HostileMarkdown.links {
            let found = try dangers(in: apply(transform, to: markdown))
            #expect(found.isEmpty, "\(markdown)\n\(found)")
        }
    }

    @Test(arguments: [JSONValue.null, ["gfm": false]])
    func nothingOfRawHTMLRuns(options: JSONValue) throws {
        let transform = try builtIn("markdown_to_html", options)
        for markdown in HostileMarkdown.rawHTML {
            let found = try dangers(in: apply(transform, to: markdown))
            #expect(found.isEmpty, "\(markdown)\n\(found)")
        }
    }

    /// What `html_to_markdown` makes of hostile HTML is Markdown, without raw HTML.
    @Test func nothingOfHTMLRunsThatWasMadeIntoMarkdown() throws {
        let (toMarkdown, toHTML) = (try builtIn("html_to_markdown"), try builtIn("markdown_to_html", ["unsafe": true]))
        for source in HostileMarkdown.html + HostileMarkdown.html.map({ "<p>a \($0) b</p>" }) {
            let escaped = source.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
            let found = try dangers(in: apply(toHTML, to: apply(toMarkdown, to: escaped)))
            #expect(found.isEmpty, "\(escaped)\n\(found)")
            // Addresses pass, as they do in HTML: it is for `markdown_to_html` to refuse them.
            #expect(try dangers(in: html(apply(toMarkdown, to: source))).isEmpty, "\(source)")
        }
    }

    @Test func theChecksSeeWhatABrowserSees() {
        for html in [
            "<svg/onload=x>", "<p onclick=x>a</p>", "<a href=\"java&#10;script&colon;x\">a</a>",
            "<a href='&#1;VBScript:x'>a</a>",
            "<img src=data:image/svg+xml,x>", "<a href=data:image/png,x>a</a>", "<!-- a -->", "<?a?>", "<p>", "</p>",
            "<p",
            "<code class=x>a</code>", "<a href=%6Aavascript:x>a</a>", "<a href=/ href=javascript:x>a</a>",
        ] {
            #expect(!dangers(in: html).isEmpty, "\(html)")
        }
    }
}
