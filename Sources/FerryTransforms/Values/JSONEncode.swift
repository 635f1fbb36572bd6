import FerryCore
import FerryJSON

/// `json_encode`: the value's JSON text as a string.
///
/// `"a\"b"` becomes `"\"a\\\"b\""`, the array `[1, "x"]` the string `"[1, \"x\"]"`, `2.50` `"2.50"` and `true` `"true"`.
/// Null stays null.
struct JSONEncode: Transform {
    let isOneWay = true

    init(_ options: TransformOptions) throws(TransformReferenceError) {
        try options.allow([])
    }

    func apply(
        _ kind: ValueKind,
        _ bytes: Span<UInt8>,
        into output: inout [UInt8]
    ) throws(TransformError) -> ValueKind {
        switch kind {
        case .null, .missing: return kind
        case .true: output.append("true")
        case .false: output.append("false")
        case .number, .json: output.append(bytes)
        case .string:
            let isText = bytes.withUnsafeBytes { bytes in
                guard JSONText.isValidUTF8(bytes) else { return false }
                JSONText.appendString(bytes, into: &output)
                return true
            }
            guard isText else { throw .notUTF8 }
        }
        return .string
    }
}
