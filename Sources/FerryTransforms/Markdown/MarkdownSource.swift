/// A Markdown text as md4c is given it, with what was changed for it and the way back.
///
/// md4c 0.4.8 follows CommonMark 0.29. Where a text has one of the few constructs that later editions read differently,
/// the parser is given an edited copy in which another spelling has the effect that the newer edition asks for
/// (``MarkdownCorrections`` finds the places). Nothing of the other spelling is ever shown: text that md4c hands out
/// points into the copy, so its place in the original is known; addresses and titles, which it hands out as copies, are
/// restored by the markers that every edit carries, characters that do not occur in the original.
struct MarkdownSource {
    /// One place where the copy differs.
    struct Edit {
        /// What stands in the copy instead.
        enum Spelling: Int {
            /// A punctuation mark beside an emphasis mark, where the original has nothing.
            case boundary
            /// A punctuation mark for a hyphen in a comment.
            case hyphen
            /// `<?…?>` for the comments `<!-->` and `<!--->`.
            case emptyComment
            case shortComment
            /// `<pre m=…` for `<textarea`: a block of the same kind.
            case textAreaStart
            /// `<x m="…</pre>">` for `</textarea>`: a tag that ends such a block.
            case textAreaEnd
            /// `<x m=… preview` for `<preview`, which md4c takes for `<pre`.
            case otherTag
            /// Hyphens that widen a column of a table's delimiter row to three.
            case column
            case wideColumn
        }

        let position: Int
        let spelling: Spelling
    }

    private struct Place {
        let edited: Range<Int>
        let original: Range<Int>
    }

    private(set) var bytes: [UInt8] = []
    private var places: [Place] = []
    /// The place after the one that was last passed: md4c hands text out from the start to the end.
    private var next = 0
    private let markers: [[UInt8]]

    /// The copy of `original` with the edits, in the order of their positions; `nil` when all markers occur in it.
    init?(_ original: UnsafeRawBufferPointer, _ edits: [Edit]) {
        guard let markers = Self.unusedMarkers(in: original) else { return nil }
        self.markers = markers
        bytes.reserveCapacity(original.count + edits.count * 16)
        places.reserveCapacity(edits.count)
        var position = 0
        for edit in edits where edit.position >= position {
            bytes.append(contentsOf: original[position..<edit.position])
            let start = bytes.count
            bytes.append(contentsOf: spelled(edit.spelling))
            position = edit.position + Self.removed(edit.spelling)
            places.append(Place(edited: start..<bytes.count, original: edit.position..<position))
        }
        bytes.append(contentsOf: original[position...])
    }

    /// Calls `body` with the parts of the original that the part `range` of the copy stands for.
    mutating func withOriginal(
        of range: Range<Int>,
        in original: UnsafeRawBufferPointer,
        _ body: (UnsafeRawBufferPointer) -> Void
    ) {
        while next > 0, places[next - 1].edited.lowerBound >= range.lowerBound { next -= 1 }
        while next < places.count, places[next].edited.lowerBound < range.lowerBound { next += 1 }
        let before = next > 0 ? places[next - 1] : Place(edited: 0..<0, original: 0..<0)
        var start = before.original.upperBound + max(0, range.lowerBound - before.edited.upperBound)
        var end = before.original.upperBound + max(0, range.upperBound - before.edited.upperBound)
        while next < places.count, places[next].edited.lowerBound < range.upperBound {
            let place = places[next]
            if start < place.original.lowerBound {
                body(UnsafeRawBufferPointer(rebasing: original[start..<place.original.lowerBound]))
            }
            if !place.original.isEmpty { body(UnsafeRawBufferPointer(rebasing: original[place.original])) }
            start = place.original.upperBound
            end = start + max(0, range.upperBound - place.edited.upperBound)
            next += 1
        }
        if start < end { body(UnsafeRawBufferPointer(rebasing: original[start..<end])) }
    }

    /// Turns an address or a title of the copy back.
    func restore(_ text: inout [UInt8]) {
        guard text.contains(0xE2) else { return }
        for marker in markers.indices {
            guard let spelling = Edit.Spelling(rawValue: marker) else { continue }
            let (edited, original) = Self.inner(spelling, markers[marker])
            text = Self.replacing(edited, with: original, in: text)
        }
    }

    // MARK: Spellings

    private static func removed(_ spelling: Edit.Spelling) -> Int {
        switch spelling {
        case .boundary, .column, .wideColumn: 0
        case .hyphen: 1
        case .emptyComment: 5
        case .shortComment: 6
        case .textAreaStart: 9
        case .textAreaEnd: 11
        case .otherTag: 1
        }
    }

    private func spelled(_ spelling: Edit.Spelling) -> [UInt8] {
        switch spelling {
        case .column: return Array("-".utf8)
        case .wideColumn: return Array("--".utf8)
        case .boundary, .hyphen: return markers[spelling.rawValue]
        case .textAreaStart, .otherTag: return Array("<".utf8) + Self.inner(spelling, markers[spelling.rawValue]).edited
        case .emptyComment, .shortComment, .textAreaEnd:
            return Array("<".utf8) + Self.inner(spelling, markers[spelling.rawValue]).edited + Array(">".utf8)
        }
    }

    /// What stands between the angle brackets, in the copy and in the original.
    private static func inner(
        _ spelling: Edit.Spelling,
        _ marker: [UInt8]
    ) -> (edited: [UInt8], original: [UInt8]) {
        switch spelling {
        case .boundary, .column, .wideColumn: (marker, [])
        case .hyphen: (marker, Array("-".utf8))
        case .emptyComment: (Array("?".utf8) + marker + Array("?".utf8), Array("!--".utf8))
        case .shortComment: (Array("?".utf8) + marker + Array("?".utf8), Array("!---".utf8))
        case .textAreaStart: (Array("pre m=".utf8) + marker, Array("textarea".utf8))
        case .textAreaEnd: (Array("x m=\"".utf8) + marker + Array("</pre>\"".utf8), Array("/textarea".utf8))
        case .otherTag: (Array("x m=".utf8) + marker + Array(" ".utf8), [])
        }
    }

    private static func replacing(_ pattern: [UInt8], with text: [UInt8], in bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index...].starts(with: pattern) {
                result.append(contentsOf: text)
                index += pattern.count
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return result
    }

    /// The first seven of the punctuation marks U+2E00 to U+2E2E that do not occur in the text.
    private static func unusedMarkers(in text: UnsafeRawBufferPointer) -> [[UInt8]]? {
        var used: UInt64 = 0
        var index = 0
        while index + 2 < text.count {
            if text[index] == 0xE2, text[index + 1] == 0xB8 { used |= 1 << UInt64(text[index + 2] & 0x3F) }
            index += 1
        }
        let free = (UInt8(0)..<0x2F).filter { used & 1 << UInt64($0) == 0 }.prefix(7)
        return free.count == 7 ? free.map { [0xE2, 0xB8, 0x80 | $0] } : nil
    }
}
