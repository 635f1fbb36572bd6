/// Finds what somebody probably meant.
package enum Spelling {
    /// The candidate nearest to `word`, if one is near enough to be meant.
    package static func nearest(to word: String, in candidates: some Sequence<String>) -> String? {
        let wanted = folded(word)
        let limit = wanted.count <= 2 ? 1 : wanted.count <= 5 ? 2 : 3
        var best: (name: String, distance: Int, start: Int)?
        for candidate in candidates {
            let other = folded(candidate)
            let distance = distance(wanted, other)
            // As many changes as there are letters would make any word of any other.
            guard distance <= limit, distance < max(wanted.count, other.count) else { continue }
            // Of two that are as near, the one that begins alike: words go wrong in the middle.
            let start = zip(wanted, other).prefix { $0 == $1 }.count
            guard let known = best, (known.distance, -known.start) <= (distance, -start) else {
                best = (candidate, distance, start)
                continue
            }
        }
        return best?.name
    }

    /// A hint that names the nearest candidate, or else all of them.
    static func hint(for word: String, in candidates: [String], otherwise label: String) -> String? {
        if let nearest = nearest(to: word, in: candidates) { return "did you mean '\(nearest)'?" }
        return candidates.isEmpty ? nil : "\(label): \(candidates.joined(separator: ", "))"
    }

    /// The letters that matter: `maxFailed`, `max-failed` and `max_failed` are the same word.
    private static func folded(_ word: String) -> [Character] {
        word.lowercased().filter { $0 != "_" && $0 != "-" && $0 != " " }
    }

    /// The number of letters to insert, delete, replace or swap with their neighbour (optimal string alignment).
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        guard !left.isEmpty, !right.isEmpty else { return max(left.count, right.count) }
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in 1...left.count {
            var current = [row]
            for column in 1...right.count {
                let replacement = last[column - 1] + (left[row - 1] == right[column - 1] ? 0 : 1)
                var cost = min(last[column] + 1, current[column - 1] + 1, replacement)
                if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
                    cost = min(cost, beforeLast[column - 2] + 1)
                }
                current.append(cost)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
