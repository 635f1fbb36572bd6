import CMD4C

/// How deep the elements of a document are in one another.
///
/// `html_to_markdown` reads back as many as these and the deepest leaf, code in a cell of a table, can be.
struct HTMLNesting {
    /// How many quotes, lists, items and tables may be in one another; of what is deeper, the text is shown.
    var deepestContainer = 150
    /// How many elements of a text may be in one another; those that are deeper are left out and their text stays.
    var deepestSpan = 40
    private var containers = 0
    private var spans = 0
    /// How many blocks are open of those that are shown as text.
    private var hiddenBlocks = 0

    /// Whether blocks are shown as text.
    var isHidden: Bool { hiddenBlocks > 0 }

    /// Whether one more element of a text can be begun.
    var isRoomForSpan: Bool { spans < deepestSpan }

    /// - Returns: whether the block has tags.
    mutating func enter(_ type: MD_BLOCKTYPE) -> Bool {
        let levels = Self.levels(of: type)
        guard hiddenBlocks == 0, levels == 0 || containers + levels <= deepestContainer else {
            hiddenBlocks += 1
            return false
        }
        if levels > 0 { containers += 1 }
        return true
    }

    /// - Returns: whether the block has tags.
    mutating func leave(_ type: MD_BLOCKTYPE) -> Bool {
        guard hiddenBlocks == 0 else {
            hiddenBlocks -= 1
            return false
        }
        if Self.levels(of: type) > 0 { containers -= 1 }
        return true
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

    /// How many elements the container is; a list has items.
    ///
    /// A table has to end where lists do: text right after it, as what is left of a list, would be one more row.
    private static func levels(of type: MD_BLOCKTYPE) -> Int {
        switch type {
        case MD_BLOCK_QUOTE, MD_BLOCK_LI: 1
        case MD_BLOCK_UL, MD_BLOCK_OL, MD_BLOCK_TABLE: 2
        default: 0
        }
    }
}
