/// Looks for marks with which a group of elements that touch is read as it is (``EmphasisMarks``).
///
/// The places with marks are gone through from the start to the end. Where no choice is read as what it should be, the
/// search goes back to the last place that it depends on: where the innermost of the elements that are open begins.
struct EmphasisSearch {
    /// What an element begins and ends with.
    struct Mark {
        let character: UInt8
        let count: Int

        static let none = Mark(character: 0, count: 0)
    }

    /// Marks that stand together: those of elements that end, and then those of elements that begin.
    private struct Position {
        var closers: [Int] = []
        var openers: [Int] = []
        /// The pieces before and after.
        var left: Int
        var right: Int
        /// The last position whose marks decide how these are read.
        var dependency = -1
    }

    private struct State {
        /// The last run that waits.
        var opener = -1
        /// The piece after the last marks, and whether it is written as a reference.
        var right = -2
        var isRightReference = false
    }

    /// How the characters beside a position are written.
    private struct Spelling {
        var left: Int?
        var right: Int?
        /// Marks before the position that are part of its first run, and stay text: they cannot be escaped there.
        var surplus = 0..<0
    }

    private struct Frame {
        let state: State
        let option: Int
        let openerCount: Int
        let spelling: Spelling
    }

    private static let asterisk = UInt8(ascii: "*")
    private static let underscore = UInt8(ascii: "_")
    private static let tilde = UInt8(ascii: "~")

    private let pieces: [MarkdownInline.Piece]
    private let elements: [MarkdownInline.Element]
    private let isStrict: Bool
    private let keepsLetters: Bool
    private var positions: [Position] = []
    private var frames: [Frame] = []
    private var openers: [EmphasisOpener] = []
    private var spelling = Spelling()
    /// The marks of the elements from the first one on.
    private var marks: [Mark] = []
    private var first = 0

    /// A search for the marks at `kept`; those of the group that are left out are as if they were not there.
    ///
    /// Without `isStrict` the result need not be read alike by CommonMark's rules, only by md4c's; with
    /// `keepsLetters`, no letter beside a mark is written as a reference.
    init(
        _ pieces: [MarkdownInline.Piece],
        _ elements: [MarkdownInline.Element],
        _ kept: [Int],
        isStrict: Bool,
        keepsLetters: Bool
    ) {
        self.keepsLetters = keepsLetters
        self.pieces = pieces
        self.elements = elements
        self.isStrict = isStrict
        findPositions(kept)
    }

    private mutating func findPositions(_ kept: [Int]) {
        // Where the elements begin that are open.
        var open: [Int] = []
        var last = 0
        first = Int.max
        for index in kept {
            let left = neighbour(index, -1)
            if positions.isEmpty || left >= positions[positions.count - 1].right {
                let isShared = left >= 0 && positions.last?.right == left
                positions.append(Position(left: left, right: neighbour(index, 1)))
                positions[positions.count - 1].dependency = max(open.last ?? -1, isShared ? positions.count - 2 : -1)
            }
            let position = positions.count - 1
            if case .close(let element) = pieces[index] {
                positions[position].closers.append(element)
                _ = open.popLast()
            }
            if case .open(let element) = pieces[index] {
                positions[position].openers.append(element)
                open.append(position)
                first = min(first, element)
                last = max(last, element)
            }
        }
        guard first <= last else { return }
        marks = [Mark](repeating: .none, count: last - first + 1)
    }

    /// The next piece in a direction that is no mark.
    private func neighbour(_ index: Int, _ step: Int) -> Int {
        var index = index + step
        while pieces.indices.contains(index), pieces[index].isMark { index += step }
        return index
    }

    /// Whether there are such marks; takes what it needs of `steps`, and gives up when none is left.
    mutating func run(_ steps: inout Int) -> Bool {
        var state = State()
        var option = 0
        while frames.count < positions.count {
            guard steps > 0 else { return false }
            steps -= 1
            let position = frames.count
            if option < optionCount(positions[position]) {
                let openerCount = openers.count
                if let next = place(position, option, state) {
                    frames.append(
                        Frame(state: state, option: option, openerCount: openerCount, spelling: spelling)
                    )
                    state = next
                    option = 0
                } else {
                    openers.removeLast(openers.count - openerCount)
                    option += 1
                }
            } else {
                let dependency = positions[position].dependency
                guard dependency >= 0 else { return false }
                let frame = frames[dependency]
                frames.removeLast(frames.count - dependency)
                openers.removeLast(openers.count - frame.openerCount)
                state = frame.state
                option = frame.option + 1
            }
        }
        return state.opener < 0
    }

    /// Enters what was found.
    func apply(to choice: inout EmphasisMarks.Choice) {
        for (index, mark) in marks.enumerated() where mark.count > 0 { choice.marks[first + index] = mark }
        for frame in frames {
            if let left = frame.spelling.left { choice.references.insert(left) }
            if let right = frame.spelling.right { choice.references.insert(right) }
            choice.plain.formUnion(frame.spelling.surplus)
        }
    }

