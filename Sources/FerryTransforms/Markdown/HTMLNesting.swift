import CMD4C

/// How deep the elements of a document are in one another.
///
/// `html_to_markdown` reads back as many as these and the deepest leaf, code in a cell of a table, can be; and since it
/// writes the marks of quotes and items before each of their lines, what those take of a line is bounded, so that no
/// document's Markdown is out of proportion to its HTML.
struct HTMLNesting {
    /// The bytes of marks before the lines of the deepest container, at most.
    static let widestMarks = 99 + markWidth(of: Int.max)

    /// A container that is open.
    private struct Container {
        /// What its marks take of a line.
        var width = 0
        /// The number of an ordered list's next item.
        var number: Int?
    }

    /// Where as many bytes of marks stand before a line, no quote, list or table begins; of those, the text is shown.
    var marksLimit = 100
    /// How many elements of a text may be in one another; those that are deeper are left out and their text stays.
    var deepestSpan = 40
    private var containers: [Container] = []
    /// The bytes of marks before each line.
    private var marks = 0
    private var spans = 0
    /// How many blocks are open of those that are shown as text.
    private var hiddenBlocks = 0

    /// Whether blocks are shown as text.
    var isHidden: Bool { hiddenBlocks > 0 }

    /// Whether one more element of a text can be begun.
    var isRoomForSpan: Bool { spans < deepestSpan }

    /// - Parameter number: the first number of an ordered list.
    /// - Returns: whether the block has tags.
    mutating func enter(_ type: MD_BLOCKTYPE, number: Int?) -> Bool {
        guard hiddenBlocks == 0 else {
            hiddenBlocks += 1
            return false
        }
        switch type {
        case MD_BLOCK_LI: open(Container(width: widthOfNextItem()))
        // A table begins where lists do: text right after it, as what is left of a list, would be one more row.
        case MD_BLOCK_QUOTE, MD_BLOCK_UL, MD_BLOCK_OL, MD_BLOCK_TABLE:
            guard marks < marksLimit else {
                hiddenBlocks += 1
                return false
            }
            open(Container(width: type == MD_BLOCK_QUOTE ? Self.markWidth(of: nil) : 0, number: number))
        default: break
        }
        return true
    }

    /// - Returns: whether the block has tags.
    mutating func leave(_ type: MD_BLOCKTYPE) -> Bool {
        guard hiddenBlocks == 0 else {
            hiddenBlocks -= 1
            return false
        }
        switch type {
        case MD_BLOCK_LI, MD_BLOCK_QUOTE, MD_BLOCK_UL, MD_BLOCK_OL, MD_BLOCK_TABLE:
            marks -= containers.popLast()?.width ?? 0
        default: break
        }
        return true
    }

    private mutating func open(_ container: Container) {
        marks += container.width
        containers.append(container)
    }

    private mutating func widthOfNextItem() -> Int {
        let list = containers.indices.last
        let number = list.flatMap { containers[$0].number }
        if let list, let number { containers[list].number = number + 1 }
        return Self.markWidth(of: number)
    }

    /// What a quote's or an item's mark takes of a line, with the space behind it.
    private static func markWidth(of number: Int?) -> Int {
        guard let number else { return 2 }
        var digits = 1
        var limit = 10
        // > [§5.2] a sequence of 1–9 arabic digits (0-9)
        while digits < 9, number >= limit {
            digits += 1
            limit *= 10
        }
        return digits + 2
    }

    /// - Returns: whether the element has tags.
    mutating func enterSpan() -> Bool {
        spans += 1
        return spans <= deepestSpan
    }

    /// - Returns: whether the element has tags.
    mutating func leaveSpan() -> Bool {
        spans -= 1
        return spans < deepestSpan
    }
}
