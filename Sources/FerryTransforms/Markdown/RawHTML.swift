/// What becomes of raw HTML in Markdown.
enum RawHTML {
    /// It is shown as text.
    case shown
    /// It passes, but for tags of the elements that change how everything after them is read.
    case filtered
    /// It passes.
    case passed

    /// > [GFM §6.11] The tagfilter extension, where the following HTML tags will be filtered when rendering HTML output
    private static let disallowed = [
        "title", "textarea", "style", "xmp", "iframe", "noembed", "noframes", "script", "plaintext",
    ]

    /// Appends HTML in which disallowed tags begin with `&lt;`.
    ///
    /// > Filtering is done by replacing the leading `<` with the entity `&lt;`.
    static func append(filtered html: UnsafeRawBufferPointer, to output: inout [UInt8]) {
        var start = 0
        var index = 0
        while let tag = html.first("<", from: index) {
            index = tag + 1
            guard isDisallowed(html, at: index) else { continue }
            output.append(contentsOf: html[start..<tag])
            output.append("&lt;")
            start = index
        }
        output.append(contentsOf: html[start...])
    }

    /// Whether the name of a disallowed element, or a slash and the name, stands there.
    private static func isDisallowed(_ html: UnsafeRawBufferPointer, at index: Int) -> Bool {
        let start = index < html.count && html[index] == UInt8(ascii: "/") ? index + 1 : index
        guard start < html.count, html[start].isLetter,
            let name = disallowed.first(where: { html.hasTag(named: $0, at: start) })
        else { return false }
        let end = start + name.utf8.count
        // HTML comes line by line: its end is a line's.
        return end == html.count || html[end].isSpace || html[end] == UInt8(ascii: ">")
            || html[end] == UInt8(ascii: "/")
    }
}
