import FerryCore
import FerryJSON
import FerrySQLite

/// Where a scan goes on, with the key's storage class: `i:5`, `r:0.5`, `t:abc`, or `x:` and `b:` with the bytes of a
/// text that is not UTF-8 and of a BLOB in hexadecimal digits.
enum KeyPosition {
    /// The position of the current row, whose key is its first column.
    static func read(_ statement: SQLiteStatement) -> ScanPosition {
        let text =
            switch statement.columnType(0) {
            case StorageClass.integer: "i:\(statement.int64(0))"
            case StorageClass.real: "r:\(statement.double(0))"
            case StorageClass.blob: "b:" + statement.withBlob(0) { hexadecimal($0) }
            default:
                statement.withText(0) { text in
                    JSONText.isValidUTF8(text) ? "t:" + String(decoding: text, as: UTF8.self) : "x:" + hexadecimal(text)
                }
            }
        return ScanPosition(rawValue: text)
    }

    /// Calls `body` with the position bound.
    static func bind<Result>(
        _ position: ScanPosition,
        to statement: SQLiteStatement,
        _ body: () throws -> Result
    ) rethrows -> Result {
        // By bytes: the colon and a combining mark at the key's start are one Character.
        let value = String(decoding: position.rawValue.utf8.dropFirst(2), as: UTF8.self)
        switch position.rawValue.unicodeScalars.first {
        case "i": statement.bind(Int64(value) ?? 0, at: 0)
        case "r": statement.bind(Double(value) ?? 0, at: 0)
        case "b": bytes(value).withUnsafeBytes { statement.bindBlobCopy($0, at: 0) }
        case "x":
            return try bytes(value).withUnsafeBytes { text in
                statement.bindText(text, at: 0)
                return try body()
            }
        default: statement.bind(value, at: 0)
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
