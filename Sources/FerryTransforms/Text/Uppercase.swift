import FerryCore

/// `uppercase`: Unicode's full mapping to upper case.
///
/// `"straße"` becomes `"STRASSE"`, and `"ﬁn"` becomes `"FIN"`. `locale: tr` or `az` makes `"iki"` `"İKİ"`; `locale: lt`
/// takes the dot off an accented i. Without it no language is favoured.
struct Uppercase: Transform {
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
        guard try kind.isText(for: "uppercase") else { return kind }
        try CaseMapping.uppercase(bytes, locale, into: &output)
        return .string
    }
}
