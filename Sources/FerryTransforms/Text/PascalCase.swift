import FerryCore

/// `pascal_case`: the words in one, with a capital where each begins.
///
/// `"HTTPServer2Go"` becomes `"HttpServer2Go"`, `"déjà vu"` `"DéjàVu"`, `"user_id"` `"UserId"`. ``Words`` has the rules.
struct PascalCase: Transform {
    let isOneWay = true

    init(_ options: TransformOptions) throws(TransformReferenceError) {
        try options.allow([])
    }

    func apply(
        _ kind: ValueKind,
        _ bytes: Span<UInt8>,
        into output: inout [UInt8]
    ) throws(TransformError) -> ValueKind {
        guard try kind.isText(for: "pascal_case") else { return kind }
        try WordJoining.append(bytes, capitalizesFirst: true, to: &output)
        return .string
    }
}
