import FerryCore
import FerryJSON

/// `json_decode`: the value whose JSON text (RFC 8259) a string is.
///
/// The string `"[1, 2]"` becomes an array, `"12.50"` the number `12.50`, `"\"Mug\""` the string `"Mug"` and `"null"` null.
/// Text that is not JSON to the letter is refused, and so is what is nested more deeply than `ferry.yaml`
/// allows (512 levels unless it says otherwise).
struct JSONDecode: Transform {
    let isOneWay = true
    private let maximumDepth: Int

    init(_ options: TransformOptions) throws(TransformReferenceError) {
        try options.allow([])
        maximumDepth = options.maximumJSONDepth
    }

    func apply(
        _ kind: ValueKind,
        _ bytes: Span<UInt8>,
        into output: inout [UInt8]
    ) throws(TransformError) -> ValueKind {
        guard try kind.isText(for: "json_decode") else { return kind }
        guard bytes.withUnsafeBytes({ JSONText.isValid($0, maximumDepth: maximumDepth) }) else {
            throw TransformError("'json_decode' expects JSON: \(problem(of: bytes))")
        }
        return try JSONElements.append(bytes.extracting(JSONElements.trimmed(bytes)), to: &output)
    }

    private func problem(of bytes: Span<UInt8>) -> String {
        do throws(JSONFailure) {
            _ = try JSONText.opening(of: bytes.withUnsafeBufferPointer { Array($0) }, maximumDepth: maximumDepth)
            // A document may have one, a value has not.
            return "the text begins with a byte order mark"
        } catch {
            return error.message
        }
    }
}
