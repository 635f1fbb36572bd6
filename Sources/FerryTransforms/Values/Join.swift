import FerryCore

/// `join`: the elements of an array as one string.
///
/// `["red", 2, true]` becomes `"red,2,true"`; nulls are left out, and the empty array becomes the empty string. Objects and
/// arrays within the array are refused. `join: " / "` and `join: { with: " / " }` are the same. Options:
/// - `with` (`,`): what is put between two elements.
struct Join: Transform {
    let isOneWay = true
    private let separator: [UInt8]

    init(_ options: TransformOptions) throws(TransformReferenceError) {
        let options = options.named("with")
        try options.allow(["with"])
        separator = Array(try options.text("with", default: ",", "a string", isValid: { _ in true }).utf8)
    }

    func apply(
        _ kind: ValueKind,
        _ bytes: Span<UInt8>,
        into output: inout [UInt8]
    ) throws(TransformError) -> ValueKind {
        if kind == .null || kind == .missing { return kind }
        var elements = try JSONElements(kind, bytes, for: "join")
        var isFirst = true
        while let element = elements.next(in: bytes) {
            if bytes[element.lowerBound] == UInt8(ascii: "n") { continue }
            if !isFirst { output.append(contentsOf: separator) }
            isFirst = false
            switch try JSONElements.append(bytes.extracting(element), to: &output) {
            case .true: output.append("true")
            case .false: output.append("false")
            case .json:
                throw TransformError(
                    "'join' expects an array of strings, numbers and booleans, and it holds an object or array"
                )
            case .string, .number, .null, .missing: break
            }
        }
        return .string
    }
}
