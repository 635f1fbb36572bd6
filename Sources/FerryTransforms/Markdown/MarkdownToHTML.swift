import CMD4C
import FerryCore

/// `markdown_to_html`: Markdown as HTML that is safe to show.
///
/// `"# Hi *you*"` becomes `"<h1>Hi <em>you</em></h1>\n"`.
///
/// The dialect is GitHub's: CommonMark with tables, strikethrough, task lists and links made of bare addresses. Raw
/// HTML is shown as text, so that nothing of it is lost and nothing of it runs; links that could run code or read
/// files keep their text and get an empty address.
///
/// Options: `gfm` (`true`; `false` is plain CommonMark), `unsafe` (`false`; `true` passes raw HTML and all links).
struct MarkdownToHTML: Transform {
    let isOneWay = true
    private let isUnsafe: Bool
    private let parserFlags: UInt32

    init(_ options: TransformOptions) throws(TransformReferenceError) {
        try options.allow(["gfm", "unsafe"])
        isUnsafe = try options.flag("unsafe", default: false)
        parserFlags = try options.flag("gfm", default: true) ? ferry_md_github : ferry_md_commonmark
    }

    func apply(
        _ kind: ValueKind,
        _ bytes: Span<UInt8>,
        into output: inout [UInt8]
    ) throws(TransformError) -> ValueKind {
        guard try kind.isText(for: "markdown_to_html") else { return kind }
        guard let size = MD_SIZE(exactly: bytes.count) else {
            throw TransformError("'markdown_to_html' takes texts of less than 4 GiB")
        }
        var renderer = HTMLRenderer(isUnsafe: isUnsafe, count: bytes.count, after: output)
        // The array moves into the renderer and back, so that it is never copied.
        swap(&renderer.output, &output)
        defer { swap(&renderer.output, &output) }
        let status = bytes.withUnsafeBytes { input in
            let edits = MarkdownCorrections.edits(for: input, isGFM: parserFlags == ferry_md_github)
            guard !edits.isEmpty, let source = MarkdownSource(input, edits),
                let editedSize = MD_SIZE(exactly: source.bytes.count)
            else { return parse(input.baseAddress?.assumingMemoryBound(to: MD_CHAR.self), size, &renderer) }
            return source.bytes.withUnsafeBytes { copy in
                renderer.origin = HTMLRenderer.Origin(source: source, copy: copy, original: input)
                defer { renderer.origin = nil }
                return parse(copy.baseAddress?.assumingMemoryBound(to: MD_CHAR.self), editedSize, &renderer)
            }
        }
        switch status {
        case 0: return .string
        case HTMLRenderer.overrun:
            throw TransformError("the text's link definitions or table rows expand far beyond its size")
        default: throw TransformError("the Markdown parser ran out of memory")
        }
    }

    /// Runs md4c over the text; the renderer outlives the call, so the pointer that the callbacks get is good.
    private func parse(_ text: UnsafePointer<MD_CHAR>?, _ size: MD_SIZE, _ renderer: inout HTMLRenderer) -> Int32 {
        var parser = MD_PARSER()
        parser.flags = parserFlags
        parser.enter_block = { type, detail, state in
            HTMLRenderer.with(state) { $0.enter(block: type, detail) }
        }
        parser.leave_block = { type, detail, state in
            HTMLRenderer.with(state) { $0.leave(block: type, detail) }
        }
        parser.enter_span = { type, detail, state in
            HTMLRenderer.with(state) { $0.enter(span: type, detail) }
        }
        parser.leave_span = { type, detail, state in
            HTMLRenderer.with(state) { $0.leave(span: type, detail) }
        }
        parser.text = { type, text, size, state in
            let bytes = UnsafeRawBufferPointer(start: text, count: Int(size))
            return HTMLRenderer.with(state) { $0.text(type, bytes) }
        }
        return withUnsafeMutablePointer(to: &renderer) { md_parse(text, size, &parser, $0) }
    }
}
