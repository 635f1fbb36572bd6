/// Marks of one kind that touch, and what stands beside them (CommonMark §6.2).
struct EmphasisRun {
    let character: UInt8
    var length = 0
    /// How many of them are text.
    var surplus = 0
    /// Which of the position's marks they are.
    var closers: Range<Int>
    var openers: Range<Int>
    var left = MarkdownInline.Piece.Kind.space
    var right = MarkdownInline.Piece.Kind.space

    var isIntraword: Bool { left == .letter && right == .letter }
    /// > A right-flanking delimiter run
    var canClose: Bool { isFlanking(left, right) }
    /// > A left-flanking delimiter run
    var canOpen: Bool { isFlanking(right, left) }

    private func isFlanking(_ inner: MarkdownInline.Piece.Kind, _ outer: MarkdownInline.Piece.Kind) -> Bool {
        inner != .space && inner.rawValue >= outer.rawValue
            && !(isIntraword && character == UInt8(ascii: "_"))
    }

    /// GitHub's parser wants of tildes what it wants of asterisks, md4c only that no white space is inside.
    func canClose(isStrict: Bool) -> Bool {
        canClose || !isStrict && character == UInt8(ascii: "~") && left != .space
    }

    /// Whether it can begin something.
    func canOpen(isStrict: Bool) -> Bool {
        canOpen || !isStrict && character == UInt8(ascii: "~") && right != .space
    }

    init(character: UInt8, closers: Range<Int>, openers: Range<Int>) {
        self.character = character
        self.closers = closers
        self.openers = openers
    }
}

/// A run of marks that waits for its end.
struct EmphasisOpener {
    let mark: UInt8
    let length: Int
    let canClose: Bool
    let isIntraword: Bool
    /// The elements of the position that begin with the run and have not ended, from the outermost to the innermost.
    let position: Int
    var waiting: Range<Int>
    /// How many marks of the run are text.
    let surplus: Int
    /// The run before that waits; -1 where there is none.
    let outer: Int

    /// Whether the run ends it, as the one or the other parser sees it.
    func isPair(with run: EmphasisRun, isCommonMark: Bool) -> Bool {
        guard mark == run.character else { return false }
        if run.character == UInt8(ascii: "~") { return length == run.length }
        // > [§6.2] If one of the delimiters can both open and close emphasis, then the sum of the lengths of the
        // > delimiter runs […] must not be a multiple of 3 unless both lengths are multiples of 3.
        let isBound =
            isCommonMark
            ? run.canOpen || canClose
            : run.character == UInt8(ascii: "*") && (run.isIntraword || isIntraword)
        return !isBound || run.length % 3 == 0 || (run.length + length) % 3 != 0
    }
}
