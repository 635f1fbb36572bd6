import FerryCore
import Testing

/// Tables that follow a paragraph without an empty line.
@Suite struct TableInterruptionTests {
    private static let table = "<table>\n<thead>\n<tr>\n<th>a</th>\n</tr>\n</thead>\n</table>\n"

    @Test(arguments: [
        ("x\n|a|\n|-|", "<p>x</p>\n\(table)"), ("x\r\ny\r\n|a|\r\n|---|", "<p>x\ny</p>\n\(table)"),
        ("x\na\n|-|", "<p>x</p>\n\(table)"), ("*x*\n  |a|\n   |-|", "<p><em>x</em></p>\n\(table)"),
        ("- **x**\n  |a|\n  |-|", "<ul>\n<li><strong>x</strong>\n\(table)</li>\n</ul>\n"),
        ("> x\n> |a|\n> |-|", "<blockquote>\n<p>x</p>\n\(table)</blockquote>\n"),
        ("- x\n  |a|\n  |-|\n- y", "<ul>\n<li>x\n\(table)</li>\n<li>y</li>\n</ul>\n"),
        ("> 1. x\n>    |a|\n>    |-|", "<blockquote>\n<ol>\n<li>x\n\(table)</li>\n</ol>\n</blockquote>\n"),
        ("x\n|-|-|\n|a|\n|-|", "<p>x\n|-|-|</p>\n\(table)"),
        (
            "x `\n|a|\n|-|\n`",
            "<p>x `</p>\n\(table.replacing("</thead>\n", with: "</thead>\n<tbody>\n<tr>\n<td>`</td>\n</tr>\n</tbody>\n"))"
        ),
        ("x £*y\n|a|\n|-|\n\nz £*y", "<p>x £*y</p>\n\(table)<p>z £*y</p>\n"),
    ])
    func theTableEndsTheParagraph(markdown: String, expected: String) throws {
        #expect(try html(markdown) == expected)
    }

    @Test(arguments: [
        "> x\n|a|\n|-|", "> x\n> |a|\n|-|", "- x\n|a|\n|-|", "x\n|a|b|\n|-|", "x\n|a|\n    |-|",
        "x\n\n    |a|\n    |-|",
        "```\nx\n|a|\n|-|\n```", "    x\n    |a|\n    |-|", "# x\n|-|", "x\n---\n|-|",
    ])
    func whatIsLazyIndentedOrCodeIsNoTable(markdown: String) throws {
        #expect(try !html(markdown).contains("<table>"))
    }

    @Test func nothingOfTheSeparationIsSeen() throws {
        let lines = [
            "x", "> x", "- x", "|a|b|", "|-|-|", "> |a|", "> |-|", "  |a|", "  |-|", "", "```", "    |a|", "<div>",
            "<!--",
            "-->", "# x", "===", "\t|a|", "\t|-|", "`", "[r]: /u 'x", "1. |a|",
        ]
        var numbers = SeededNumbers(seed: 8)
        for _ in 0..<5_000 {
            let markdown = (0..<8).map { _ in lines[Int.random(in: 0..<lines.count, using: &numbers)] }
                .joined(separator: "\n")
            for options: JSONValue in [.null, ["unsafe": true]] {
                let result = try html(markdown, options)
                #expect(!result.contains("!A"), "\(markdown)")
                #expect(!result.contains { $0 >= "\u{2E00}" && $0 <= "\u{2E2E}" }, "\(markdown)")
            }
        }
    }

    @Test func inCodeEveryLineStaysAsItIs() throws {
        let code = "x\n|a|\n|-|\n\ny\n  |a|\n  |-|"
        #expect(try html("```\n\(code)\n```") == "<pre><code>\(code)\n</code></pre>\n")
        #expect(try html("<!--\n\(code)\n-->", ["unsafe": true]) == "<!--\n\(code)\n-->\n")
    }

    @Test func plainCommonMarkHasNone() throws {
        #expect(try html("x\n|a|\n|-|", ["gfm": false]) == "<p>x\n|a|\n|-|</p>\n")
    }
}