    // MARK: Options

    /// Six ways to write the neighbours, and for each the ways to mark the elements that begin.
    private func optionCount(_ position: Position) -> Int {
        6 * patternCount(position)
    }

    private func patternCount(_ position: Position) -> Int {
        let count = position.openers.count
        return count < 3 ? 1 << count : count < 6 ? 4 + (1 << count) : 4
    }

    /// `*` and `_` in turn, beginning with either, then one of them alone, and every other way; of tildes two and then
    /// one.
    private func mark(_ element: MarkdownInline.Element, _ index: Int, _ pattern: Int) -> Mark {
        let flips: UInt64 =
            switch pattern {
            case 0: 0
            case 1: .max
            case 2: 0xAAAA_AAAA_AAAA_AAAA
            case 3: 0x5555_5555_5555_5555
            default: UInt64(pattern - 4)
            }
        let flip = Int(flips >> UInt64(index) & 1)
        let isUnderscore = (index + flip) % 2 == 1
        return switch element {
        case .emphasis: Mark(character: isUnderscore ? Self.underscore : Self.asterisk, count: 1)
        case .strong: Mark(character: isUnderscore ? Self.underscore : Self.asterisk, count: 2)
        case .deletion: Mark(character: Self.tilde, count: 2 - flip)
        }
    }

    /// The state after the position's marks; `nil` when they are not read as what they are.
    private mutating func place(_ index: Int, _ option: Int, _ state: State) -> State? {
        let position = positions[index]
        let pattern = option % patternCount(position)
        let writing = option / patternCount(position)
        guard let left = writing > 3 ? surplus(of: position, state) : leftSide(of: position, writing & 2 != 0, state),
            let right = rightSide(of: position, isReference: writing & 1 != 0)
        else { return nil }
        for (index, element) in position.openers.enumerated() {
            marks[element - first] = mark(elements[element], index, pattern)
        }
        spelling = Spelling(left: left.reference, right: right.reference, surplus: left.surplus)
        var next = state
        guard read(index, left.kind, right.kind, &next) else { return nil }
        next.right = position.right
        next.isRightReference = right.reference != nil
        return next
    }

    private struct Side {
        let kind: MarkdownInline.Piece.Kind
        var reference: Int?
        var surplus = 0..<0
    }

    /// The side when the marks before are text, part of the run, and inside of an element that ends what they wait for.
    private func surplus(of position: Position, _ state: State) -> Side? {
        guard position.closers.isEmpty, waiting(state.opener) >= 0, case .character(let scalar)? = piece(position.left),
            scalar == "*" || scalar == "_"
        else { return nil }
        var start = position.left
        while position.left - start < 8, case .character(scalar)? = piece(start - 1) { start -= 1 }
        // More than a few are nothing that people write, and would be counted again for every choice.
        guard start > state.right, position.left - start < 8 else { return nil }
        let isReference = start - 1 == state.right && state.isRightReference
        return Side(kind: isReference ? .mark : kind(start - 1), surplus: start..<position.left + 1)
    }

    private func leftSide(of position: Position, _ isReference: Bool, _ state: State) -> Side? {
        let kind = self.kind(position.left)
        // White space before an end is none where it is written as a reference.
        let isNeeded = kind == .space && !position.closers.isEmpty
        if position.left == state.right {
            guard !isReference, !isNeeded || state.isRightReference else { return nil }
            return Side(kind: state.isRightReference ? .mark : kind)
        }
        guard isReference else { return isNeeded ? nil : Side(kind: kind) }
        guard isNeeded || kind == .letter && !keepsLetters, isCharacter(position.left) else { return nil }
        return Side(kind: .mark, reference: position.left)
    }

    private func rightSide(of position: Position, isReference: Bool) -> Side? {
        let kind = isHardBreak(position.right) ? .mark : self.kind(position.right)
        let isNeeded = kind == .space && !position.openers.isEmpty
        guard isReference else { return isNeeded ? nil : Side(kind: kind) }
        guard isNeeded || kind != .mark && !keepsLetters, isCharacter(position.right) else { return nil }
        return Side(kind: .mark, reference: position.right)
    }

    private func piece(_ index: Int) -> MarkdownInline.Piece? {
        pieces.indices.contains(index) ? pieces[index] : nil
    }

    private func kind(_ index: Int) -> MarkdownInline.Piece.Kind {
        piece(index)?.kind ?? .space
    }

    private func isCharacter(_ index: Int) -> Bool {
        if case .character? = piece(index) { true } else { false }
    }

    /// Whether the piece begins with a backslash.
    private func isHardBreak(_ index: Int) -> Bool {
        if case .hardBreak? = piece(index) { true } else { false }
    }

    // MARK: Reading

