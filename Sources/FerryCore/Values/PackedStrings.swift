import CXXHash

/// A list of strings in one buffer: how identifiers of a batch travel without an allocation each.
public struct PackedStrings: Sendable, Equatable {
    /// All strings' UTF-8, one after the other.
    public private(set) var bytes: [UInt8]
    /// Where each string ends in `bytes`.
    public private(set) var ends: [Int]

    /// An empty list.
    public init(reserving count: Int = 0) {
        bytes = []
        ends = []
        bytes.reserveCapacity(count * 24)
        ends.reserveCapacity(count)
    }

    /// A list of the given strings.
    public init(_ strings: some Sequence<String>) {
        self.init()
        for string in strings { append(string) }
    }

    /// The number of strings.
    public var count: Int { ends.count }

    /// Whether the list is empty.
    public var isEmpty: Bool { ends.isEmpty }

    /// The bytes' range of the string at `index`.
    @inlinable
    public func range(at index: Int) -> Range<Int> {
        (index == 0 ? 0 : ends[index - 1])..<ends[index]
    }

    /// The string at `index`.
    public subscript(index: Int) -> String {
        String(decoding: bytes[range(at: index)], as: UTF8.self)
    }

    /// Calls `body` with the bytes of the string at `index`.
    @inlinable
    public func withBytes<Result>(at index: Int, _ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        let range = range(at: index)
        return try bytes.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }

    /// Appends one string.
    public mutating func append(_ string: String) {
        bytes.append(contentsOf: string.utf8)
        ends.append(bytes.count)
    }

    /// Appends one string given by its UTF-8.
    public mutating func append(bytes newBytes: some Collection<UInt8>) {
        bytes.append(contentsOf: newBytes)
        ends.append(bytes.count)
    }

    /// The list as separate strings.
    public var strings: [String] { (0..<count).map { self[$0] } }
}

extension PackedStrings {
    /// Appends all strings of another list.
    public static func += (list: inout PackedStrings, other: PackedStrings) {
        let start = list.bytes.count
        list.bytes += other.bytes
        list.ends.reserveCapacity(list.ends.count + other.ends.count)
        for end in other.ends { list.ends.append(start + end) }
    }

    /// A 64-bit hash of each string.
    public var hashes: [UInt64] {
        bytes.withUnsafeBytes { bytes in
            ends.indices.map { index in
                let string = UnsafeRawBufferPointer(rebasing: bytes[range(at: index)])
                return ferry_xxh3_64(string.baseAddress, string.count, 0)
            }
        }
    }

    /// The strings at the given indices, in that order.
    public func selecting(_ indices: [Int]) -> PackedStrings {
        var selection = PackedStrings(reserving: indices.count)
        for index in indices { selection.append(bytes: bytes[range(at: index)]) }
        return selection
    }
}
