import FerryCore

/// `html_to_markdown`: HTML as Markdown of GitHub's dialect.
///
/// `"<h1>Hi <em>you</em></h1>"` becomes `"# Hi *you*\n"`; `"<ul><li>a</li><li>b</li></ul>"` becomes `"- a\n- b\n"`.
///
/// Paragraphs, headings, emphasis, code, lists, task lists, links, images, quotes, tables, strikethrough and line breaks
/// have their Markdown; of all other elements the text stays, and of `script` and `style` nothing. Text that would mean
/// something in Markdown is escaped, so what `markdown_to_html` makes of the result shows the same. It takes no options.
///
/// HTML that `markdown_to_html` made comes back, but for white space that HTML does not show: the result is Markdown of
/// the same elements. A list of one paragraph stays one by a link definition (`[nothing]: #`), of which nothing is shown.
/// Elements that no Markdown nests in that way, and those deeper than ``HTMLTree/deepest``, are left out and their text
/// stays.
struct HTMLToMarkdown: Transform {
    let isOneWay = true

    init(_ options: TransformOptions) throws(TransformReferenceError) {
        try options.allow([])
    }

    func apply(
        _ kind: ValueKind,
        _ bytes: Span<UInt8>,
        into output: inout [UInt8]
    ) throws(TransformError) -> ValueKind {
        guard try kind.isText(for: "html_to_markdown") else { return kind }
        bytes.withUnsafeBytes { html in
            let markdown = MarkdownWriter(HTMLTree(html), count: html.count).markdown()
            guard !markdown.isEmpty else { return }
            output.append(contentsOf: markdown)
            output.append(UInt8(ascii: "\n"))
        }
        return .string
    }
}
