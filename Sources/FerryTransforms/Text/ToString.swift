import FerryCore

/// `to_string`: the value as text.
///
/// A number becomes its literal, digit for digit, a boolean `true` or `false`, an object or array its JSON text; a
/// string stays as it is.
struct ToString: Transform {
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
        case .missing, .null: return kind
        case .false: output.append("false")
        case .true: output.append("true")
        case .number, .string, .json: output.append(bytes)
        }
        return .string
    }
}
