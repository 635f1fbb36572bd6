import FerryCore

/// `last`: the last element of an array.
///
/// `["a", "b"]` becomes `"b"`, `[1, {"id": 2}]` the object; an empty array becomes null.
struct Last: Transform {
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
        var elements = try JSONElements(kind, bytes, for: "last")
        var last: Range<Int>?
        while let element = elements.next(in: bytes) { last = element }
        guard let last else { return .null }
        return try JSONElements.append(bytes.extracting(last), to: &output)
    }
}
