import FerryCore

/// `capitalize`: a capital at the start, the rest in lower case.
///
/// `"hELLO World"` becomes `"Hello world"`, `"«élan»"` `"«Élan»"`, `"3 cats"` stays. Options: `locale` (`tr`, `az`, `lt`).
struct Capitalize: Transform {
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
        guard try kind.isText(for: "capitalize") else { return kind }
        var start = 0
        try Phrase.forEachWord(in: bytes) { word in
            start = word.lowerBound
            return false
        }
        output.append(bytes.extracting(0..<start))
        try CaseMapping.titlecase(bytes.extracting(start..<bytes.count), locale, into: &output)
        return .string
    }
}
