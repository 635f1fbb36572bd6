import FerryCore

/// `truncate`: at most so many characters, where a character is what a reader takes for one.
///
/// `truncate: 5` makes `"Crème brûlée"` `"Crème"`, and `truncate: 1` leaves `"👩‍🚀"` whole: an extended grapheme cluster is
/// never cut. Options:
/// - `length`: the most characters of the result, the ellipsis included.
/// - `ellipsis` (none): what stands at the end of a text that was cut; `{ length: 6, ellipsis: "…" }` makes `"Crème…"`.
/// - `words` (false): cuts between words, unless the first word alone is too long; `{ length: 8, words: true }` makes
///   `"Crème"`.
struct Truncate: Transform {
    let isOneWay = true
    /// The most characters.
    private let length: Int
    private let ellipsis: [UInt8]
    /// How many characters are left for the text where an ellipsis follows.
    private let room: Int
    private let keepsWords: Bool

    init(_ options: TransformOptions) throws(TransformReferenceError) {
        let options = options.named("length")
        try options.allow(["length", "ellipsis", "words"])
        guard let length = try options.count("length") else {
            throw options.missing("length", "the most characters that are kept")
        }
        let ellipsis = try options.text("ellipsis", default: "", "a string of at most 'length' characters") {
            $0.count <= length
        }
        self.length = length
        self.ellipsis = Array(ellipsis.utf8)
        room = length - ellipsis.count
        keepsWords = try options.flag("words", default: false)
    }

    func apply(
        _ kind: ValueKind,
        _ bytes: Span<UInt8>,
        into output: inout [UInt8]
    ) throws(TransformError) -> ValueKind {
        guard try kind.isText(for: "truncate") else { return kind }
        // No character takes less than a byte.
        guard bytes.count > length else {
            output.append(bytes)
            return .string
        }
        let text: UTF8Span
        do { text = try UTF8Span(validating: bytes) } catch { throw .notUTF8 }
        var characters = text.makeCharacterIterator()
        var end = 0
        for count in 1...length {
            guard characters.skipForward() == 1 else { break }
            if count == room { end = characters.currentCodeUnitOffset }
        }
        if characters.currentCodeUnitOffset == bytes.count {
            output.append(bytes)
        } else {
            output.append(bytes.extracting(0..<(keepsWords ? wordEnd(in: bytes, before: end) : end)))
            output.append(contentsOf: ellipsis)
        }
        return .string
    }

    /// Where the last whole word before `end` ends; `end` itself if it is within the first word.
    private func wordEnd(in bytes: Span<UInt8>, before end: Int) -> Int {
        var cut = end
        if Whitespace.length(in: bytes, at: end) == 0 {
            while cut > 0, Whitespace.length(in: bytes, before: cut) == 0 { cut -= 1 }
        }
        while cut > 0 {
            let length = Whitespace.length(in: bytes, before: cut)
            if length == 0 { break }
            cut -= length
        }
        return cut > 0 ? cut : end
    }
}
