/// A small generator of numbers that are the same for the same seed, everywhere and always (SplitMix64).
struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to `bound`, which is excluded.
    mutating func next(below bound: Int) -> Int {
        // Not Int.random(in:using:): how that draws is the standard library's to change.
        Int(next() % UInt64(max(bound, 1)))
    }

    /// A number from 0 up to 1, which is excluded.
    mutating func nextUnit() -> Double {
        Double(next() >> 11) / 9_007_199_254_740_992
    }

    /// True once in so many times.
    mutating func nextIsOne(in count: Int) -> Bool {
        next(below: count) == 0
    }

    /// One of the items, which must not be empty.
    mutating func pick<Item>(_ items: [Item]) -> Item {
        items[next(below: items.count)]
    }

    /// A version 4 UUID in lower case; of version 7 when it begins with a number, so that it comes after those of lower
    /// ones (RFC 9562).
    mutating func nextUUID(beginningWith number: Int? = nil) -> String {
        let random = next()
        let high = number.map { UInt64($0) << 16 | 0x7000 | random & 0xFFF } ?? ((random & ~0xF000) | 0x4000)
        let low = (next() & ~(0b11 << 62)) | (0b10 << 62)
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for index in 0..<32 {
            if index == 8 || index == 12 || index == 16 || index == 20 { text.append(UInt8(ascii: "-")) }
            let half = index < 16 ? high : low
            text.append(digits[Int(half >> UInt64((15 - index % 16) * 4) & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
