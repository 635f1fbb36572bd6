import CXXHash

/// A hash made of a row's values one after the other, as its store keeps them: another value, or the same one of another
/// type, makes another hash.
public struct RowDigest: Sendable {
    /// The hash so far.
    public private(set) var value: UInt64

    /// The digest of no values; `seed` makes the same values differ where they are read otherwise.
    public init(seed: UInt64) {
        value = seed
    }

    /// Adds a value.
    ///
    /// - Parameter type: what kind of value the bytes are.
    public mutating func append(_ bytes: UnsafeRawBufferPointer, type: Int32) {
        value = ferry_xxh3_64(bytes.baseAddress, bytes.count, value &* 31 &+ UInt64(UInt32(bitPattern: type)))
    }
}
