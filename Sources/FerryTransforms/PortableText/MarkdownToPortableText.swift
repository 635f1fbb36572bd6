import FerryCore
import FerryJSON

/// `markdown_to_portable_text`: Markdown as the blocks of [Portable Text](https://github.com/portabletext/portabletext),
/// which Sanity's editors work on.
///
/// `"# Hi *you*"` becomes
/// `[{"_type":"block","_key":"b1","style":"h1","markDefs":[],"children":[…]}]` with the children "Hi " and "you", the
/// second marked `em`.
///
/// Headings, quotes and lists are the styles and list items of blocks; `strong`, `em`, `code` and `strike-through` are
/// marks, and a link is a mark with a definition (`link`, `href`). Code blocks are `code` blocks as `@sanity/code-input`
/// has them, tables are `table` blocks as `@sanity/table` has them, and a rule is a `break`. An image is a link to it with
/// its text, since an image in Sanity is an asset. Links that could run code are left out and their text stays.
///
/// Keys number the blocks, so that the same text always gives the same bytes.
///
/// Options: `gfm` (`true`), as of `markdown_to_html`.
struct MarkdownToPortableText: Transform {
    let isOneWay = true
    private let toHTML: MarkdownToHTML

    init(_ options: TransformOptions) throws(TransformReferenceError) {
        try options.allow(["gfm"])
        toHTML = try MarkdownToHTML(options)
    }

    func apply(
        _ kind: ValueKind,
        _ bytes: Span<UInt8>,
        into output: inout [UInt8]
    ) throws(TransformError) -> ValueKind {
        guard try kind.isText(for: "markdown_to_portable_text") else { return kind }
        guard bytes.withUnsafeBytes({ JSONText.isValidUTF8($0) }) else { throw .notUTF8 }
        var html: [UInt8] = []
        _ = try toHTML.apply(kind, bytes, into: &html)
        let tree = html.withUnsafeBytes { HTMLTree($0) }
        PortableTextWriter.write(tree, into: &output)
        return .json
    }
}
