import FerrySQLite
import Foundation
import Testing

/// Calls `body` with the path of a file that is removed afterwards.
func withDatabasePath(_ body: (String) throws -> Void) throws {
    let directory = FileManager.default.temporaryDirectory.path + "/ferry-sqlite-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    let outcome = Result { try body(directory + "/test.db") }
    try FileManager.default.removeItem(atPath: directory)
    try outcome.get()
}

@Suite struct SQLiteConnectionTests {
    private func count(_ connection: SQLiteConnection) throws -> Int64 {
        let statement = try connection.prepare("SELECT count(*) FROM item")
        _ = try statement.step()
        return statement.int64(0)
    }

    @Test func fileIsMadeOnlyWhenAskedFor() throws {
        try withDatabasePath { path in
            #expect(throws: SQLiteError.self) { try SQLiteConnection(path: path, mode: .readWrite) }
            #expect(!FileManager.default.fileExists(atPath: path))
            try SQLiteConnection(path: path, mode: .create).execute("CREATE TABLE item (id INTEGER PRIMARY KEY)")
            #expect(try count(SQLiteConnection(path: path, mode: .readWrite)) == 0)
        }
    }

    @Test func readOnlyConnectionCannotWrite() throws {
        try withDatabasePath { path in
            try SQLiteConnection(path: path, mode: .create).execute("CREATE TABLE item (id INTEGER PRIMARY KEY)")
            let connection = try SQLiteConnection(path: path, mode: .readOnly)
            #expect(throws: SQLiteError.self) { try connection.execute("INSERT INTO item VALUES (1)") }
        }
    }

    @Test func failedTransactionLeavesNothing() throws {
        try withDatabasePath { path in
            let connection = try SQLiteConnection(path: path, mode: .create)
            try connection.execute("CREATE TABLE item (id INTEGER PRIMARY KEY)")
            let error = #expect(throws: SQLiteError.self) {
                try connection.transaction {
                    try connection.execute("INSERT INTO item VALUES (1)")
                    try connection.execute("INSERT INTO item VALUES (1)")
                }
            }
            #expect(error?.isConstraint == true)
            #expect(error?.description.contains("UNIQUE") == true)
            #expect(try count(connection) == 0)
            let id = try connection.transaction {
                try connection.execute("INSERT INTO item VALUES (7)")
                return connection.lastInsertedRowID
            }
            #expect(id == 7)
            #expect(connection.changes == 1)
            #expect(try count(connection) == 1)
        }
    }

    @Test func fullFileIsToldFromOtherErrors() throws {
        try withDatabasePath { path in
            let connection = try SQLiteConnection(path: path, mode: .create)
            try connection.execute("CREATE TABLE item (bytes BLOB); PRAGMA max_page_count = 4")
            let error = #expect(throws: SQLiteError.self) {
                try connection.transaction { try connection.execute("INSERT INTO item VALUES (zeroblob(1000000))") }
            }
            #expect(error?.isDiskFull == true)
            #expect(error?.isBusy == false)
            #expect(try count(connection) == 0)
        }
    }

    @Test func lockedFileIsBusyOnceTheTimeIsUp() throws {
        try withDatabasePath { path in
            let first = try SQLiteConnection(path: path, mode: .create)
            try first.execute("CREATE TABLE item (id INTEGER PRIMARY KEY); BEGIN IMMEDIATE")
            let second = try SQLiteConnection(path: path, mode: .readWrite, busyTimeout: 1)
            let error = #expect(throws: SQLiteError.self) { try second.execute("BEGIN IMMEDIATE") }
            #expect(error?.isBusy == true)
            try first.execute("COMMIT")
            try second.execute("INSERT INTO item VALUES (1)")
            #expect(try count(first) == 1)
        }
    }

    @Test func borrowedConnectionStaysOpen() throws {
        try withDatabasePath { path in
            let owner = try SQLiteConnection(path: path, mode: .create)
            try SQLiteConnection(borrowing: owner.handle).execute("CREATE TABLE item (id INTEGER PRIMARY KEY)")
            #expect(try count(owner) == 0)
        }
    }

    @Test func errorInAStatementNamesWhatIsWrong() throws {
        try withDatabasePath { path in
            let connection = try SQLiteConnection(path: path, mode: .create)
            let error = #expect(throws: SQLiteError.self) { try connection.prepare("SELECT * FROM nowhere") }
            #expect(error?.message == "no such table: nowhere")
        }
    }
}
