import FerryCore
import FerrySQLite

/// The column of a table that tells when a row changed last, and the order in which its rows are read by it.
struct ChangeColumn: Sendable {
    /// The column's name, quoted.
    let name: String
    /// What tells rows apart that changed at the same time, quoted: where the table has it the number by which SQLite's
    /// indexes end, so that none is sorted.
    let tie: String
    /// Whether nothing keeps two rows from having the same key.
    let mayRepeatKeys: Bool

    init(
        _ name: String,
        key: String,
        isTable: Bool,
        columns: [String],
        relation: String,
        in connection: SQLiteConnection
    ) {
        self.name = quoted(name)
        mayRepeatKeys = !isTable
        // A column of that name hides the number, and a table WITHOUT ROWID has none.
        let hasRowID =
            isTable && !columns.contains { $0.isSame(as: "_rowid_") }
            && (try? connection.prepare("SELECT _rowid_ FROM \(relation) LIMIT 0")) != nil
        tie = hasRowID ? "_rowid_" : quoted(key)
    }
}

/// Where a scan by changes goes on: after the row with these two values.
struct ChangePosition {
    /// When the row changed; `nil` among those of which that is not known, which come first.
    var change: ScanPosition?
    var tie: ScanPosition

    init(change: ScanPosition?, tie: ScanPosition) {
        self.change = change
        self.tie = tie
    }

    /// Reads a position back; `nil` for what is none.
    init?(_ position: ScanPosition) {
        let text = Array(position.rawValue.utf8)
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")),
            let count = Int(String(decoding: text[..<colon], as: UTF8.self)), count >= 0,
            colon + 1 + count <= text.count
        else { return nil }
        func value(_ bytes: ArraySlice<UInt8>) -> ScanPosition {
            ScanPosition(rawValue: String(decoding: bytes, as: UTF8.self))
        }
        let middle = colon + 1 + count
        change = count == 0 ? nil : value(text[(colon + 1)..<middle])
        tie = value(text[middle...])
    }

    /// The position as the engine passes it on: the length of the change in bytes, the change and what tells the row apart.
    var text: ScanPosition {
        let change = change?.rawValue ?? ""
        return ScanPosition(rawValue: "\(change.utf8.count):\(change)\(tie.rawValue)")
    }
}
