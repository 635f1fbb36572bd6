import FerryCore
import FerrySQLite
import Synchronization

// Reading only what tells whether rows are as they were.
extension SQLiteTable {
    /// Reads a page in two halves at once: to find a row by its key takes a processor longer than all that is done with it
    /// here.
    func digests(after position: ScanPosition?, limit: Int) async throws -> RowDigests? {
        let half = limit / 2
        guard let position, half > 0,
            let middle = try await worker.run(
                in: session,
                { [layout, second] in
                    try second.middle(of: layout, after: position, at: half, in: $0)
                }
            )
        else { return try await digests(ofAll: limit, after: position) }
        async let later = second.digests(of: layout, after: middle, limit: limit - half)
        var page = try await digests(ofAll: half, after: position)
        // Rows that have come or gone meanwhile have moved the place where the first half ends.
        guard let rest = try await later, page.next == middle.position else { return page }
        page.ids += rest.ids
        page.values += rest.values
        page.next = rest.next
        return page
    }

    private func digests(ofAll limit: Int, after position: ScanPosition?) async throws -> RowDigests {
        try await worker.run(in: session) { [layout] session in
            let digester = RowDigester(try layout.refreshed(in: session.connection))
            return try Self.digests(of: layout, by: digester, after: position, limit: limit, in: session)
        }
    }

    fileprivate static func digests(
        of layout: TableLayout,
        by digester: RowDigester,
        after position: ScanPosition?,
        limit: Int,
        in session: StoreSession
    ) throws -> RowDigests {
        var found = RowDigests(ids: PackedStrings(reserving: min(limit, 10_000)), values: [], next: nil)
        found.values.reserveCapacity(min(limit, 10_000))
        found.next = try scan(layout, after: position, limit: limit, in: session) { statement in
            guard !RowReader.isLast(of: found.ids, statement) else { return false }
            guard found.values.count < limit else { return true }
            found.values.append(digester.digest(statement))
            RowReader.withKey(of: statement) { found.ids.append(bytes: $0) }
            return true
        }
        return found
    }
}

/// Reads rows through a connection of its own, while the table's worker reads others.
final class SecondReader: Sendable {
    /// Where a page's second half begins.
    struct Middle: Sendable {
        let position: ScanPosition
        let digester: RowDigester
        /// The file that the first half is read from.
        let file: FileIdentity?
    }

    private struct State {
        /// Whether rows are found by their keys in an index; `nil` before that was asked.
        var isIndexed: Bool?
        /// Opened at the first use: most tables are no longer than a page.
        var worker: SQLiteWorker?
    }

    private let first: SQLiteWorker
    private let state = Mutex(State())

    /// A reader of the same file.
    init(beside first: SQLiteWorker) {
        self.first = first
    }

    /// The key of the row at `count` after a position.
    ///
    /// - Returns: `nil` where there are not as many, or where a look at the keys alone is as much work as reading the rows.
    func middle(
        of layout: TableLayout,
        after position: ScanPosition,
        at count: Int,
        in session: StoreSession
    ) throws -> Middle? {
        let key = quoted(layout.key)
        let sql = """
            SELECT \(key) FROM \(layout.relation) WHERE \(key) > ? ORDER BY \(key) LIMIT 1 OFFSET \(count - 1)
            """
        guard try isIndexed(sql, in: session) else { return nil }
        let statement = try session.statement(sql)
        defer { statement.reset() }
        return try KeyPosition.bind(position, to: statement) {
            guard try statement.step() else { return nil }
            return Middle(
                position: KeyPosition.read(statement),
                digester: RowDigester(try layout.refreshed(in: session.connection)),
                file: session.file
            )
        }
    }

    private func isIndexed(_ sql: String, in session: StoreSession) throws -> Bool {
        if let known = state.withLock({ $0.isIndexed }) { return known }
        let plan = try session.connection.prepare("EXPLAIN QUERY PLAN \(sql)")
        var steps: [String] = []
        while try plan.step() { steps.append(plan.string(3)) }
        let isIndexed =
            steps.count == 1
            && ["USING COVERING INDEX", "USING PRIMARY KEY", "USING INTEGER PRIMARY KEY"].contains {
                steps[0].hasPrefix("SEARCH ") && steps[0].contains($0)
            }
        state.withLock { $0.isIndexed = isIndexed }
        return isIndexed
    }

    /// Reads the digests of rows from `middle` on.
    ///
    /// - Returns: `nil` when another file has taken the place of the first half's.
    func digests(of layout: TableLayout, after middle: Middle, limit: Int) async throws -> RowDigests? {
        let worker = state.withLock { state in
            if let worker = state.worker { return worker }
            let worker = SQLiteWorker(
                path: first.path,
                isOwned: false,
                busyTimeout: first.busyTimeout,
                maximumPages: nil
            )
            state.worker = worker
            return worker
        }
        return try await worker.run { session in
            guard session.file == middle.file else { return nil }
            return try SQLiteTable.digests(
                of: layout,
                by: middle.digester,
                after: middle.position,
                limit: limit,
                in: session
            )
        }
    }
}
