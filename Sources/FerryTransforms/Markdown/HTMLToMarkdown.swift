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
/// the same elements. Where only an empty line or an empty item could say what the HTML says, it writes a link definition
/// (`[nothing]: #`), and where a paragraph has to end without an empty line, an empty comment (`<!-- -->`): of both
/// nothing is shown. Elements that no Markdown nests in that way are left out and their text stays.
///
/// Elements nested deeper than ``HTMLTree/deepest`` are refused, and so is HTML whose Markdown would be far larger than
/// the HTML, since every line in a list or quote begins with what it is in.
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
        let markdown = try bytes.withUnsafeBytes { html throws(TransformError) in try Self.markdown(of: html) }
        guard !markdown.isEmpty else { return .string }
        output.append(contentsOf: markdown)
        output.append(UInt8(ascii: "\n"))
        return .string
    }

    /// The Markdown of HTML, without the last line's end.
    ///
    /// - Throws: ``TransformError``.
    static func markdown(of html: UnsafeRawBufferPointer) throws(TransformError) -> [UInt8] {
        let tree = HTMLTree(html)
        guard !tree.isTooDeep else {
            throw TransformError(
                "the HTML has elements in one another more than \(HTMLTree.deepest) deep: nest them less, or end those"
                    + " that have no end tag"
            )
        }
        let allowance = WritingAllowance(count: html.count)
        let markdown = MarkdownWriter(tree, allowance).markdown()
        guard !allowance.isUsedUp else {
            throw TransformError(
                "the HTML's lists, quotes or tables would be Markdown of far more than its size: nest them less, or give"
                    + " table rows the same number of cells"
            )
        }
        return markdown
    }
}
