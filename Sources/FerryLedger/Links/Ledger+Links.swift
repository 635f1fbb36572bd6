public import FerryCore
internal import FerrySQLite
internal import GRDB

// Looking links up.
extension Ledger {
    /// The links of the given remote identifiers, one for each in order.
    public func links(in scope: LinkScope, remoteIDs: PackedStrings) async throws -> [Link] {
        guard !remoteIDs.isEmpty else { return [] }
        try await makeFindable(scope)
        return try await links(in: scope, where: "remote_id", ids: remoteIDs, condition: "AND remote_check IS NULL")
    }

    /// The links of the given local identifiers, one for each in order.
    public func links(in scope: LinkScope, localIDs: PackedStrings) async throws -> [Link] {
        try await links(in: scope, where: "local_id", ids: localIDs)
    }

    /// - Parameter condition: what else SQLite must be told to take the column's index.
    private func links(
        in scope: LinkScope,
        where column: String,
        ids: PackedStrings,
        condition: String = ""
    ) async throws -> [Link] {
        guard !ids.isEmpty else { return [] }
        // A draft's links are a view of two tables, which SQLite may read as a whole to put it in order.
        let isTable = draftLinks == nil
        return try await look { database in
            let connection = try database.rowPath()
            var links = [Link](repeating: .none, count: ids.count)
            if isTable, ids.count > 1, ids.isRising,
                try Self.read(&links, of: ids, between: column, condition: condition, scope, connection)
            {
                return links
            }
            let statement = try connection.prepare(
                "SELECT \(Self.columns) FROM link WHERE scope_id = ? AND \(column) = ? \(condition)"
            )
            statement.bind(scope.id, at: 0)
            try ids.forEachBytesInOrder { index, id in
                statement.bindText(id, at: 1)
                defer { statement.reset() }
                links[index] = try statement.step() ? Self.link(statement) : .none
            }
            return links
        }
    }

    /// Reads the links of identifiers that follow one another, all in one go.
    ///
    /// - Returns: `false` where too many others lie between them for that to be worthwhile.
    private static func read(
        _ links: inout [Link],
        of ids: PackedStrings,
        between column: String,
        condition: String,
        _ scope: LinkScope,
        _ connection: FerrySQLite.SQLiteConnection
    ) throws -> Bool {
        let statement = try connection.prepare(
            """
            SELECT \(columns), \(column) FROM link
            WHERE scope_id = ? AND \(column) BETWEEN ? AND ? \(condition) ORDER BY \(column)
            """
        )
        return try ids.bytes.withUnsafeBytes { bytes in
            func id(_ index: Int) -> UnsafeRawBufferPointer { .init(rebasing: bytes[ids.range(at: index)]) }
            statement.bind(scope.id, at: 0)
            statement.bindText(id(0), at: 1)
            statement.bindText(id(ids.count - 1), at: 2)
            defer { statement.reset() }
            var index = 0
            var left = 2 * ids.count
            while try statement.step() {
                guard left > 0 else { return false }
                left -= 1
                statement.withText(columnCount) { found in
                    while index < ids.count, id(index).precedes(found) { index += 1 }
                    guard index < ids.count, id(index).count == found.count, !found.precedes(id(index)) else { return }
                    links[index] = link(statement)
                    index += 1
                }
            }
            return true
        }
    }

    private static let columns = """
        id, missing_scans, remote_low, remote_high, local_low, local_high, payload_low, payload_high, input_mark
        """
    private static let columnCount = 9

    private static func link(_ statement: FerrySQLite.SQLiteStatement) -> Link {
        Link(
            id: statement.int64(0),
            remoteHash: statement.hash(2),
            localHash: statement.hash(4),
            payloadHash: statement.hash(6),
            inputMark: UInt64(bitPattern: statement.int64(8)),
            missingScans: Int(statement.int64(1))
        )
    }

    /// Up to `limit` links with a number greater than `after`, in the order of their numbers.
    public func links(in scope: LinkScope, after: Int64, limit: Int) async throws -> [LinkedPair] {
        try await read { database in
            // The plus keeps SQLite from reading the whole scope through an index and sorting it for every page.
            let statement = try database.rowPath().prepare(
                """
                SELECT id, local_id, remote_id, missing_scans, remote_check FROM link
                WHERE id > ? AND +scope_id = ? ORDER BY id LIMIT ?
                """
            )
            statement.bind(after, at: 0)
            statement.bind(scope.id, at: 1)
            statement.bind(Int64(max(0, limit)), at: 2)
            var pairs: [LinkedPair] = []
            pairs.reserveCapacity(min(max(0, limit), 1000))
            while try statement.step() { pairs.append(try Self.pair(statement)) }
            return pairs
        }
    }

