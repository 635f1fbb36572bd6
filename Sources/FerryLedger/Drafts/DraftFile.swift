internal import FerryCore
internal import GRDB

/// A draft's file: a temporary one of SQLite's, which is in memory while it is small and gone with its connection.
enum DraftFile {
    /// Where people are told that a draft is.
    static let name = "of a plan, in the directory for temporary files"

    /// Opens an empty file.
    static func open() throws -> DatabaseQueue {
        try DatabaseQueue(path: "", configuration: LedgerFile.configuration())
    }

    /// Makes the file a draft of the ledger at `path`.
    ///
    /// - Returns: how it sees that ledger's links.
    static func fill(_ database: Database, from path: String, integration: String) throws -> DraftLinks {
        try database.execute(sql: "PRAGMA synchronous = OFF")
        try attach(path, to: database)
        var last: Int64 = 0
        // In one view of the real ledger, whatever a job commits there meanwhile.
        try database.inTransaction {
            try database.execute(sql: "INSERT OR REPLACE INTO main.sqlite_sequence SELECT * FROM real.sqlite_sequence")
            last = try Int64.fetchOne(database, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'link'") ?? 0
            try database.execute(sql: DraftLinks(last: last).shadowing)
            try copy(integration, in: database)
            return .commit
        }
        try DraftScratchpad.prepare(database)
        return DraftLinks(last: last)
    }

    private static func attach(_ path: String, to database: Database) throws {
        // Attached for writing, every transaction of the draft would keep the real ledger's jobs waiting.
        guard try Bool.fetchOne(database, sql: "SELECT sqlite_compileoption_used('USE_URI')") == true else {
            throw LedgerFailure.unavailable(
                "This system's SQLite cannot attach a ledger for reading only.",
                hint: "Plans need an SQLite that was built with SQLITE_USE_URI, as Debian's is."
            )
        }
        var uri = "file:"
        for scalar in path.unicodeScalars {
            switch scalar {
            case "%": uri += "%25"
            case "?": uri += "%3f"
            case "#": uri += "%23"
            default: uri.unicodeScalars.append(scalar)
            }
        }
        try database.execute(sql: "ATTACH DATABASE ? AS real", arguments: ["\(uri)?mode=ro"])
        try database.execute(sql: "PRAGMA real.cache_size = -8192")
    }

    /// Copies everything of the integration but its jobs, what the last push saw, and all links that nothing refers to.
    ///
    /// What belongs to a scope says so by its columns: a table that a later version adds is copied without a word here.
    private static func copy(_ integration: String, in database: Database) throws {
        try database.execute(
            sql: "INSERT INTO main.integration SELECT * FROM real.integration WHERE name = ?",
            arguments: [integration]
        )
        try database.execute(
            sql: """
                INSERT INTO main.scope SELECT * FROM real.scope
                WHERE integration_id IN (SELECT id FROM main.integration)
                """
        )
        var copied: Set<String> = ["scope"]
        let others: Set<String> = ["integration", "scope", "job", "link", "sighting"]
        let tables = try String.fetchAll(
            database,
            sql: "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'"
        )
        // Parents stand before their children, in the order in which they were made.
        for table in tables where !others.contains(table) {
            let parents = try Row.fetchAll(database, sql: "PRAGMA main.foreign_key_list(\"\(table)\")")
                .map { (column: $0["from"] as String, table: $0["table"] as String) }
            guard !parents.contains(where: { $0.table == "job" }),
                let parent = parents.first(where: { copied.contains($0.table) })
            else { continue }
            let rows = "FROM real.\"\(table)\" WHERE \"\(parent.column)\" IN (SELECT id FROM main.\"\(parent.table)\")"
            for link in parents where link.table == "link" {
                try database.execute(
                    sql: """
                        INSERT OR IGNORE INTO main.link SELECT * FROM real.link
                        WHERE id IN (SELECT "\(link.column)" \(rows))
                        """
                )
            }
            try database.execute(sql: "INSERT INTO main.\"\(table)\" SELECT * \(rows)")
            copied.insert(table)
        }
    }
}
