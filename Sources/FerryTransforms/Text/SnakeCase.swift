import FerryCore

/// `snake_case`: the words in lower case with `_` between them.
///
/// `"HTTPServer2Go"` becomes `"http_server2_go"`, `"Déjà Vu"` `"déjà_vu"`, `"user-id"` `"user_id"`. ``Words`` has the
/// rules.
struct SnakeCase: Transform {
    let isOneWay = true

    init(_ options: TransformOptions) throws(TransformReferenceError) {
        try options.allow([])
    }

    func apply(
        _ kind: ValueKind,
        _ bytes: Span<UInt8>,
        into output: inout [UInt8]
    ) throws(TransformError) -> ValueKind {
        guard try kind.isText(for: "snake_case") else { return kind }
        try WordJoining.append(bytes, separator: UInt8(ascii: "_"), to: &output)
        return .string
    }
}
