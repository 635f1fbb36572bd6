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

    /// How many numbers up to `last` the set has.
    package func count(upTo last: Int64) -> Int {
        let whole = min(words.count, Int(last >> 6))
        var count = words[..<whole].reduce(0) { $0 + $1.nonzeroBitCount }
        if whole < words.count {
            // Those of the word that `last` lies in, itself included.
            count += (words[whole] & (2 << UInt64(last & 63) &- 1)).nonzeroBitCount
        }
        return count
    }

    /// Whether the set has the number.
    package func contains(_ link: Int64) -> Bool {
        let index = Int(link >> 6)
        return index < words.count && words[index] & (1 << UInt64(link & 63)) != 0
    }
}
