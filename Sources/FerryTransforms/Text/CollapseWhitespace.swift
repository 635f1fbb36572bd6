import FerryCore

/// `collapse_whitespace`: makes one space of every run of white space, and none at the ends.
///
/// `" a \n\t b "` becomes `"a b"`.
struct CollapseWhitespace: Transform {
    let isOneWay = true

    init(_ options: TransformOptions) throws(TransformReferenceError) {
        try options.allow([])
    }

    func apply(
        _ kind: ValueKind,
        _ bytes: Span<UInt8>,
        into output: inout [UInt8]
    ) throws(TransformError) -> ValueKind {
        guard try kind.isText(for: "collapse_whitespace") else { return kind }
        let start = output.count
        var isSpaced = false
        var index = 0
        while index < bytes.count {
            let length = Whitespace.length(in: bytes, at: index)
            if length > 0 {
                isSpaced = true
                index += length
                continue
            }
            if isSpaced, output.count > start { output.append(UInt8(ascii: " ")) }
            isSpaced = false
            output.append(bytes[index])
            index += 1
        }
        return .string
    }
}
