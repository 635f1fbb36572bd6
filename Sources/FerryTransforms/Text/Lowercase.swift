import FerryCore

/// `lowercase`: Unicode's full mapping to lower case.
///
/// `"ΟΔΟΣ"` becomes `"οδος"`, with the sigma that ends a word. `locale: tr` or `az` makes `"ILIK İKİ"` `"ılık iki"`;
/// `locale: lt` keeps the dot of an accented i. Without it no language is favoured.
struct Lowercase: Transform {
    let isOneWay = true
    private let locale: CaseLocale?

    init(_ options: TransformOptions) throws(TransformReferenceError) {
        let options = options.named("locale")
        try options.allow(["locale"])
        locale = try CaseLocale.option(of: options)
    }

    func apply(
        _ kind: ValueKind,
        _ bytes: Span<UInt8>,
        into output: inout [UInt8]
    ) throws(TransformError) -> ValueKind {
        guard try kind.isText(for: "lowercase") else { return kind }
        try CaseMapping.lowercase(bytes, locale, into: &output)
        return .string
    }
}
