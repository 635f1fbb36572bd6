/// Chooses the marks of emphasis and strikethrough, so that they are read as the elements that they stand for.
///
/// Which of `*` and `_` an element takes decides how the marks beside and inside of it are paired, and whether a
/// character beside a mark is a letter or a reference (`&#97;`, which counts as punctuation) decides whether the mark
/// can begin or end something. The choices are made from the start to the end of a group of elements that touch or
/// contain one another; each is tried against the rules of CommonMark (§6.2) and those of md4c 0.4.8
/// (``EmphasisSearch``).
struct EmphasisMarks {
    /// What is chosen for a line's pieces.
    struct Choice {
        /// The mark of each element; an element with none is left out.
        var marks: [EmphasisSearch.Mark]
        /// The characters that are written as references.
        var references: Set<Int> = []
        /// The marks in the text that are written without a backslash.
        var plain: Set<Int> = []
    }

    private let pieces: [MarkdownInline.Piece]
    private let elements: [MarkdownInline.Element]
    private let allowance: WritingAllowance
    private var choice: Choice

    static func choose(
        _ pieces: [MarkdownInline.Piece],
        _ elements: [MarkdownInline.Element],
        _ allowance: WritingAllowance
    ) -> Choice {
        var marks = EmphasisMarks(pieces, elements, allowance)
        if !elements.isEmpty { marks.chooseAll() }
        return marks.choice
    }

    private init(
        _ pieces: [MarkdownInline.Piece],
        _ elements: [MarkdownInline.Element],
        _ allowance: WritingAllowance
    ) {
        self.allowance = allowance
        self.pieces = pieces
        self.elements = elements
        choice = Choice(marks: [EmphasisSearch.Mark](repeating: .none, count: elements.count))
    }

    // MARK: Groups

    /// A group ends where nothing is open and no mark follows.
    ///
    /// The text of a link is read on its own.
    private mutating func chooseAll() {
        var levels: [(group: [Int], depth: Int)] = [([], 0)]
        for index in pieces.indices {
            let last = levels.count - 1
            switch pieces[index] {
            case .open:
                levels[last].group.append(index)
                levels[last].depth += 1
                continue
            case .close:
                levels[last].group.append(index)
                levels[last].depth -= 1
                continue
            default: break
            }
            endGroup(&levels[last])
            if case .linkStart = pieces[index] { levels.append(([], 0)) }
            if case .linkEnd = pieces[index], levels.count > 1 { levels.removeLast() }
        }
        endGroup(&levels[0])
    }

    private mutating func endGroup(_ level: inout (group: [Int], depth: Int)) {
        guard level.depth == 0, !level.group.isEmpty else { return }
        choose(level.group)
        level.group = []
    }

    /// Chooses for a group, with fewer elements where no choice is read as all of them.
    private mutating func choose(_ group: [Int]) {
        if choose(group, keepsLetters: true, &allowance.emphasisSteps) || choose(group, &allowance.emphasisSteps)
            || choose(group, isStrict: false, &allowance.emphasisSteps)
        {
            return
        }
        let outermost = outermost(group)
        for isStrict in [true, false] {
            var steps = 64 * (outermost.count + 1)
            if choose(outermost, isStrict: isStrict, &steps) { return }
        }
    }

    private mutating func choose(
        _ group: [Int],
        isStrict: Bool = true,
        keepsLetters: Bool = false,
        _ steps: inout Int
    ) -> Bool {
        var search = EmphasisSearch(pieces, elements, group, isStrict: isStrict, keepsLetters: keepsLetters)
        guard search.run(&steps) else { return false }
        search.apply(to: &choice)
        return true
    }

    /// The marks of the elements that are inside of no other.
    private func outermost(_ group: [Int]) -> [Int] {
        var depth = 0
        return group.filter { index in
            if case .open = pieces[index] {
                depth += 1
                return depth == 1
            }
            depth -= 1
            return depth == 0
        }
    }
}
