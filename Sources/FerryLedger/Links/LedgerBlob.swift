internal import FerryCore

/// Writes what is read again only as a whole into one value of a row: numbers with the lowest byte first, texts and lists
/// after their length in four bytes.
struct BlobWriter {
    private(set) var bytes: [UInt8] = []

    init(reserving count: Int) {
        bytes.reserveCapacity(count)
    }

    mutating func append(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func append(_ hash: RecordHash) {
        append(hash.low)
        append(hash.high)
    }

    mutating func append(_ numbers: [UInt64]) {
        append(UInt32(numbers.count))
        #if _endian(little)
            numbers.withUnsafeBytes { bytes.append(contentsOf: $0) }
        #else
            for number in numbers { append(number) }
        #endif
    }

    mutating func append(text: UnsafeRawBufferPointer) {
        append(UInt32(text.count))
        bytes.append(contentsOf: text)
    }

    mutating func append(_ content: [UInt8]) {
        content.withUnsafeBytes { append(text: $0) }
    }

    mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append(text: UnsafeRawBufferPointer($0)) }
    }

    /// Writes a text that may be missing.
    mutating func append(_ text: String?) {
        append(UInt8(text == nil ? 0 : 1))
        if let text { append(text) }
    }
}

/// Reads what ``BlobWriter`` has written.
///
/// Everything throws ``DamagedValue`` when the bytes end before the value does.
struct BlobReader {
    private var rest: ArraySlice<UInt8>
    private let subject: String

    /// - Parameter subject: what the bytes hold.
    init(_ bytes: [UInt8], of subject: String) {
        rest = bytes[...]
        self.subject = subject
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func number<Number: FixedWidthInteger>(_: Number.Type) throws -> Number {
        try take(MemoryLayout<Number>.size).reversed().reduce(0) { $0 << 8 | Number($1) }
    }

    mutating func hash() throws -> RecordHash {
        let low = try number(UInt64.self)
        return RecordHash(low: low, high: try number(UInt64.self))
    }

    mutating func numbers() throws -> [UInt64] {
        let count = Int(try number(UInt32.self))
        guard count <= rest.count / 8 else { throw isCutShort }
        return try (0..<count).map { _ in try number(UInt64.self) }
    }

    mutating func content() throws -> ArraySlice<UInt8> {
        try take(Int(try number(UInt32.self)))
    }

    mutating func text() throws -> String {
        String(decoding: try content(), as: UTF8.self)
    }

    /// Reads a text that may be missing.
    mutating func textIfPresent() throws -> String? {
        try number(UInt8.self) == 0 ? nil : try text()
    }

    private mutating func take(_ count: Int) throws -> ArraySlice<UInt8> {
        guard rest.count >= count else { throw isCutShort }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    private var isCutShort: DamagedValue { DamagedValue("\(subject) is cut short") }
}
