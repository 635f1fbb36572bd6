import FerryCore

/// `title_case`: every word with a capital, the rest in lower case (The Unicode Standard, §3.13, toTitlecase).
///
/// | Text | Becomes | |
/// |---|---|---|
/// | `the LORD of the rings` | `The Lord Of The Rings` | |
/// | `don't panic (yet)` | `Don't Panic (Yet)` | punctuation stays |
/// | `x-ray, jean-luc` | `X-Ray, Jean-Luc` | |
/// | `user_id`, `user-id`, `userId` | `User Id` | a name as programs have them is split (``Words``) |
/// | `HTTPServer2Go` | `Http Server2 Go` | |
///
/// Such a name consists of letters, digits, `_` and `-` only. Options: `locale` (`tr`, `az`, `lt`).
struct TitleCase: Transform {
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
        guard try kind.isText(for: "title_case") else { return kind }
        if Phrase.isIdentifier(bytes) {
            let start = output.count
            try Words.forEach(in: bytes) { word throws(TransformError) in
                if output.count > start { output.append(UInt8(ascii: " ")) }
                try CaseMapping.titlecase(bytes.extracting(word.range), locale, into: &output)
            }
            // Without a letter or digit it is no name: `--` stays as it is.
            if output.count == start { output.append(bytes) }
        } else {
            var written = 0
            try Phrase.forEachWord(in: bytes) { word throws(TransformError) in
                output.append(bytes.extracting(written..<word.lowerBound))
                try CaseMapping.titlecase(bytes.extracting(word), locale, into: &output)
                written = word.upperBound
                return true
            }
            output.append(bytes.extracting(written..<bytes.count))
        }
        return .string
    }
}
