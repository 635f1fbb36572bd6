/// Finds where md4c 0.4.8 would end a list because of the place where a line stands.
///
/// > [§5.2] A list item can begin with at most one blank line.
///
/// After an empty line it therefore asks whether the last thing that it stored is the beginning of an item. When that is
/// a line of a heading, a code block or the paragraph before, it takes the last byte of the line's place for the answer:
/// one in 256 is read as an item's beginning, and the list ends there. Spaces behind an earlier heading or fence, or
/// empty lines at the text's beginning, move the lines from such places; neither is ever seen.
struct ListEnds {
    /// `MD_BLOCK_LI`, for which a place is taken.
    private static let itemType = 4

    private let text: UnsafeRawBufferPointer
    private var edits: [MarkdownSource.Edit] = []
    /// Where the text can be moved from on: behind a heading or fence; 0 at the beginning.
    private var slot = 0
    /// Where that will be behind the last line.
    private var nextSlot: Int?
    /// How far it has been moved, there and before.
    private var shift = 0
    private var slotShift = 0
    /// How much more it must not be moved at the slot, for the lines behind.
    private var forbidden = [Bool](repeating: false, count: 256)
    private var isForbidding = false
    private var last = 0..<0
    private var beforeLast = 0..<0
    private var emptyLines = 0

    /// The edits that the text needs beside those that a copy of it has.
    static func edits(to source: MarkdownSource) -> [MarkdownSource.Edit] {
        let edits = source.bytes.withUnsafeBytes { copy in
            var finder = ListEnds(text: UnsafeRawBufferPointer(rebasing: copy[..<source.count]))
            finder.find()
            return finder.edits
        }
        var positions = source
        return edits.map { edit in
            let position = positions.original(of: edit.position..<edit.position).lowerBound
            return MarkdownSource.Edit(position: position, spelling: edit.spelling)
        }
    }

    private init(text: UnsafeRawBufferPointer) {
        self.text = text
    }

    private mutating func find() {
        let hasReturns = text.first("\r", from: 0) != nil
        var start = 0
        while start < text.count {
            let end = hasReturns ? text.lineEnd(from: start) : text.first("\n", from: start) ?? text.count
            read(start..<end)
            start = text.nextLine(after: end)
        }
        endSlot()
    }

    private mutating func read(_ line: Range<Int>) {
        guard !line.isEmpty else {
            emptyLines += 1
            return
        }
        let first = text[line.lowerBound]
        let isIndented = first == UInt8(ascii: ">") || first.isSpace
        let isEmpty = isIndented && text.contentStart(line) == line.upperBound
        // What is not indented goes on with no item. Marks of quotes alone are no empty line where the quote begins.
        if emptyLines > 0, isIndented, !isEmpty || line.contains(where: { !text[$0].isSpace }) { avoidItem() }
        guard !isEmpty else {
            emptyLines += 1
            return
        }
        emptyLines = 0
        beforeLast = last
        last = line
        if let next = nextSlot {
            endSlot()
            slot = next
        }
        nextSlot = !first.isLetter && isHeadingOrFence(line) ? line.upperBound : nil
    }

    // MARK: Places

    /// Keeps the last block from being taken for an item.
    private mutating func avoidItem() {
        var stops = stops(of: last)
        let content = stops[stops.count - 1]
        // A line of nothing but marks may be a rule.
        let endsBlock = content == last.upperBound || "#`~-_*=".utf8.contains(text[content])
        // The empty line itself ends a paragraph, and only then could the next be taken for an item's second.
        guard endsBlock || emptyLines > 1 else { return }
        stops += ends(of: last)
        // Behind a fence or an underline, the line before it was stored last.
        if endsBlock { stops += self.stops(of: beforeLast) + ends(of: beforeLast) }
        for place in stops { forbid(place) }
    }

    /// Where the content of the line may begin: behind each mark of a quote, an item, a box or a heading.
    private func stops(of line: Range<Int>) -> [Int] {
        var stops: [Int] = []
        var index = line.lowerBound
        while true {
            while index < line.upperBound, text[index].isSpace { index += 1 }
            stops.append(index)
            guard index < line.upperBound else { return stops }
            let start = index
            if text[index] == UInt8(ascii: ">") {
                index += 1
            } else if text.isItemMark(at: index) {
                while !text[index].isSpace { index += 1 }
            } else if text.hasTag("[ ]", at: index) || text.hasTag("[x]", at: index) {
                index += 3
            } else if text.isHeading(at: index) {
                while index < line.upperBound, text[index] == UInt8(ascii: "#") { index += 1 }
                var content = index
                while content < line.upperBound, text[content].isSpace { content += 1 }
                return stops + [index, content, start]
            }
            // Rows of marks are long only where they are meant to be.
            guard index > start, stops.count < 64 else { return stops }
        }
    }

    /// Where the line may end: before its trailing spaces, or behind them.
    private func ends(of line: Range<Int>) -> [Int] {
        var end = line.upperBound
        while end > line.lowerBound, text[end - 1].isSpace { end -= 1 }
        return [end, line.upperBound]
    }

    private mutating func forbid(_ place: Int) {
        forbidden[(Self.itemType - place - shift) & 0xFF] = true
        isForbidding = true
    }

    private mutating func endSlot() {
        guard isForbidding else { return }
        let move = forbidden.firstIndex(of: false) ?? 0
        let spelling = slot == 0 ? MarkdownSource.Edit.Spelling.emptyLine : .space
        for _ in 0..<move { edits.append(MarkdownSource.Edit(position: slot, spelling: spelling)) }
        shift += move
        for index in forbidden.indices { forbidden[index] = false }
        isForbidding = false
    }

    /// Whether the line is one behind which spaces mean nothing, wherever it stands.
    private func isHeadingOrFence(_ line: Range<Int>) -> Bool {
        var index = line.lowerBound
        var spaces = 0
        while index < line.upperBound {
            switch text[index] {
            case UInt8(ascii: " "): spaces += 1
            case UInt8(ascii: ">"): spaces = 0
            case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "*"):
                guard text.isItemMark(at: index) else { return false }
                spaces = -1
            case UInt8(ascii: "#"): return text.isHeading(at: index)
            case UInt8(ascii: "`"), UInt8(ascii: "~"): return isFence(index..<line.upperBound)
            default: return false
            }
            // What is indented farther may be a paragraph's, where spaces make a line break.
            guard spaces < 4 else { return false }
            index += 1
        }
        return false
    }

    private func isFence(_ content: Range<Int>) -> Bool {
        var end = content.lowerBound
        while end < content.upperBound, text[end] == text[content.lowerBound] { end += 1 }
        return end - content.lowerBound >= 3 && !text[end..<content.upperBound].contains(UInt8(ascii: "`"))
    }
}
