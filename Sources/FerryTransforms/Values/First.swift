import FerryCore

/// `first`: the first element of an array.
///
/// `["a", "b"]` becomes `"a"`, `[{"id": 1}]` the object; an empty array becomes null.
struct First: Transform {
    let isOneWay = true

    init(_ options: TransformOptions) throws(TransformReferenceError) {
        try options.allow([])
    }

    func apply(
        _ kind: ValueKind,
        _ bytes: Span<UInt8>,
        into output: inout [UInt8]
    ) throws(TransformError) -> ValueKind {
        if kind == .null || kind == .missing { return kind }
        var elements = try JSONElements(kind, bytes, for: "first")
        guard let element = elements.next(in: bytes) else { return .null }
        return try JSONElements.append(bytes.extracting(element), to: &output)
    }
}
