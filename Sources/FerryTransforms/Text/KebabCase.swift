import FerryCore

/// `kebab_case`: the words in lower case with `-` between them.
///
/// `"HTTPServer2Go"` becomes `"http-server2-go"`, `"Déjà Vu"` `"déjà-vu"`, `"user_id"` `"user-id"`. Other letters than
/// ASCII stay: `slugify` makes addresses. ``Words`` has the rules.
struct KebabCase: Transform {
    let isOneWay = true

    init(_ options: TransformOptions) throws(TransformReferenceError) {
        try options.allow([])
    }

    func apply(
        _ kind: ValueKind,
        _ bytes: Span<UInt8>,
        into output: inout [UInt8]
    ) throws(TransformError) -> ValueKind {
        guard try kind.isText(for: "kebab_case") else { return kind }
        try WordJoining.append(bytes, separator: UInt8(ascii: "-"), to: &output)
        return .string
    }
}
