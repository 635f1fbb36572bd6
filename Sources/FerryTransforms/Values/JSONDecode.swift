import FerryCore
import FerryJSON

/// `json_decode`: the value whose JSON text (RFC 8259) a string is.
///
/// The string `"[1, 2]"` becomes an array, `"12.50"` the number `12.50`, `"\"Mug\""` the string `"Mug"` and `"null"` null.
/// Text that is not JSON to the letter is refused, and so is what is nested more than 512 levels deep.
struct JSONDecode: Transform {
    let isOneWay = true

    init(_ options: TransformOptions) throws(TransformReferenceError) {
        try options.allow([])
    }

    func apply(
        _ kind: ValueKind,
        _ bytes: Span<UInt8>,
        into output: inout [UInt8]
    ) throws(TransformError) -> ValueKind {
        guard try kind.isText(for: "json_decode") else { return kind }
        guard bytes.withUnsafeBytes({ JSONText.isValid($0) }) else {
            throw TransformError("'json_decode' expects JSON: \(problem(of: bytes))")
        }
        return try JSONElements.append(bytes.extracting(JSONElements.trimmed(bytes)), to: &output)
    }

    private func problem(of bytes: Span<UInt8>) -> String {
        do throws(JSONFailure) {
            _ = try JSONValue(parsing: bytes.withUnsafeBufferPointer { Array($0) })
            // The parser forgives what the strict check does not.
            return "the text begins with a byte order mark"
        } catch {
            return error.message
        }
    }
}
