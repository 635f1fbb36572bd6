/// What the writing of a document may take, so that its time and memory are in proportion to the document.
final class WritingAllowance {
    /// The steps that searches for emphasis marks may take: few for every mark, and many where few marks are hard to
    /// choose.
    var emphasisSteps: Int
    private var bytes: Int

    /// The allowance of a document of `count` bytes.
    init(count: Int) {
        emphasisSteps = 100_000 + 2 * count
        // What `markdown_to_html` makes has a byte at least for each line that is written of it.
        bytes = 4_000_000 + (HTMLNesting.widestMarks + 1) * count
    }

    /// Whether more was to be written in lists, quotes and tables than the document's size can explain.
    var isUsedUp: Bool { bytes < 0 }

    /// Takes the bytes that stand before the lines of a container, or those of cells.
    ///
    /// - Returns: whether they may be written.
    func take(_ count: Int) -> Bool {
        if bytes >= 0 { bytes -= count }
        return bytes >= 0
    }
}
