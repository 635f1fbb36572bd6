import CMD4C
import FerryCore

/// `markdown_to_html`: Markdown as HTML that is safe to show.
///
/// `"# Hi *you*"` becomes `"<h1>Hi <em>you</em></h1>\n"`.
///
/// The dialect is GitHub's: CommonMark with tables, strikethrough, task lists and links made of bare addresses. Raw
/// HTML is shown as text, so that nothing of it is lost and nothing of it runs; links that could run code or read
/// files keep their text and get an empty address. Where the marks of quotes and list items take a hundred characters of a
/// line (50 deep, numbered lists 34), the text of those that are deeper is shown, and that of emphasis and links more than
/// 40 deep.
///
/// Options: `gfm` (`true`; `false` is plain CommonMark), `unsafe` (`false`; `true` passes all links and raw HTML, in
/// GitHub's dialect but for the nine tags that its specification disallows, ``RawHTML``).
struct MarkdownToHTML: Transform {
    let isOneWay = true
    private let rawHTML: RawHTML
    private let isGFM: Bool
    private let nesting: HTMLNesting

    init(_ options: TransformOptions) throws(TransformReferenceError) {
        try self.init(options, HTMLNesting())
    }

    init(_ options: TransformOptions, _ nesting: HTMLNesting) throws(TransformReferenceError) {
        self.nesting = nesting
        try options.allow(["gfm", "unsafe"])
        isGFM = try options.flag("gfm", default: true)
        rawHTML = try options.flag("unsafe", default: false) ? isGFM ? .filtered : .passed : .shown
    }

    func apply(
        _ kind: ValueKind,
        _ bytes: Span<UInt8>,
        into output: inout [UInt8]
    ) throws(TransformError) -> ValueKind {
        guard try kind.isText(for: "markdown_to_html") else { return kind }
        let start = output.count
        var renderer = HTMLRenderer(rawHTML, nesting, count: bytes.count, after: output)
        // The array moves into the renderer and back, so that it is never copied.
        swap(&renderer.output, &output)
        defer { swap(&renderer.output, &output) }
        var status = bytes.withUnsafeBytes { parse($0, &renderer) }
        if status == 0 { status = renderer.output[start...].withUnsafeBytes { wayBack(from: $0) } }
        switch status {
        case 0: return .string
        case HTMLRenderer.overrun:
            throw TransformError(
                "the text's link definitions or table rows expand far beyond its size: give short addresses to links that"
                    + " are referred to often, and table rows all their cells"
            )
        case Self.tooLarge: throw TransformError("'markdown_to_html' takes texts of less than 4 GiB: divide the text")
        case Self.tooManyLinks:
            throw TransformError("a paragraph has too many lines with links: divide it by empty lines")
        case Self.tooDeep:
            throw TransformError("lists are nested too deeply for so many empty lines: indent less, or leave lines out")
        default: throw TransformError("the Markdown parser ran out of memory: divide the text")
        }
    }

    // MARK: Parsing

    /// Statuses beside those of md4c and ``HTMLRenderer/overrun``.
    private static let tooLarge: Int32 = -3
    private static let tooManyLinks: Int32 = -4
    private static let tooDeep: Int32 = -5

    private func parse(_ text: UnsafeRawBufferPointer, _ renderer: inout HTMLRenderer) -> Int32 {
        let status = Self.status(of: ParserWork.excess(of: text))
        guard status == 0 else { return status }
        let source = corrected(text)
        guard let size = MD_SIZE(exactly: source.count) else { return Self.tooLarge }
        return source.bytes.withUnsafeBytes { copy in
            let isEdited = source.isEdited
            renderer.text = isEdited ? text : UnsafeRawBufferPointer(rebasing: copy[..<source.count])
            renderer.findsAutolinks = isGFM && ExtendedAutolinks.mayOccur(in: text)
            if isEdited { renderer.origin = HTMLRenderer.Origin(source: source, copy: copy) }
            defer {
                renderer.origin = nil
                renderer.text = UnsafeRawBufferPointer(start: nil, count: 0)
            }
            return run(copy.baseAddress?.assumingMemoryBound(to: MD_CHAR.self), size, &renderer)
        }
    }

    /// What this transform would say to the Markdown that `html_to_markdown` makes of its HTML: whatever is made can be made
    /// again.
    private func wayBack(from html: UnsafeRawBufferPointer) -> Int32 {
        guard ParserWork.mayExceed(onTheWayBackFrom: html) else { return 0 }
        guard let markdown = try? HTMLToMarkdown.markdown(of: html) else { return HTMLRenderer.overrun }
        return markdown.withUnsafeBytes { Self.status(of: ParserWork.excess(of: $0)) }
    }

    private static func status(of excess: ParserWork.Excess?) -> Int32 {
        switch excess {
        case .links: tooManyLinks
        case .lists: tooDeep
        case nil: 0
        }
    }

    private func corrected(_ text: UnsafeRawBufferPointer) -> MarkdownSource {
        let corrections = MarkdownCorrections.find(in: text, isGFM: isGFM)
        var edits = corrections.edits
        var source = MarkdownSource(text, edits)
        if !corrections.tables.isEmpty {
            let interruptions = TableInterruptions.edits(corrections.tables, in: text, source)
            if !interruptions.isEmpty {
                edits = (edits + interruptions).sorted()
                source = MarkdownSource(text, edits)
            }
        }
        // Where lines stand is known when everything else is in its place.
        let moves = ListEnds.edits(to: source)
        return moves.isEmpty ? source : MarkdownSource(text, (edits + moves).sorted())
    }

    /// Runs md4c over the text; the renderer outlives the call, so the pointer that the callbacks get is good.
    private func run(_ text: UnsafePointer<MD_CHAR>?, _ size: MD_SIZE, _ renderer: inout HTMLRenderer) -> Int32 {
        var parser = MD_PARSER()
        parser.flags = isGFM ? ferry_md_github : ferry_md_commonmark
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
