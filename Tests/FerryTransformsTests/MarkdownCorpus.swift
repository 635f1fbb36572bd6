/// Documents made at random of Markdown's constructs.
struct MarkdownCorpus {
    private var numbers: SeededNumbers

    init(seed: UInt64) {
        numbers = SeededNumbers(seed: seed)
    }

    mutating func document() -> String {
        blocks(depth: 0).joined(separator: "\n\n") + "\n"
    }

    private mutating func roll(_ sides: Int) -> Int { Int.random(in: 0..<sides, using: &numbers) }

    private mutating func blocks(depth: Int) -> [String] {
        // Lists stand beside one another too, with other marks or with the same.
        (0...roll(3)).map { _ in block(depth: depth) + (roll(3) == 0 ? "" : "\n\nend") }
    }

    private mutating func block(depth: Int) -> String {
        switch roll(depth < 3 ? 15 : 7) {
        case 0: String(repeating: "#", count: 1 + roll(6)) + " " + inline(depth: 0)
        case 1: "```\(["", "swift", "c++ x"][roll(3)])\nlet a = `b`\n\n  <i>*c*</i>\n```"
        case 2: "***"
        case 3: table()
        case 4: inline(depth: 0) + "\\\n" + inline(depth: 0) + "\n" + inline(depth: 0)
        case 5: inline(depth: 0)
        case 6: "\\\n" + inline(depth: 0) + "[a\\\n](/b) \n\\\nc"
        case 7: prefixed(blocks(depth: depth + 1).joined(separator: "\n\n"), "> ", "> ")
        case 8: list(depth: depth, isLoose: true)
        case 9: list(depth: depth, isLoose: false)
        case 10: list(depth: depth, isLoose: false) + "\n" + list(depth: depth, isLoose: roll(2) == 0)
        case 11: mark() + prefixed(["a\n\n[r]: /u", "[r]: /u", inline(depth: 0) + "\n\n- b"][roll(3)], "", "   ")
        case 12: ["- * -", "- - * a", "1. - 2) b", "-\n-\n\n- c", "- a\n\n-\n\n- b", "* + -\n* a"][roll(6)]
        case 13: "- " + ["<div>", "<!-- a -->\n  *b*", "a\n  <i>", "\\\n  b", "> a\n  >\n  # b"][roll(5)] + "\n- c"
        default: boxes()
        }
    }

    private mutating func boxes() -> String {
        let first = ["[ ]", "[x]", "[X]"][roll(3)]
        let blocks = ["\n  > a", "\n  # b", "\n  ```\n  c\n  ```", "|a|\n  |-|", "", "a\n\n  b", inline(depth: 0)]
        let block = blocks[roll(blocks.count)]
        return "- \(first) \(block)\n- [x] \(inline(depth: 0))"
    }

    private mutating func mark() -> String {
        ["-  ", "*  ", "+  ", "1. ", "1) ", "7. "][roll(6)]
    }

    private mutating func list(depth: Int, isLoose: Bool) -> String {
        let isOrdered = roll(2) == 0
        let first = [0, 1, 7][roll(3)]
        let delimiter = [".", ")"][roll(2)]
        let bullet = ["-", "*", "+"][roll(3)]
        let items = (0...roll(3)).map { index -> String in
            let marker = isOrdered ? "\(first + index)\(delimiter) " : "\(bullet) "
            var content = inline(depth: 0)
            if isLoose {
                content += "\n\n" + (roll(2) == 0 ? inline(depth: 0) : prefixed(inline(depth: 0), "> ", "> "))
            } else if roll(3) == 0, depth < 3 {
                content += "\n- " + inline(depth: 0)
            }
            return prefixed(content, marker, String(repeating: " ", count: marker.count))
        }
        return items.joined(separator: isLoose ? "\n\n" : "\n")
    }

    private mutating func table() -> String {
        let rows = (0...roll(3)).map { _ in "| \(inline(depth: 1)) | `a\\|b` | \(inline(depth: 1)) |" }
        return rows[0] + "\n|:-|:-:|---:|\n" + rows.dropFirst().map { $0 + "\n" }.joined()
    }

    private func prefixed(_ text: String, _ first: String, _ others: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
            .map { ($0.offset == 0 ? first : others) + $0.element }.joined(separator: "\n")
    }

    private mutating func inline(depth: Int) -> String {
        (0...roll(4)).map { _ in span(depth: depth) }.joined(separator: " ")
    }

    private mutating func span(depth: Int) -> String {
        switch roll(depth < 2 ? 14 : 6) {
        case 0: ["word", "Straße", "a_b_c", "2 * 3", "x\u{A0}y", "€5"][roll(6)]
        case 1: ["`code`", "`` a`b ``", "` `", "`a  b`"][roll(4)]
        case 2: ["\\*", "\\_", "&lt;b&gt;", "&amp;copy;", "1\\. x", "\\# y", "\\~", "a\\|b"][roll(8)]
        case 3: ["<http://example.com/a_b?c=d&e>", " www.example.com ", " a@example.com "][roll(3)]
        case 4: ["\"quoted\"", "(a)", "-", "+", "!", "1.", "🎉"][roll(7)]
        case 5: emphasis()
        case 6: "*\(inline(depth: depth + 1))*"
        case 7: "**\(inline(depth: depth + 1))**"
        case 8: "_\(inline(depth: depth + 1))_"
        case 9: "~~\(inline(depth: depth + 1))~~"
        case 10: "*a *\(inline(depth: depth + 1))* _b *c*_*"
        case 11: "[\(inline(depth: depth + 1))](/a(b)?c=*d* \"ti\\\"tle\")"
        case 12: "![\(inline(depth: depth + 1))](<i m.png>)"
        default: "word"
        }
    }

    /// Marks that touch letters, punctuation or one another.
    private mutating func emphasis() -> String {
        let pieces = ["*", "**", "***", "_", "__", "*", "**", "~", "a", "b", "a b", "!", "`c`", "[d](/e)", "é"]
        return (0...roll(12)).map { _ in pieces[roll(pieces.count)] }.joined()
    }
}
