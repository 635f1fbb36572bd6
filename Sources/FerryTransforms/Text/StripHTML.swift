import FerryCore

/// `strip_html`: the text that a reader of the HTML sees, without tags.
///
/// `"<p>Salt &amp; <b>pepper</b></p><p>1&nbsp;kg</p>"` becomes `"Salt & pepper\n1 kg"`.
///
/// - A line ends where a block such as a paragraph, heading, list item or table row does, and at `<br>`; cells of a table
///   are a space apart.
/// - Scripts, style sheets and comments are left out; what looks like no tag (`a < b`, `<3`) stays.
/// - White space is collapsed as browsers do it, but for `<pre>`.
/// - Character references are resolved. So the result is text, not HTML: `&lt;b&gt;` becomes `<b>`.
struct StripHTML: Transform {
    let isOneWay = true

    init(_ options: TransformOptions) throws(TransformReferenceError) {
        try options.allow([])
    }

    func apply(
        _ kind: ValueKind,
        _ bytes: Span<UInt8>,
        into output: inout [UInt8]
    ) throws(TransformError) -> ValueKind {
        guard try kind.isText(for: "strip_html") else { return kind }
        var writer = HTMLTextWriter(after: output)
        // The array moves into the writer and back, so that it is never copied.
        swap(&writer.output, &output)
        bytes.withUnsafeBytes { HTMLTextReader.read($0, into: &writer) }
        swap(&writer.output, &output)
        return .string
    }
}
