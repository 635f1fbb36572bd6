/// A page by number, as rows: the `size` rows from `(number - 1) * size` on, `number` counted from 1.
struct PageWindow: Equatable {
    var number: Int
    var size: Int

    /// How many rows lie before it.
    var start: Int { (number - 1) * size }
    /// How many rows lie before its end.
    var end: Int { number * size }

    /// The least size from which overlapping is worth while.
    ///
    /// No page of any size up to `n` reaches across a row whose number all of 1…n divide: with ten the first such row
    /// is the 2,520th, with twenty beyond two hundred million.
    static let minimumSize = 10

    /// The page that holds the row `row` and shows as much as possible after it, of `maximum` rows at most.
    ///
    /// Pages of one size touch without overlapping, but those of another size do not end where they end: the next page
    /// is asked for with a size that is a little smaller.
    ///
    /// - Returns: `nil` when pages of all sizes end with the row.
    static func covering(_ row: Int, maximum: Int) -> PageWindow? {
        var best: PageWindow?
        for size in stride(from: maximum, through: max(2, maximum / 2), by: -1) {
            let window = PageWindow(number: row / size + 1, size: size)
            if window.end > row + 1, window.end > best?.end ?? 0 { best = window }
        }
        return best
    }

    /// The largest page that begins with the row `row`.
    static func beginning(at row: Int, maximum: Int) -> PageWindow {
        let size = row == 0 ? maximum : (1...maximum).last { row.isMultiple(of: $0) } ?? 1
        return PageWindow(number: row / size + 1, size: size)
    }
}
