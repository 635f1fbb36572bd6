import FerryCore

/// `html_to_markdown`: HTML as Markdown of GitHub's dialect.
///
/// `"<h1>Hi <em>you</em></h1>"` becomes `"# Hi *you*\n"`; `"<ul><li>a</li><li>b</li></ul>"` becomes `"- a\n- b\n"`.
///
/// Paragraphs, headings, emphasis, code, lists, task lists, links, images, quotes, tables, strikethrough and line breaks
/// have their Markdown; of all other elements the text stays, and of `script` and `style` nothing. Text that would mean
/// something in Markdown is escaped, so what `markdown_to_html` makes of the result shows the same. It takes no options.
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
            let markdown = MarkdownWriter(HTMLTree(html)).markdown()
            guard !markdown.isEmpty else { return }
            output.append(contentsOf: markdown)
            output.append(UInt8(ascii: "\n"))
        }
        return .string
    }
}
