/// A tag of a web page, as far as it matters for the text around it.
struct HTMLTag {
    /// What a tag does to the text.
    enum Role {
        /// Nothing, as `<b>` and unknown tags.
        case inline
        /// Begins or ends lines of its own.
        case block
        /// A cell in a row of a table.
        case cell
        /// `<br>`.
        case lineBreak
        /// `<pre>`.
        case preformatted
        /// Its content is for machines.
        case hidden
    }

    let role: Role
    let isEnd: Bool

    /// The tag of that name, in any case.
    init(name: UnsafeRawBufferPointer.SubSequence, isEnd: Bool) {
        self.isEnd = isEnd
        // Longer than all names below, so that no long name is copied.
        guard name.count <= 10 else {
            role = .inline
            return
        }
        let lowercased = name.map { $0 &- UInt8(ascii: "A") < 26 ? $0 | 0x20 : $0 }
        switch String(decoding: lowercased, as: UTF8.self) {
        case "br": role = .lineBreak
        case "pre": role = .preformatted
        case "td", "th": role = .cell
        case "script", "style": role = .hidden
        case "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "div",
            "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6",
            "head", "header", "hr", "html", "legend", "li", "main", "menu", "nav", "ol", "option", "p", "section",
            "select", "summary", "table", "tbody", "tfoot", "thead", "title", "tr", "ul":
            role = .block
        default: role = .inline
        }
    }
}
