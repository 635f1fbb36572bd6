import FerrySQLite
import Testing

@Suite struct SQLiteStatementTests {
    @Test func valuesSurviveAsTheyAre() throws {
        try withDatabasePath { path in
            let connection = try SQLiteConnection(path: path, mode: .create)
            let statement = try connection.prepare("SELECT ?, ?, ?, ?, ?")
            let blob: [UInt8] = [0, 255, 1]
            try blob.withUnsafeBytes { bytes in
                statement.bind(Int64.min, at: 0)
                statement.bind(0.1, at: 1)
                statement.bind("a\u{0}é", at: 2)
                statement.bindBlob(bytes, at: 3)
                statement.bindNull(at: 4)
                let hasRow = try statement.step()
                #expect(hasRow)
                #expect(statement.int64(0) == .min)
                #expect(statement.double(1) == 0.1)
                #expect(statement.string(2) == "a\u{0}é")
                #expect(statement.withBlob(3) { Array($0) } == blob)
                #expect(statement.isNull(4))
                let hasAnother = try statement.step()
                #expect(!hasAnother)
            }
        }
    }

    @Test func emptyTextAndBlobAreNotNull() throws {
        try withDatabasePath { path in
            let connection = try SQLiteConnection(path: path, mode: .create)
            let statement = try connection.prepare("SELECT typeof(?1), length(?1), typeof(?2), length(?2), typeof(?3)")
            let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
            statement.bindText(nothing, at: 0)
            statement.bindBlob(nothing, at: 1)
            statement.bind("", at: 2)
            #expect(try statement.step())
            #expect(statement.string(0) == "text" && statement.int64(1) == 0)
            #expect(statement.string(2) == "blob" && statement.int64(3) == 0)
            #expect(statement.string(4) == "text")
        }
    }

    @Test func copiedBytesMayGoAwayBeforeTheRun() throws {
        try withDatabasePath { path in
            let connection = try SQLiteConnection(path: path, mode: .create)
            let statement = try connection.prepare("SELECT ?")
            var bytes: [UInt8] = [1, 2, 3]
            bytes.withUnsafeBytes { statement.bindBlobCopy($0, at: 0) }
            bytes.withUnsafeMutableBytes { $0.copyBytes(from: [9, 9, 9]) }
            #expect(try statement.step())
            #expect(statement.withBlob(0) { Array($0) } == [1, 2, 3])
        }
    }

    @Test func statementIsRunAgainWithTheParametersItKept() throws {
        try withDatabasePath { path in
            let connection = try SQLiteConnection(path: path, mode: .create)
            try connection.execute("CREATE TABLE item (kind TEXT, id INTEGER UNIQUE)")
            let insert = try connection.prepare("INSERT INTO item VALUES (?, ?)")
            insert.bind("fruit", at: 0)
            for id in 1...3 as ClosedRange<Int64> {
                insert.bind(id, at: 1)
                try insert.run()
            }
            #expect(throws: SQLiteError.self) { try insert.run() }
            insert.bind(Int64(4), at: 1)
            try insert.run()
            let read = try connection.prepare("SELECT count(*), count(DISTINCT kind) FROM item")
            #expect(try read.step())
            #expect(read.int64(0) == 4 && read.int64(1) == 1)
        }
    }

    @Test func columnsKnowTheirNamesAndTypes() throws {
        try withDatabasePath { path in
            let connection = try SQLiteConnection(path: path, mode: .create)
            try connection.execute("CREATE TABLE item (name VARCHAR(10), size)")
            let statement = try connection.prepare("SELECT name, size AS how_big, 1 + 1 FROM item")
            #expect(statement.columnCount == 3)
            #expect((0..<3).map(statement.columnName) == ["name", "how_big", "1 + 1"])
            #expect((0..<3).map(statement.declaredType) == ["VARCHAR(10)", nil, nil])
        }
    }
}
