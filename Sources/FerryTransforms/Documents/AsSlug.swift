import FerryCore
import FerryJSON

/// `as_slug`: a text as the object in which document stores keep a slug.
///
/// `"hello-world"` becomes `{"_type":"slug","current":"hello-world"}`. It makes no slug of other text: `slugify` does,
/// before it. Null stays null.
struct AsSlug: Transform {
    let isOneWay = true

    init(_ options: TransformOptions) throws(TransformReferenceError) {
        try options.allow([])
    }

    func apply(
        _ kind: ValueKind,
        _ bytes: Span<UInt8>,
        into output: inout [UInt8]
    ) throws(TransformError) -> ValueKind {
        guard try kind.isText(for: "as_slug") else { return kind }
        guard bytes.withUnsafeBytes({ JSONText.isValidUTF8($0) }) else { throw .notUTF8 }
        output.append(contentsOf: #"{"_type":"slug","current":"#.utf8)
        bytes.withUnsafeBytes { JSONText.appendString($0, into: &output) }
        output.append(UInt8(ascii: "}"))
        return .json
    }
}
