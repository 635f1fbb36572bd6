import FerryCore
import FerrySQLite

/// Makes the digests of rows from what SQLite keeps of them, without reading a value as JSON.
struct RowDigester {
    private let seed: UInt64
    private let columnCount: Int

    /// - Parameter layout: what is selected (``RowReader/columns(of:)``), and how it is read.
    init(_ layout: TableLayout) {
        var text = "\(layout.key):\(layout.keyKind):\(layout.keyFields):\(layout.maximumJSONDepth)"
        for column in layout.columns {
            text += "|\(column.name):\(column.kind)"
            for field in column.fields { text += ":\(field.index).\(field.path)" }
        }
        seed = Array(text.utf8).withUnsafeBytes { RecordHash.of($0).low }
        columnCount = 1 + layout.columns.count + (layout.isOwned ? 1 : 0)
    }

    /// The current row's digest.
    func digest(_ statement: SQLiteStatement) -> UInt64 {
        var digest = RowDigest(seed: seed)
        for column in 0..<columnCount {
            let type = statement.columnType(column)
            switch type {
            case StorageClass.integer:
                withUnsafeBytes(of: statement.int64(column)) { digest.append($0, type: type) }
            case StorageClass.real:
                withUnsafeBytes(of: statement.double(column).bitPattern) { digest.append($0, type: type) }
            case StorageClass.text: statement.withText(column) { digest.append($0, type: type) }
            case StorageClass.blob: statement.withBlob(column) { digest.append($0, type: type) }
            default: digest.append(UnsafeRawBufferPointer(start: nil, count: 0), type: type)
            }
        }
        return digest.value
    }
}
