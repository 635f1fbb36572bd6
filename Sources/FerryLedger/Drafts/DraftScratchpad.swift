internal import FerryCore
internal import FerrySQLite
internal import GRDB

/// What a plan keeps beside its draft of the ledger, in the same temporary file.
struct DraftScratchpad: Scratchpad {
    let ledger: Ledger

    static func prepare(_ database: Database) throws {
        try database.execute(
            sql: """
                CREATE TEMP TABLE scratch (id INTEGER PRIMARY KEY, drawer TEXT NOT NULL, key TEXT NOT NULL, value BLOB);
                CREATE UNIQUE INDEX temp.scratch_key ON scratch (drawer, key);
                """
        )
    }

    func values(of keys: PackedStrings, in drawer: String) async throws -> [[UInt8]?] {
        try await ledger.read { database in
            let statement = try database.rowPath().prepare("SELECT value FROM scratch WHERE drawer = ? AND key = ?")
            statement.bind(drawer, at: 0)
            var values = [[UInt8]?](repeating: nil, count: keys.count)
            try keys.forEachBytesInOrder { index, key in
                statement.bindText(key, at: 1)
                defer { statement.reset() }
                if try statement.step() { values[index] = statement.withBlob(0) { Array($0) } }
            }
            return values
        }
    }

    func keep(_ values: [[UInt8]], for keys: PackedStrings, in drawer: String) async throws {
        try await ledger.write { database in
            let statement = try database.rowPath().prepare(
                """
                INSERT INTO scratch (drawer, key, value) VALUES (?, ?, ?)
                ON CONFLICT (drawer, key) DO UPDATE SET value = excluded.value
                """
            )
            statement.bind(drawer, at: 0)
            try keys.forEachBytes { index, key in
                try values[index].withUnsafeBytes { value in
                    statement.bindText(key, at: 1)
                    statement.bindBlob(value, at: 2)
                    try statement.run()
                }
            }
        }
    }
}
