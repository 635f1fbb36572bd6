/// A Markdown text as md4c is given it, with what was changed for it and the way back.
///
/// md4c 0.4.8 follows CommonMark 0.29. Where a text has one of the few constructs that later editions read differently,
/// the parser is given an edited copy in which another spelling has the effect that the newer edition asks for
/// (``MarkdownCorrections`` finds the places). Nothing of the other spelling is ever shown: text that md4c hands out
/// points into the copy, so its place in the original is known; addresses and titles, which it hands out as copies, are
/// restored by the markers that every edit carries, characters that do not occur in the original.
struct MarkdownSource {
    /// One place where the copy differs.
    struct Edit: Comparable {
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
            /// Punctuation marks for those that would be emphasis in an address.
            case addressAsterisk
            case addressUnderscore
            case addressTilde
            /// A line `<!A…>`, of which nothing is shown, that ends the paragraph before a table.
            case interruption
            /// Hyphens that widen a column of a table's delimiter row to three.
            case column
            case wideColumn
            /// Something that nobody sees, which moves what follows.
            case space
            case emptyLine

            /// Whether it begins a line.
            fileprivate var isLine: Bool { self == .interruption || self == .emptyLine }
        }

        let position: Int
        let spelling: Spelling

        /// By position; what begins a line comes first.
        static func < (left: Edit, right: Edit) -> Bool {
            guard left.position == right.position else { return left.position < right.position }
            return left.spelling.isLine && !right.spelling.isLine
        }
    }

    private struct Place {
        let edited: Range<Int>
        let original: Range<Int>
    }

    /// md4c 0.4.8 looks a few bytes past the end of some texts: there it finds a line end, and nothing after it.
    static let padding: [UInt8] = [UInt8(ascii: "\n"), 0, 0, 0, 0, 0, 0, 0]
    /// The copy, and after it ``padding``.
    private(set) var bytes: [UInt8] = []
    var count: Int { bytes.count - Self.padding.count }
    var isEdited: Bool { !places.isEmpty }
    private var places: [Place] = []
    /// The place after the one that was last passed: md4c hands text out from the start to the end.
    private var next = 0
    private let markers: [[UInt8]]

    /// The copy of `original` with the edits, in the order of their positions; without any when all markers occur in it.
    init(_ original: UnsafeRawBufferPointer, _ wanted: [Edit] = []) {
        markers = wanted.isEmpty ? [] : Self.unusedMarkers(in: original)
        let edits = markers.isEmpty ? [] : wanted
        bytes.reserveCapacity(original.count + edits.count * 16 + Self.padding.count)
        places.reserveCapacity(edits.count)
        var position = 0
        for edit in edits where edit.position >= position {
            bytes.append(contentsOf: original[position..<edit.position])
            let start = bytes.count
            bytes.append(contentsOf: spelled(edit.spelling))
            if edit.spelling == .interruption {
                bytes.append(UInt8(ascii: "\n"))
                bytes.append(contentsOf: original[original.lineStart(of: edit.position)..<edit.position])
            }
            position = edit.position + Self.removed(edit.spelling)
            places.append(Place(edited: start..<bytes.count, original: edit.position..<position))
        }
        bytes.append(contentsOf: original[position...])
        bytes.append(contentsOf: Self.padding)
    }

    /// The part of the original that the part `range` of the copy stands for; empty where it stands for nothing.
    mutating func original(of range: Range<Int>) -> Range<Int> {
        while next > 0, places[next - 1].edited.lowerBound >= range.lowerBound { next -= 1 }
        while next < places.count, places[next].edited.lowerBound < range.lowerBound { next += 1 }
        let start = position(of: range.lowerBound)
        while next < places.count, places[next].edited.lowerBound < range.upperBound { next += 1 }
        return start..<max(start, position(of: range.upperBound))
    }

    /// The original position of one in the copy, which is behind the place before `next`.
    private func position(of edited: Int) -> Int {
        guard next > 0 else { return edited }
        let place = places[next - 1]
        return place.original.upperBound + max(0, edited - place.edited.upperBound)
    }

    /// Where the original's character at `position` is in the copy.
    func edited(_ position: Int) -> Int {
        var low = 0
        var high = places.count
        while low < high {
            let middle = (low + high) / 2
            if places[middle].original.lowerBound <= position { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return position }
        let place = places[low - 1]
        return place.edited.upperBound + max(0, position - place.original.upperBound)
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
        case .boundary, .interruption, .column, .wideColumn, .space, .emptyLine: 0
        case .hyphen, .addressAsterisk, .addressUnderscore, .addressTilde: 1
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
        case .space: return Array(" ".utf8)
        case .emptyLine: return Array("\n".utf8)
        case .boundary, .hyphen, .addressAsterisk, .addressUnderscore, .addressTilde:
            return markers[spelling.rawValue]
        case .textAreaStart, .otherTag: return Array("<".utf8) + Self.inner(spelling, markers[spelling.rawValue]).edited
        case .emptyComment, .shortComment, .textAreaEnd, .interruption:
            return Array("<".utf8) + Self.inner(spelling, markers[spelling.rawValue]).edited + Array(">".utf8)
        }
    }

    /// What stands between the angle brackets, in the copy and in the original.
    private static func inner(
        _ spelling: Edit.Spelling,
        _ marker: [UInt8]
    ) -> (edited: [UInt8], original: [UInt8]) {
        switch spelling {
        case .boundary, .column, .wideColumn, .space, .emptyLine: (marker, [])
        case .interruption: (Array("!A".utf8) + marker, [])
        case .hyphen: (marker, Array("-".utf8))
        case .addressAsterisk: (marker, Array("*".utf8))
        case .addressUnderscore: (marker, Array("_".utf8))
        case .addressTilde: (marker, Array("~".utf8))
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

    /// The first eleven of the punctuation marks U+2E00 to U+2E2E that do not occur in the text; none where fewer are left.
    private static func unusedMarkers(in text: UnsafeRawBufferPointer) -> [[UInt8]] {
        var used: UInt64 = 0
        var index = 0
        while index + 2 < text.count {
            if text[index] == 0xE2, text[index + 1] == 0xB8 { used |= 1 << UInt64(text[index + 2] & 0x3F) }
            index += 1
        }
        let free = (UInt8(0)..<0x2F).filter { used & 1 << UInt64($0) == 0 }.prefix(11)
        return free.count == 11 ? free.map { [0xE2, 0xB8, 0x80 | $0] } : []
    }
}
