import FerryCore

/// `uppercase`: Unicode's full mapping to upper case, without regard to language.
///
/// `"straße"` becomes `"STRASSE"`.
struct Uppercase: Transform {
    let isOneWay = true

    init(_ options: TransformOptions) throws(TransformReferenceError) {
        try options.allow([])
    }

    func apply(
        _ kind: ValueKind,
        _ bytes: Span<UInt8>,
        into output: inout [UInt8]
    ) throws(TransformError) -> ValueKind {
        guard try kind.isText(for: "uppercase") else { return kind }
        try CaseMapping.uppercase(bytes, into: &output)
        return .string
    }
}
