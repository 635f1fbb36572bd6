import FerryCore
import FerryJSON
import FerrySQLite

/// A value of a key, or of the column that tells when a row changed, with its storage class: `i:5`, `r:0.5`, `t:abc`,
/// or `x:` and `b:` with the bytes of a text that is not UTF-8 and of a BLOB in hexadecimal digits.
enum KeyPosition {
    /// The position of the current row, whose key is its first column or the one at `index`.
    static func read(_ statement: SQLiteStatement, at index: Int = 0) -> ScanPosition {
        let text =
            switch statement.columnType(index) {
            case StorageClass.integer: "i:\(statement.int64(index))"
            case StorageClass.real: "r:\(statement.double(index))"
            case StorageClass.blob: "b:" + statement.withBlob(index) { hexadecimal($0) }
            default:
                statement.withText(index) { text in
                    JSONText.isValidUTF8(text) ? "t:" + String(decoding: text, as: UTF8.self) : "x:" + hexadecimal(text)
                }
            }
        return ScanPosition(rawValue: text)
    }

    /// Calls `body` with the position bound.
    static func bind<Result>(
        _ position: ScanPosition,
        to statement: SQLiteStatement,
        at index: Int = 0,
        _ body: () throws -> Result
    ) rethrows -> Result {
        // By bytes: the colon and a combining mark at the key's start are one Character.
        let value = String(decoding: position.rawValue.utf8.dropFirst(2), as: UTF8.self)
        switch position.rawValue.unicodeScalars.first {
        case "i": statement.bind(Int64(value) ?? 0, at: index)
        case "r": statement.bind(Double(value) ?? 0, at: index)
        case "b": bytes(value).withUnsafeBytes { statement.bindBlobCopy($0, at: index) }
        case "x":
            return try bytes(value).withUnsafeBytes { text in
                statement.bindText(text, at: index)
                return try body()
            }
        default: statement.bind(value, at: index)
        }
        return try body()
    }

    private static func hexadecimal(_ bytes: UnsafeRawBufferPointer) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = Array(hexadecimal)
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(String(digits[$0...($0 + 1)]), radix: 16) ?? 0 }
    }
}
