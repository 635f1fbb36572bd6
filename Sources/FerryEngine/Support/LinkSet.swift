/// A set of link numbers at a bit each: how a scan remembers what it has seen.
package struct LinkSet {
    private var words: [UInt64] = []

    /// An empty set.
    package init() {}

    /// Adds a link's number.
    package mutating func insert(_ link: Int64) {
        let index = Int(link >> 6)
        if index >= words.count {
            words.append(contentsOf: repeatElement(0, count: max(index + 1 - words.count, words.count / 2)))
        }
        words[index] |= 1 << UInt64(link & 63)
    }

    /// Whether the set has the number.
    package func contains(_ link: Int64) -> Bool {
        let index = Int(link >> 6)
        return index < words.count && words[index] & (1 << UInt64(link & 63)) != 0
    }
}
