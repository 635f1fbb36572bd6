import CXXHash

/// The hashes by which two versions of a record are compared: one per field, and one of all.
///
/// A missing field and `null` hash alike, and numbers hash by their value (`19.90` as `19.9`): neither difference is
/// a change that anybody would want to be sent.
public struct RecordImage: Sendable {
    /// The fields' hashes in the columns' order.
    public var fields: [UInt64]

    /// An image of hashes that were made before.
    public init(fields: [UInt64]) {
        self.fields = fields
    }

    /// The hashes of a row's first `columns` columns (all by default).
    ///
    /// - Parameter tellsMissing: whether a missing field hashes otherwise than `null`: what leaves a missing one as it
    ///   was has not written `null` yet.
    public init(of row: Int, in batch: RecordBatch, columns: Range<Int>? = nil, tellsMissing: Bool = false) {
        let columns = columns ?? 0..<batch.columnCount
        fields = []
        fields.reserveCapacity(columns.count)
        for column in columns { fields.append(Self.hash(batch[row, column], of: batch, tellsMissing: tellsMissing)) }
    }

    /// The hash of `null`, and of a missing field where nothing tells the two apart.
    public static let null: UInt64 = 0
    /// The hash of a missing field where it is told from `null`.
    public static let missing = UInt64.max

    /// Appends the hashes of all values of a batch, row after row.
    ///
    /// - Parameter tellsMissing: as in ``init(of:in:columns:tellsMissing:)``.
    public static func append(allOf batch: RecordBatch, tellsMissing: Bool, to hashes: inout [UInt64]) {
        for cell in batch.cells { hashes.append(hash(cell, of: batch, tellsMissing: tellsMissing)) }
    }

    private static func hash(_ cell: Cell, of batch: RecordBatch, tellsMissing: Bool) -> UInt64 {
        tellsMissing && cell.kind == .missing ? missing : hash(cell, of: batch)
    }

    /// The hash of all fields; `seed` makes the same values differ between mappings.
    public func hash(seed: UInt64) -> RecordHash {
        fields.withUnsafeBytes { RecordHash.of($0, seed: seed) }
    }

    /// One value's hash.
    public static func hash(_ cell: Cell, of batch: RecordBatch) -> UInt64 {
        switch cell.kind {
        case .missing, .null: return null
        case .false, .true: return UInt64(cell.kind.rawValue)
        case .string, .json: return batch.withBytes(of: cell) { seededHash($0, cell.kind) }
        case .number:
            return batch.withBytes(of: cell) { bytes in
                if let canonical = CanonicalNumber.text(of: bytes) {
                    return canonical.withUnsafeBytes { seededHash($0, .number) }
                }
                return seededHash(bytes, .number)
            }
        }
    }

    /// A hash of a row's first columns as they are: every other value, also an equal number in other digits, makes
    /// another.
    ///
    /// - Parameter seed: makes the same row differ between mappings.
    public static func exact(_ row: Int, columns: Int, of batch: RecordBatch, seed: UInt64) -> UInt64 {
        var digest = RowDigest(seed: seed)
        for column in 0..<columns {
            let cell = batch[row, column]
            batch.withBytes(of: cell) { digest.append($0, type: Int32(cell.kind.rawValue)) }
        }
        return digest.value
    }

    private static func seededHash(_ bytes: UnsafeRawBufferPointer, _ kind: ValueKind) -> UInt64 {
        ferry_xxh3_64(bytes.baseAddress, bytes.count, UInt64(kind.rawValue) &+ 1)
    }
}

/// Numbers of equal value have one canonical text, which is what they are compared by.
public enum CanonicalNumber {
    /// The canonical text of a JSON number, or `nil` when the literal already is canonical (a plain integer).
    static func text(of literal: UnsafeRawBufferPointer) -> [UInt8]? {
        guard literal.contains(where: { $0 == UInt8(ascii: ".") || $0 | 0x20 == UInt8(ascii: "e") }) else {
            return literal.elementsEqual([UInt8(ascii: "-"), UInt8(ascii: "0")]) ? [UInt8(ascii: "0")] : nil
        }
        var digits: [UInt8] = []
        var exponent = 0
        var isNegative = false
        var isFraction = false
        var index = literal.startIndex
        scan: while index < literal.endIndex {
            let byte = literal[index]
            switch byte {
            case UInt8(ascii: "-"): isNegative = true
            case UInt8(ascii: "."): isFraction = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"):
                let text = String(decoding: literal[(index + 1)...], as: UTF8.self)
                // An exponent beyond Int's range has no canonical form: such literals compare by their text.
                guard let written = Int(text), written.magnitude < 1 << 40 else { return nil }
                exponent += written
                break scan
            default:
                digits.append(byte)
                if isFraction { exponent -= 1 }
            }
            index += 1
        }
        while digits.last == UInt8(ascii: "0") {
            digits.removeLast()
            exponent += 1
        }
        let significant = digits.drop { $0 == UInt8(ascii: "0") }
        guard !significant.isEmpty else { return [UInt8(ascii: "0")] }
        var text: [UInt8] = isNegative ? [UInt8(ascii: "-")] : []
        text.append(contentsOf: significant)
        if exponent >= 0, exponent <= 400 {
            text.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: exponent))
        } else {
            text.append(UInt8(ascii: "e"))
            text.append(contentsOf: String(exponent).utf8)
        }
        return text
    }
}

extension CanonicalNumber {
    /// Whether two JSON numbers have the same value.
    public static func areEqual(_ left: String, _ right: String) -> Bool {
        canonical(left) == canonical(right)
    }

    private static func canonical(_ literal: String) -> [UInt8] {
        let bytes = Array(literal.utf8)
        return bytes.withUnsafeBytes { text(of: $0) } ?? bytes
    }
}
