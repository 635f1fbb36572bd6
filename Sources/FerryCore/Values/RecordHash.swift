import CXXHash

/// A 128-bit XXH3 hash of a record's image: equal hashes mean that there is nothing to write.
///
/// Not a cryptographic hash. It is made of the bytes as they came, or of 64-bit hashes of the fields: that two
/// versions of one record collide has a probability below 10⁻¹⁸, which is that of a disk returning wrong bytes.
public struct RecordHash: Hashable, Sendable {
    /// The lower 64 bits.
    public var low: UInt64
    /// The upper 64 bits.
    public var high: UInt64

    /// The hash with the given halves.
    public init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    /// The hash that stands for "not known": it equals no record's.
    public static let unknown = RecordHash(low: 0, high: 0)

    /// Stands for a link's payload hash when it is not known whether the remote record holds what was sent last.
    ///
    /// The row is compared and sent again. It equals no payload's.
    public static let undetermined = RecordHash(low: 2, high: 0)

    /// Hashes `bytes`; `seed` makes the same bytes differ between mappings.
    public static func of(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> RecordHash {
        let hash = ferry_xxh3_128(bytes.baseAddress, bytes.count, seed)
        return RecordHash(low: hash.low, high: hash.high)
    }
}
