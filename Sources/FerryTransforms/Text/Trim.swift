import FerryCore

/// `trim`: takes white space off both ends, no-break and ideographic spaces included.
///
/// `"  Mug \n"` becomes `"Mug"`; a string of nothing but white space becomes the empty string.
struct Trim: Transform {
    let isOneWay = true

    init(_ options: TransformOptions) throws(TransformReferenceError) {
        try options.allow([])
    }

    func apply(
        _ kind: ValueKind,
        _ bytes: Span<UInt8>,
        into output: inout [UInt8]
    ) throws(TransformError) -> ValueKind {
        guard try kind.isText(for: "trim") else { return kind }
        output.append(bytes.extracting(Whitespace.trimmed(bytes)))
        return .string
    }
}
