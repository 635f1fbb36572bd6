import FerryCore

/// `lowercase`: Unicode's full mapping to lower case, without regard to language.
///
/// `"ΟΔΟΣ"` becomes `"οδος"`, with the sigma that ends a word.
struct Lowercase: Transform {
    let isOneWay = true

    init(_ options: TransformOptions) throws(TransformReferenceError) {
        try options.allow([])
    }

    func apply(
        _ kind: ValueKind,
        _ bytes: Span<UInt8>,
        into output: inout [UInt8]
    ) throws(TransformError) -> ValueKind {
        guard try kind.isText(for: "lowercase") else { return kind }
        try CaseMapping.lowercase(bytes, into: &output)
        return .string
    }
}
