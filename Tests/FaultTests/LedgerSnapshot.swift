import FerrySQLite
import FerryTesting
import Foundation

/// What a ledger holds, read from a copy so that looking changes nothing.
struct LedgerSnapshot {
    /// A job's row.
    struct JobRow {
        var id: String
        var state: String
        var attempt: Int

        var isLive: Bool { ["queued", "running", "waiting"].contains(state) }
    }

    var jobs: [JobRow] = []
    var outboxBatches = 0
    var checkpoints = 0
    /// Local and remote ids.
    var links: [(local: String, remote: String)] = []

    /// Copies and reads the ledger of a state directory; `nil` when it has no tables yet.
    init?(of world: FerryWorld) throws {
        let ledger = "\(world.state)/ledger.db"
        let copy = "\(world.folder.path)/snapshot-\(UUID().uuidString.prefix(8)).db"
        guard FileManager.default.fileExists(atPath: ledger) else { return nil }
        try FileManager.default.copyItem(atPath: ledger, toPath: copy)
        if FileManager.default.fileExists(atPath: "\(ledger)-wal") {
            try FileManager.default.copyItem(atPath: "\(ledger)-wal", toPath: "\(copy)-wal")
        }
        let database = try SQLiteConnection(path: copy, mode: .readWrite)
        guard try database.count("SELECT count(*) FROM sqlite_schema WHERE name = 'link'") == 1 else { return nil }
        let jobRows = try database.prepare("SELECT id, state, attempt FROM job ORDER BY number")
        while try jobRows.step() {
            jobs.append(JobRow(id: jobRows.string(0), state: jobRows.string(1), attempt: Int(jobRows.int64(2))))
        }
        outboxBatches = try database.count("SELECT count(*) FROM outbox_batch")
        checkpoints = try database.count("SELECT count(*) FROM checkpoint")
        let linkRows = try database.prepare("SELECT local_id, remote_id FROM link")
        while try linkRows.step() { links.append((linkRows.string(0), linkRows.string(1))) }
    }
}

extension SQLiteConnection {
    /// The number that a query gives.
    func count(_ sql: String) throws -> Int {
        let statement = try prepare(sql)
        return try statement.step() ? Int(statement.int64(0)) : 0
    }

    /// Every row of a query as one line: each column's type and text.
    func lines(_ sql: String) throws -> [String] {
        let statement = try prepare(sql)
        var lines: [String] = []
        while try statement.step() {
            let cells = (0..<statement.columnCount).map { column in
                "\(statement.columnName(column))=\(statement.columnType(column)):\(statement.string(column))"
            }
            lines.append(cells.joined(separator: "\t"))
        }
        return lines
    }
}