    /// Reads the position's marks as a parser does, run by run.
    private mutating func read(
        _ position: Int,
        _ left: MarkdownInline.Piece.Kind,
        _ right: MarkdownInline.Piece.Kind,
        _ state: inout State
    ) -> Bool {
        var runs: [EmphasisRun] = []
        let closers = positions[position].closers
        let beginning = positions[position].openers
        func mark(_ index: Int) -> Mark {
            marks[(index < closers.count ? closers[index] : beginning[index - closers.count]) - first]
        }
        for index in 0..<closers.count + beginning.count {
            let mark = mark(index)
            if runs.last?.character != mark.character {
                runs.append(EmphasisRun(character: mark.character, closers: index..<index, openers: index..<index))
            }
            let last = runs.count - 1
            runs[last].length += mark.count
            if index < closers.count { runs[last].closers = runs[last].closers.lowerBound..<index + 1 }
            runs[last].openers = runs[last].closers.upperBound..<index + 1
        }
        if !spelling.surplus.isEmpty {
            guard case .character(let scalar)? = piece(spelling.surplus.lowerBound),
                scalar.value == UInt32(runs[0].character)
            else { return false }
            runs[0].surplus = spelling.surplus.count
            runs[0].length += spelling.surplus.count
        }
        for index in runs.indices {
            runs[index].left = index > 0 ? .mark : left
            runs[index].right = index + 1 < runs.count ? .mark : right
            guard read(runs[index], position, &state) else { return false }
        }
        return true
    }

    private mutating func read(_ run: EmphasisRun, _ position: Int, _ state: inout State) -> Bool {
        if run.character == Self.tilde, run.closers.count + run.openers.count != 1 { return false }
        var closers = run.closers
        var remaining = run.length
        while run.canClose(isStrict: isStrict), remaining > 0 {
            let found = opener(of: run, state, isCommonMark: false)
            // Where the two read it differently, neither is relied on.
            if isStrict, opener(of: run, state, isCommonMark: true) != found { return false }
            guard let found else { break }
            guard found == waiting(state.opener), let closer = closers.first else { return false }
            let element = positions[position].closers[closer]
            let opener = openers[found]
            guard innermost(opener) == element,
                marks[element - first].count == pairedLength(run, opener, remaining)
            else { return false }
            closers.removeFirst()
            remaining -= marks[element - first].count
            if opener.waiting.count == 1, opener.surplus == 0 {
                state.opener = opener.outer
            } else {
                var rest = opener
                rest.waiting.removeLast()
                // What is above has no end inside of the element that ends.
                openers.append(rest)
                state.opener = openers.count - 1
            }
        }
        guard closers.isEmpty else { return false }
        guard !run.openers.isEmpty else { return true }
        guard run.canOpen(isStrict: isStrict), !isDeletedTwice(run, state) else { return false }
        let offset = positions[position].closers.count
        openers.append(
            EmphasisOpener(
                mark: run.character,
                length: run.length,
                canClose: run.canClose,
                isIntraword: run.isIntraword,
                position: position,
                waiting: run.openers.lowerBound - offset..<run.openers.upperBound - offset,
                surplus: run.surplus,
                outer: state.opener
            )
        )
        state.opener = openers.count - 1
        return true
    }

    /// > [GFM §6.5] Strikethrough text is any text wrapped in a matching pair of one or two tildes (~).
    ///
    /// Which pair matches where the same waits twice, the two parsers see differently.
    private func isDeletedTwice(_ run: EmphasisRun, _ state: State) -> Bool {
        guard run.character == Self.tilde else { return false }
        var index = state.opener
        while index >= 0 {
            if openers[index].mark == Self.tilde, openers[index].length == run.length { return true }
            index = openers[index].outer
        }
        return false
    }

    /// The last opener at or before that one of which an element waits.
    private func waiting(_ opener: Int) -> Int {
        var index = opener
        while index >= 0, openers[index].waiting.isEmpty { index = openers[index].outer }
        return index
    }

    private func innermost(_ opener: EmphasisOpener) -> Int {
        positions[opener.position].openers[opener.waiting.upperBound - 1]
    }

    /// How many marks of both runs make one element: two where both have them.
    private func pairedLength(_ run: EmphasisRun, _ opener: EmphasisOpener, _ remaining: Int) -> Int {
        if run.character == Self.tilde { return run.length }
        let elements = positions[opener.position].openers
        let waiting = opener.waiting.reduce(opener.surplus) { $0 + marks[elements[$1] - first].count }
        return min(remaining, waiting) >= 2 ? 2 : 1
    }

    /// The opener that the run would end, as the one or the other parser sees it.
    private func opener(of run: EmphasisRun, _ state: State, isCommonMark: Bool) -> Int? {
        var index = state.opener
        while index >= 0 {
            if openers[index].isPair(with: run, isCommonMark: isCommonMark) { return index }
            index = openers[index].outer
        }
        return nil
    }
}
