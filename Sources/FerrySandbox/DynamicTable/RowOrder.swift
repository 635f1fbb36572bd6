import Foundation

/// An order in which a list of rows can be asked for.
///
/// Stable in both directions: rows with the same value stay in the order of their numbers. Rows without a value come
/// first going up and last going down.
struct RowOrder: Hashable, Sendable {
    /// The column sorted by; `nil` for the order of the row numbers.
    var column: Int?
    var descends = false
    /// Whether values compare as numbers rather than by their bytes.
    var comparesNumbers = false

    /// The slots of the rows that are there, in this order.
    func sorted(_ slots: [StoredRow?]) -> [Int] {
        let present = slots.indices.filter { slots[$0] != nil }
        guard let column else { return descends ? present.reversed() : present }
        return comparesNumbers
            ? sortedByNumber(present, slots, column)
            : sortedByBytes(present, slots, column)
    }

    private func sortedByNumber(_ present: [Int], _ slots: [StoredRow?], _ column: Int) -> [Int] {
        var keyed = present.map { slot -> (value: Double, slot: Int) in
            let value = slots[slot]?.literal(column).flatMap { Double(String(decoding: $0, as: UTF8.self)) }
            return (value ?? -Double.infinity, slot)
        }
        keyed.sort { left, right in
            if left.value == right.value { return left.slot < right.slot }
            return (left.value < right.value) != descends
        }
        return keyed.map(\.slot)
    }

    private func sortedByBytes(_ present: [Int], _ slots: [StoredRow?], _ column: Int) -> [Int] {
        // All values in one buffer and their first eight bytes as a number: most comparisons end there.
        var bytes: [UInt8] = []
        var keyed: [(prefix: UInt64, start: Int, count: Int, slot: Int)] = []
        keyed.reserveCapacity(present.count)
        for slot in present {
            let start = bytes.count
            if let literal = slots[slot]?.literal(column), literal.first != UInt8(ascii: "n") {
                appendSortKey(of: literal, to: &bytes)
            }
            var prefix: UInt64 = 0
            for offset in 0..<8 {
                let index = start + offset
                prefix = prefix << 8 | (index < bytes.count ? UInt64(bytes[index]) : 0)
            }
            keyed.append((prefix, start, bytes.count - start, slot))
        }
        bytes.withUnsafeBytes { buffer in
            keyed.sort { left, right in
                if left.prefix != right.prefix { return (left.prefix < right.prefix) != descends }
                var order = 0
                if let base = buffer.baseAddress {
                    order = Int(memcmp(base + left.start, base + right.start, min(left.count, right.count)))
                }
                if order == 0 { order = left.count - right.count }
                return order == 0 ? left.slot < right.slot : (order < 0) != descends
            }
        }
        return keyed.map(\.slot)
    }
}

private func appendSortKey(of literal: ArraySlice<UInt8>, to bytes: inout [UInt8]) {
    guard literal.first == UInt8(ascii: "\"") else {
        bytes += literal
        return
    }
    if literal.contains(UInt8(ascii: "\\")) {
        bytes += decodedString(literal).utf8
    } else {
        bytes += literal.dropFirst().dropLast()
    }
}
