import FerryCore

/// `slugify`: text for a URL.
///
/// `"Crème brûlée"` becomes `"creme-brulee"`, `"你好"` `"ni-hao"`, `"Đà Nẵng"` `"da-nang"`.
///
/// Letters of all scripts become ASCII, accents and apostrophes and emoji go, and any run of other characters becomes
/// one separator. A slug of a slug is the same slug. Text without a letter or digit is an error: rows must not
/// silently share an empty slug.
///
/// Options: `separator` (`"-"`), `max_length` (whole words only, unless the first alone is longer), `lowercase`
/// (`true`), `unicode` (`false`; `true` keeps the letters and digits of all scripts, in NFC).
struct Slugify: Transform {
    let isOneWay = true
    private let options: SlugOptions

    init(_ options: TransformOptions) throws(TransformReferenceError) {
        self.options = try SlugOptions(options)
    }

    func apply(
        _ kind: ValueKind,
        _ bytes: Span<UInt8>,
        into output: inout [UInt8]
    ) throws(TransformError) -> ValueKind {
        guard try kind.isText(for: "slugify") else { return kind }
        guard !bytes.isEmpty else { throw TransformError("the text is empty, so there is no slug to make of it") }
        let start = output.count
        if options.keepsUnicode {
            try UnicodeSlug.append(bytes, options, to: &output)
        } else {
            ASCIISlug.append(bytes, options, to: &output)
        }
        guard output.count > start else {
            throw TransformError("the text has no letter or digit to make a slug of")
        }
        options.shorten(&output, from: start)
        return .string
    }
}
