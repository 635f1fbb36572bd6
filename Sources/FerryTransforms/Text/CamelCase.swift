import FerryCore

/// `camel_case`: the words in one, with a capital where each but the first begins.
///
/// `"HTTPServer2Go"` becomes `"httpServer2Go"`, `"déjà vu"` `"déjàVu"`, `"user_id"` `"userId"`. ``Words`` has the rules.
struct CamelCase: Transform {
    let isOneWay = true

    init(_ options: TransformOptions) throws(TransformReferenceError) {
        try options.allow([])
    }

    func apply(
        _ kind: ValueKind,
        _ bytes: Span<UInt8>,
        into output: inout [UInt8]
    ) throws(TransformError) -> ValueKind {
        guard try kind.isText(for: "camel_case") else { return kind }
        try WordJoining.append(bytes, capitalizesFirst: false, to: &output)
        return .string
    }
}
