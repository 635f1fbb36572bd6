internal import FerryCore
internal import FerrySQLite
internal import Glibc

// How the values of the row path are bound and read without a copy or a box each.

extension SQLiteStatement {
    /// Binds both halves of a hash at `index` and the next one.
    func bind(_ hash: RecordHash, at index: Int) {
        bind(Int64(bitPattern: hash.low), at: index)
        bind(Int64(bitPattern: hash.high), at: index + 1)
    }

    /// The hash whose halves stand at `index` and the next one.
    func hash(_ index: Int) -> RecordHash {
        RecordHash(low: UInt64(bitPattern: int64(index)), high: UInt64(bitPattern: int64(index + 1)))
    }

    /// Binds field hashes, as bytes in the machine's order, which live until `reset()`; null for none.
    func bindFields(_ bytes: UnsafeRawBufferPointer, at index: Int) {
        if bytes.isEmpty {
            bindNull(at: index)
        } else {
            bindBlob(bytes, at: index)
        }
    }

    /// The field hashes at `index`; empty for null.
    func fields(_ index: Int) -> [UInt64] {
        withBlob(index) { bytes in
            stride(from: 0, to: bytes.count - 7, by: 8).map {
                bytes.loadUnaligned(fromByteOffset: $0, as: UInt64.self)
            }
        }
    }
}

extension PackedStrings {
    /// Calls `body` with each string's position and bytes, in the list's order.
    func forEachBytes(_ body: (Int, UnsafeRawBufferPointer) throws -> Void) rethrows {
        try bytes.withUnsafeBytes { bytes in
            for index in 0..<count {
                try body(index, UnsafeRawBufferPointer(rebasing: bytes[range(at: index)]))
            }
        }
    }

    /// Calls `body` with each string's position and bytes, in the order of the bytes.
    ///
    /// Neighbours in an index are then looked up one after the other, from pages that are at hand.
    func forEachBytesInOrder(_ body: (Int, UnsafeRawBufferPointer) throws -> Void) rethrows {
        try bytes.withUnsafeBytes { bytes in
            func string(_ index: Int) -> UnsafeRawBufferPointer { .init(rebasing: bytes[range(at: index)]) }
            for index in (0..<count).sorted(by: { string($0).precedes(string($1)) }) { try body(index, string(index)) }
        }
    }

    /// Whether each string comes after the one before it, in the order of the bytes.
    var isRising: Bool {
        bytes.withUnsafeBytes { bytes in
            func string(_ index: Int) -> UnsafeRawBufferPointer { .init(rebasing: bytes[range(at: index)]) }
            return (1..<Swift.max(count, 1)).allSatisfy { string($0 - 1).precedes(string($0)) }
        }
    }
}

extension UnsafeRawBufferPointer {
    /// Whether the bytes come before others, as SQLite compares texts.
    func precedes(_ other: UnsafeRawBufferPointer) -> Bool {
        guard let start = baseAddress, let otherStart = other.baseAddress else { return count < other.count }
        let order = memcmp(start, otherStart, Swift.min(count, other.count))
        return order == 0 ? count < other.count : order < 0
    }
}
