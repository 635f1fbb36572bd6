/// Text for the formatter of manual pages (mdoc(7)).
struct Roff {
    /// The text so far.
    private(set) var text = ""

    /// The head of a page.
    mutating func title(_ name: String, section: Int, _ summary: String) {
        macro("Dd", "$Mdocdate$")
        macro("Dt", name.uppercased(), "\(section)")
        macro("Os", "Ferry")
        self.section("NAME")
        macro("Nm", name)
        // The period would end the line that whatis(1) shows.
        macro("Nd", summary.hasSuffix(".") ? String(summary.dropLast()) : summary)
    }

    /// Begins a section.
    mutating func section(_ name: String) { macro("Sh", name) }

    /// Begins a part of a section.
    mutating func subsection(_ name: String) { macro("Ss", name) }

    /// A paragraph.
    mutating func paragraph(_ text: String) {
        macro("Pp")
        line(text)
    }

    /// A line of running text.
    mutating func line(_ text: String) {
        for line in text.split(separator: "\n") { self.text += Self.escaped(String(line), isStart: true) + "\n" }
    }

    /// A line's end where there would be none.
    mutating func lineBreak() { macro("br") }

    /// A list of terms, each with what it means.
    mutating func list(_ body: (inout Roff) -> Void) {
        text += ".Bl -tag -width Ds\n"
        body(&self)
        macro("El")
    }

    /// Begins an entry of a list.
    mutating func item(_ term: String) { text += ".It Xo\n\(Self.escaped(term, isStart: true))\n.Xc\n" }

    /// Lines to be shown as they are.
    mutating func example(_ lines: String) {
        text += ".Bd -literal -offset indent\n"
        for line in lines.split(separator: "\n", omittingEmptySubsequences: false) {
            text += Self.escaped(String(line), isStart: true) + "\n"
        }
        macro("Ed")
    }

    /// References to other pages.
    mutating func seeAlso(_ pages: [(name: String, section: Int)]) {
        section("SEE ALSO")
        for (index, page) in pages.enumerated() {
            text += ".Xr \(page.name) \(page.section)\(index + 1 < pages.count ? " ," : "")\n"
        }
    }

    private mutating func macro(_ name: String, _ arguments: String...) {
        let words = arguments.map { word -> String in
            let word = Self.escaped(word, isStart: false)
            return word.contains(" ") ? "\"\(word.replacing("\"", with: "\\(dq"))\"" : word
        }
        text += ([".\(name)"] + words).joined(separator: " ") + "\n"
    }

    /// What the formatter would take for something else: its escape character, and a line's first period or apostrophe.
    private static func escaped(_ text: String, isStart: Bool) -> String {
        var text = text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
        if isStart, text.hasPrefix(".") || text.hasPrefix("'") { text = "\\&" + text }
        return text
    }
}