    /// Up to `limit` links whose remote identifiers begin with `prefix` and come after `after`.
    public func links(
        in scope: LinkScope,
        remotePrefix prefix: String,
        after: String,
        limit: Int
    ) async throws -> [LinkedPair] {
        // What begins with a text lies between it and the same text with its last byte one higher: UTF-8 has no 0xFF.
        var end = Array(prefix.utf8)
        guard let last = end.popLast() else { return [] }
        end.append(last + 1)
        let start = Array((after.isEmpty ? prefix : after).utf8)
        try await makeFindable(scope)
        return try await read { [end] database in
            let statement = try database.rowPath().prepare(
                """
                SELECT id, local_id, remote_id, missing_scans, remote_check FROM link
                WHERE scope_id = ? AND remote_id \(after.isEmpty ? ">=" : ">") ? AND remote_id < ?
                    AND remote_check IS NULL
                ORDER BY remote_id LIMIT ?
                """
            )
            statement.bind(scope.id, at: 0)
            statement.bind(Int64(max(0, limit)), at: 3)
            var pairs: [LinkedPair] = []
            try start.withUnsafeBytes { start in
                try end.withUnsafeBytes { end in
                    statement.bindText(start, at: 1)
                    statement.bindText(end, at: 2)
                    defer { statement.reset() }
                    while try statement.step() { pairs.append(try Self.pair(statement)) }
                }
            }
            return pairs
        }
    }

    /// Up to `limit` links with a number greater than `after` whose records the service says are deleted.
    public func tombstones(in scope: LinkScope, after: Int64, limit: Int) async throws -> [LinkedPair] {
        try await read { database in
            let statement = try database.rowPath().prepare(
                """
                SELECT id, local_id, remote_id, missing_scans, remote_check FROM link
                WHERE scope_id = ? AND id > ? AND missing_scans >= \(LinkedPair.tombstoneScans) ORDER BY id LIMIT ?
                """
            )
            statement.bind(scope.id, at: 0)
            statement.bind(after, at: 1)
            statement.bind(Int64(max(0, limit)), at: 2)
            var pairs: [LinkedPair] = []
            while try statement.step() { pairs.append(try Self.pair(statement)) }
            return pairs
        }
    }

    /// The field hashes that were kept with the links of the given numbers, one list for each in order.
    public func fieldHashes(of links: [Int64]) async throws -> [[UInt64]] {
        guard !links.isEmpty else { return [] }
        return try await look { database in
            let statement = try database.rowPath().prepare("SELECT field_hashes FROM link WHERE id = ?")
            return try links.map { link in
                statement.bind(link, at: 0)
                defer { statement.reset() }
                return try statement.step() ? statement.fields(0) : []
            }
        }
    }

    /// Both identifiers of the links of the given numbers, in order; links that do not exist are left out.
    public func pairs(of links: [Int64]) async throws -> [LinkedPair] {
        guard !links.isEmpty else { return [] }
        return try await look { database in
            let statement = try database.rowPath().prepare(
                "SELECT id, local_id, remote_id, missing_scans, remote_check FROM link WHERE id = ?"
            )
            return try links.compactMap { link in
                statement.bind(link, at: 0)
                defer { statement.reset() }
                return try statement.step() ? try Self.pair(statement) : nil
            }
        }
    }

    /// The highest number of a link so far: links made later have higher ones.
    ///
    /// Links that are gone by now count too; 0 before the first one.
    public func highestLink() async throws -> Int64 {
        try await read { database in
            try Int64.fetchOne(database.cachedStatement(sql: "SELECT seq FROM sqlite_sequence WHERE name = 'link'"))
                ?? 0
        }
    }

    /// The number of links in a scope.
    public func linkCount(in scope: LinkScope) async throws -> Int {
        try await read { database in
            try Int.fetchOne(
                database.cachedStatement(sql: "SELECT count(*) FROM link WHERE scope_id = ?"),
                arguments: [scope.id]
            ) ?? 0
        }
    }

    private static func pair(_ statement: FerrySQLite.SQLiteStatement) throws -> LinkedPair {
        try RemoteCheck.check(statement, remoteID: 2, value: 4)
        return LinkedPair(
            id: statement.int64(0),
            localID: statement.string(1),
            remoteID: statement.string(2),
            missingScans: Int(statement.int64(3))
        )
    }
}
