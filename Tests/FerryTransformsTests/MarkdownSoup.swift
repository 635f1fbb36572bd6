/// Lines put together at random of what begins, ends and interrupts blocks, without regard to sense.
struct MarkdownSoup {
    private var numbers: SeededNumbers

    init(seed: UInt64) {
        numbers = SeededNumbers(seed: seed)
    }

    private static let marks = ["- ", "* ", "+ ", "1. ", "2) ", "7. ", "-", "*", "1.", "> ", ">", "-   ", "10) "]
    private static let indents = ["", " ", "  ", "   ", "    ", "      ", "\t"]
    private static let texts = [
        "a", "b c", "*d*", "**e *f***", "`g`", "[h](/i)", "~~j~~", "k\\", "l  ", "<b>m</b>", "n <i>", "&lt;", "![o](p)",
        "_q*r_", "1", "www.s.example", "\\*", "t|u",
    ]
    private static let blocks = [
        "# h", "##", "***", "---", "- - -", "===", "```", "~~~", "    v", "<div>", "</div>", "<!-- w", "<!-- x -->",
        "-->",
        "<pre>", "</pre>", "<x y>", "<script>", "|a|b|", "|-|-|", "|c|", "[ ] y", "[x] z", "[ ]", "[r]: /s",
        "[nothing]: #",
        "<?a?>", "<hr>", "| a", "|--", "\\", "<p>", "</li>", "<ul><li>", "<!A>",
    ]

    private static let inlines = [
        "*", "**", "_", "__", "***", "~~", "~", "`", "``", "[", "](/a)", "![", "]", "a", "b", " ", " ", "c d", "é", "£",
        "!",
        ".", "\\", "<b>", "</b>", "<", ">", "&amp;", "&", "http://e.example/f", "g@h.example", "\"", "1", "|", "\\*",
        "<!-- -->",
    ]

    mutating func next() -> String {
        // Few different lines make more of a list than many.
        let palette = (0...roll(4)).map { _ in content() }
        var indent = ""
        return (0...roll(10)).map { _ in line(palette, &indent) }.joined(separator: "\n") + "\n"
    }

    private mutating func roll(_ sides: Int) -> Int { Int.random(in: 0..<sides, using: &numbers) }

    private mutating func pick(_ values: [String]) -> String { values[roll(values.count)] }

    private mutating func content() -> String {
        switch roll(6) {
        case 0, 1: pick(Self.blocks)
        case 2: (0...roll(8)).map { _ in pick(Self.inlines) }.joined()
        case 3: pick(Self.texts) + " " + pick(Self.texts)
        default: pick(Self.texts)
        }
    }

    /// A line that is empty, goes on in what is open, or begins something; `indent` is what the next can go on with.
    private mutating func line(_ palette: [String], _ indent: inout String) -> String {
        guard roll(4) > 0 else { return roll(3) > 0 ? "" : indent.filter { $0 == ">" || $0 == " " } }
        var lead =
            roll(3) == 0 ? pick(Self.indents) : roll(3) > 0 ? indent : String(indent.prefix(roll(indent.count + 1)))
        indent = lead
        for _ in 0..<[0, 0, 1, 1, 1, 2, 3][roll(7)] {
            let mark = pick(Self.marks)
            lead += mark
            indent += mark.hasPrefix(">") ? mark : String(repeating: " ", count: mark.count)
        }
        return lead + (roll(8) == 0 ? "" : roll(6) == 0 ? content() : pick(palette))
    }
}
