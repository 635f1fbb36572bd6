import CMD4C

/// Finds the tables that begin in the middle of a paragraph, which md4c 0.4.8 takes for its text.
///
/// > [GFM §4.10] The table is broken at the first empty line, or beginning of another block-level structure
///
/// and GitHub's parser lets a header row with its delimiter row end the paragraph before it. Whether two lines that look
/// like such rows are in a paragraph, and not in code or in a table already, is asked of md4c itself.
struct TableInterruptions {
    /// Where the header row and the delimiter row begin, behind indentation and marks of quotes.
    struct Candidate {
        let header: Int
        let delimiters: Int
    }

    private let candidates: [Candidate]
    /// Where the delimiter rows begin in the copy.
    private let rows: [Int]
    private let copy: UnsafeRawBufferPointer
    private var next = 0
    private var listDepth = 0
    private var isInParagraph = true
    /// Where the first text of the paragraph is in the copy.
    private var paragraphStart: Int?
    private var found: [(candidate: Candidate, paragraphStart: Int, isInList: Bool)] = []

    private init(_ candidates: [Candidate], _ source: MarkdownSource, _ copy: UnsafeRawBufferPointer) {
        self.candidates = candidates
        self.copy = copy
        rows = candidates.map { source.edited($0.delimiters) }
    }

    /// The edits that end the paragraphs, in their order.
    static func edits(
        _ candidates: [Candidate],
        in original: UnsafeRawBufferPointer,
        _ source: MarkdownSource
    ) -> [MarkdownSource.Edit] {
        let found = source.bytes.withUnsafeBytes { copy in
            var finder = TableInterruptions(candidates, source, copy)
            finder.read(source.count)
            return finder.found
        }
        var positions = source
        return found.compactMap { candidate, start, isInList in
            let start = positions.original(of: start..<start + 1).lowerBound
            let paragraph = Lead(of: start, in: original)
            guard start < candidate.header,
                Lead(of: candidate.header, in: original).continues(paragraph, isInList: isInList),
                Lead(of: candidate.delimiters, in: original).continues(paragraph, isInList: isInList)
            else { return nil }
            return MarkdownSource.Edit(position: candidate.header, spelling: .interruption)
        }
    }

    // MARK: Reading

    private mutating func read(_ count: Int) {
        guard let size = MD_SIZE(exactly: count) else { return }
        var parser = MD_PARSER()
        parser.flags = ferry_md_github
        parser.enter_block = { type, _, state in Self.with(state) { $0.enter(type) } }
        parser.leave_block = { type, _, state in Self.with(state) { $0.leave(type) } }
        parser.enter_span = { _, _, _ in 0 }
        parser.leave_span = { _, _, _ in 0 }
        parser.text = { _, text, size, state in Self.with(state) { $0.text(text, Int(size)) } }
        let text = copy.baseAddress?.assumingMemoryBound(to: MD_CHAR.self)
        // A failure is found again by the run that counts.
        _ = withUnsafeMutablePointer(to: &self) { md_parse(text, size, &parser, $0) }
    }

    private static func with(_ state: UnsafeMutableRawPointer?, _ body: (inout Self) -> Void) -> Int32 {
        guard let state else { return -1 }
        body(&state.assumingMemoryBound(to: Self.self).pointee)
        return 0
    }

    private mutating func enter(_ type: MD_BLOCKTYPE) {
        if type == MD_BLOCK_LI { listDepth += 1 }
        // Text right in an item is a paragraph too, and an underlined heading may have begun as one.
        isInParagraph = type != MD_BLOCK_CODE && type != MD_BLOCK_HTML && !Self.isTablePart(type)
        paragraphStart = nil
    }

    private mutating func leave(_ type: MD_BLOCKTYPE) {
        if type == MD_BLOCK_LI { listDepth -= 1 }
        isInParagraph = type == MD_BLOCK_TABLE || !Self.isTablePart(type)
        paragraphStart = nil
    }

    private static func isTablePart(_ type: MD_BLOCKTYPE) -> Bool {
        switch type {
        case MD_BLOCK_TABLE, MD_BLOCK_THEAD, MD_BLOCK_TBODY, MD_BLOCK_TR, MD_BLOCK_TH, MD_BLOCK_TD: true
        default: false
        }
    }

    private mutating func text(_ text: UnsafePointer<MD_CHAR>?, _ size: Int) {
        guard let text = UnsafeRawPointer(text), let base = copy.baseAddress, text >= base, text < base + copy.count
        else { return }
        let start = text - base
        let paragraphStart = self.paragraphStart ?? start
        self.paragraphStart = paragraphStart
        while next < rows.count, rows[next] < start + size {
            if isInParagraph, rows[next] >= start {
                found.append((candidates[next], paragraphStart, listDepth > 0))
                // What follows are rows of that table.
                isInParagraph = false
            }
            next += 1
        }
    }

    // MARK: Lines

    /// What stands before the content of a line.
    private struct Lead {
        var quotes = 0
        var column = 0
        /// How far the content is indented behind the last mark of a quote.
        var indentation = 0
        var hasItem = false

        init(of content: Int, in text: UnsafeRawBufferPointer) {
            let line = text.lineStart(of: content)
            // Text may begin behind a mark of its own, as in `**a**`.
            for index in line..<text.blockContentStart(line..<content) {
                let width = text[index] == UInt8(ascii: "\t") ? 4 - column % 4 : 1
                column += width
                if text[index] == UInt8(ascii: ">") {
                    quotes += 1
                    indentation = -1
                } else if text[index].isSpace {
                    indentation += width
                } else {
                    hasItem = true
                }
            }
        }

        /// Whether the line is surely in the containers of the paragraph that begins with the line `first`: a lazy
        /// continuation is no row.
        func continues(_ first: Lead, isInList: Bool) -> Bool {
            guard quotes == first.quotes else { return false }
            guard isInList else { return indentation < 4 }
            return column >= first.column && column <= first.column + (first.hasItem ? 3 : 0)
        }
    }
}
