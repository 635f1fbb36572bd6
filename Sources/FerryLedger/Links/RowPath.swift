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
            let order = (0..<count).sorted { left, right in
                let (left, right) = (bytes[range(at: left)], bytes[range(at: right)])
                guard let leftStart = left.base.baseAddress, let rightStart = right.base.baseAddress else {
                    return false
                }
                let shared = min(left.count, right.count)
                let order = memcmp(leftStart + left.startIndex, rightStart + right.startIndex, shared)
                return order == 0 ? left.count < right.count : order < 0
            }
            for index in order {
                try body(index, UnsafeRawBufferPointer(rebasing: bytes[range(at: index)]))
            }
        }
    }
}
