import FerryCore

/// Keys for the elements of one list: the first twelve hexadecimal digits of the SHA-256 digest of what an element is.
///
/// So the same list always has the same keys, and an element keeps its own when others come and go. Of several elements
/// that are alike, the later ones have a number behind it.
struct ElementKeys {
    private var taken: [String: Int] = [:]

    /// Notes a key that an element has already.
    mutating func take(_ key: String) { taken[key, default: 0] += 1 }

    /// The key of an element, by its bytes.
    mutating func key(of element: Span<UInt8>) -> String {
        let digest = SHA256Digest(of: element)
        var digits = ""
        for index in 0..<12 {
            let nibble = digest.words[index / 8] >> UInt32(28 - index % 8 * 4) & 15
            digits += String(nibble, radix: 16)
        }
        let count = taken[digits, default: 0] + 1
        taken[digits] = count
        return count == 1 ? digits : "\(digits)-\(count)"
    }
}
