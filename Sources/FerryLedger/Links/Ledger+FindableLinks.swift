internal import FerryCore
internal import FerrySQLite
internal import GRDB
internal import Synchronization

// Which links are found by their remote identifiers.
//
// Pulls look for all of theirs, and so does a push whose creates may change what is there. A push to a service that makes
// a new identifier for every record never does: its links are kept out of the index until somebody looks for one.
extension Ledger {
    /// How many links become findable in one transaction, for which other jobs may have to wait; in a draft, all.
    private var linksAtATime: Int64 { draftLinks == nil ? 10_000 : .max }

    /// Sees to it that the scope's links are found by their remote identifiers, now and from now on.
    ///
    /// Takes time in proportion to the links, in many transactions, once in a scope's life. Of two links with one remote
    /// identifier the later one stays, as if they had been written to the index at once.
    func makeFindable(_ scope: LinkScope) async throws {
        guard !findableScopes.withLock({ $0.contains(scope.id) }) else { return }
        // One that has started anew has no links.
        guard var isFindable = try await look({ try Self.knownIsFindable(scope, in: $0) }) else { return }
        var after: Int64 = 0
        while !isFindable {
            let last = try await write { [after] database in try self.makeFindable(scope, after: after, database) }
            isFindable = last == nil
            after = last ?? after
        }
        findableScopes.withLock { _ = $0.insert(scope.id) }
    }

    /// Makes some of the scope's links findable, in the order of their numbers.
    ///
    /// - Returns: the last one's number; `nil` when all are.
    private func makeFindable(_ scope: LinkScope, after: Int64, _ database: Database) throws -> Int64? {
        try Self.require(scope, in: database)
        let connection = try database.rowPath()
        // The pluses keep SQLite from reading the whole scope through an index and sorting it every time.
        let page = try connection.prepare(
            """
            SELECT id, remote_id, remote_check FROM link
            WHERE id > ? AND +scope_id = ? AND remote_check IS NOT NULL ORDER BY id LIMIT ?
            """
        )
        page.bind(after, at: 0)
        page.bind(scope.id, at: 1)
        page.bind(linksAtATime, at: 2)
        defer { page.reset() }
        var last = after
        while try page.step() {
            try RemoteCheck.check(page, remoteID: 1, value: 2)
            last = page.int64(0)
        }
        guard last > after else {
            try database.run("UPDATE scope SET is_findable = 1 WHERE id = ?", [scope.id])
            return nil
        }
        try draftLinks?.copy(after: after, through: last, of: scope, in: connection)
        let update = try connection.prepare(
            """
            UPDATE OR REPLACE main.link SET remote_check = NULL
            WHERE id > ? AND id <= ? AND +scope_id = ? AND remote_check IS NOT NULL
            """
        )
        update.bind(after, at: 0)
        update.bind(last, at: 1)
        update.bind(scope.id, at: 2)
        try update.run()
        return last
    }

    /// What writes the scope's links in a transaction.
    ///
    /// - Throws: ``SyncFailure`` when the scope has started anew since it was opened.
    func linkWriter(in scope: LinkScope, _ database: Database) throws -> LinkWriter {
        LinkWriter(
            connection: try database.rowPath(),
            scope: scope,
            draft: draftLinks,
            isFindable: try Self.isFindable(scope, in: database)
        )
    }

    /// Runs `body`, which writes the given links among other things, in one transaction.
    func write<Value: Sendable>(
        linking changes: [LinkChanges],
        in scope: LinkScope,
        _ body: @escaping @Sendable (Database, LinkWriter) throws -> Value
    ) async throws -> Value {
        while true {
            let value: Value? = try await write { database in
                let links = try self.linkWriter(in: scope, database)
                return try changes.contains { try links.mustFind($0) } ? nil : try body(database, links)
            }
            if let value { return value }
            try await makeFindable(scope)
        }
    }
}
