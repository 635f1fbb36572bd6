import FerryCore

/// What `slugify` can be told.
struct SlugOptions: Sendable {
    /// What stands between words: `-`, `_`, `.` and `~` only, so that a slug of a slug is the same slug.
    var separator: [UInt8] = [UInt8(ascii: "-")]
    /// The most characters, if there is a limit.
    var maximumLength: Int?
    /// Whether letters become small.
    var isLowercased = true
    /// Whether letters of all scripts stay as they are.
    var keepsUnicode = false

    init() {}

    init(_ options: TransformOptions) throws(TransformReferenceError) {
        try options.allow(["separator", "max_length", "lowercase", "unicode"])
        let text = try options.text(
            "separator",
            default: "-",
            "at most 8 of the characters '-', '_', '.' and '~'",
            isValid: { $0.utf8.count <= 8 && $0.utf8.allSatisfy("-_.~".utf8.contains) }
        )
        separator = Array(text.utf8)
        maximumLength = try options.count("max_length")
        isLowercased = try options.flag("lowercase", default: true)
        keepsUnicode = try options.flag("unicode", default: false)
    }

    /// Shortens the slug that begins at `start` to the limit.
    ///
    /// Only whole words go, unless the first one alone is too long.
    func shorten(_ output: inout [UInt8], from start: Int) {
        guard let maximumLength, output.count - start > maximumLength else { return }
        var limit = start
        var characters = 0
        while limit < output.count {
            if output[limit] & 0xC0 != 0x80 {
                if characters == maximumLength { break }
                characters += 1
            }
            limit += 1
        }
        guard limit < output.count else { return }
        var cut = limit
        while cut > start, !output[cut...].starts(with: separator) || separator.isEmpty { cut -= 1 }
        output.removeLast(output.count - (cut > start ? cut : limit))
    }
}
