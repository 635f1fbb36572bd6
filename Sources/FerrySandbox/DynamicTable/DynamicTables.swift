import NIOCore
import Synchronization

/// The Dynamic Table service: its tables, read back and edited on behalf of somebody else.
///
/// Written from the service's API document alone. Where the document is silent it does this: a bulk insert or update
/// answers 200 with the whole rows; a refused key is 401, an unknown table or row 404; a request with a row that breaks
/// a rule changes nothing and answers 400 with messages per row and column; bodies must be announced as JSON (415).
public final class DynamicTables: Sendable {
    let clock = SandboxClock()
    private let tables = Mutex<[String: DynamicTable]>([:])
    private let log: RequestLog

    init(log: RequestLog) {
        self.log = log
    }

    /// Adds a table, or replaces the one with the same collection id.
    ///
    /// The rows' literals are taken as they stand and not validated, so that a test can plant what no honest client
    /// could write.
    public func addTable(_ definition: TableDefinition, rows: [SandboxRow.Data] = []) {
        var state = TableState(definition)
        for row in rows { state.insert(state.values(of: row)) }
        let table = DynamicTable(state)
        tables.withLock { $0[definition.collectionID] = table }
    }

    /// All rows of a table in the order of their numbers; none when there is no such table.
    public func rows(of collection: String) -> [SandboxRow] {
        read(collection) { table in table.rows.map { table.publicRow($0) } } ?? []
    }

    /// How many rows a table has; 0 when there is no such table.
    public func count(of collection: String) -> Int {
        read(collection) { $0.count } ?? 0
    }

    /// A short text that is the same for two tables with the same rows, whatever their ids, numbers and order.
    ///
    /// - Returns: `nil` when there is no such table.
    public func digest(of collection: String) -> String? {
        read(collection) { $0.digest }
    }

    /// A number that grows with every change of a table.
    public func version(of collection: String) -> Int {
        read(collection) { $0.version } ?? 0
    }

    /// The requests a table received, oldest first.
    public func requests(of collection: String) -> [LoggedRequest] {
        log.requests.filter { $0.name == collection }
    }

    /// Forgets the requests of all tables.
    public func clearRequests() {
        log.clear()
    }

    /// Writes a row as somebody else would.
    ///
    /// The row is found by `id`, else by its primary key; a row that is found keeps its other columns, a row that is
    /// not is added with that id or a new one. Literals are taken as they stand.
    ///
    /// - Returns: The row as it now is, `nil` when there is no such table.
    @discardableResult
    public func upsert(_ data: SandboxRow.Data, id: String? = nil, in collection: String) -> SandboxRow? {
        change(collection) { table in
            let values = table.values(of: data)
            let known = id ?? table.key(of: values).flatMap { table.row(key: $0)?.id }
            let row = known.flatMap { table.update(id: $0, with: values) } ?? table.insert(values, id: id)
            return table.publicRow(row)
        }
    }

    /// Writes some columns of a row as somebody else would.
    ///
    /// - Returns: Whether there is such a row.
    @discardableResult
    public func setData(_ data: SandboxRow.Data, of id: String, in collection: String) -> Bool {
        change(collection) { table in table.update(id: id, with: table.values(of: data)) != nil } ?? false
    }

    /// Deletes a row as somebody else would.
    ///
    /// - Returns: Whether there was such a row.
    @discardableResult
    public func delete(_ id: String, in collection: String) -> Bool {
        delete([id], in: collection) == 1
    }

    /// Deletes rows as somebody else would.
    ///
    /// - Returns: How many of them there were.
    @discardableResult
    public func delete(_ ids: some Sequence<String>, in collection: String) -> Int {
        change(collection) { $0.delete(ids: ids) } ?? 0
    }

    /// Which of a table's two keys.
    public enum Key: String, Sendable {
        /// The primary key of the Integration tab.
        case primary
        /// The secondary key of the Integration tab.
        case secondary
    }

    /// Replaces one of a table's keys; the old one is refused from now on.
    public func rotateKey(_ key: Key, of collection: String, to secret: String) {
        change(collection) { table in
            switch key {
            case .primary: table.definition.primarySecret = secret
            case .secondary: table.definition.secondarySecret = secret
            }
        }
    }

    /// Limits a table's pages and bulk requests; `nil` lifts a limit.
    public func setLimits(maximumTake: Int? = nil, maximumBatchSize: Int? = nil, of collection: String) {
        change(collection) { table in
            table.definition.maximumTake = maximumTake
            table.definition.maximumBatchSize = maximumBatchSize
        }
    }

    /// The collection ids of all tables, sorted.
    public var collections: [String] {
        tables.withLock { $0.keys.sorted() }
    }

    func table(_ collection: String) -> DynamicTable? {
        tables.withLock { $0[collection] }
    }

    private func read<Result: Sendable>(_ collection: String, _ body: (TableState) -> Result) -> Result? {
        table(collection)?.state.withLock { body($0) }
    }

    @discardableResult
    private func change<Result: Sendable>(_ collection: String, _ body: (inout TableState) -> Result) -> Result? {
        table(collection)?.state.withLock { body(&$0) }
    }
}

/// One table behind its lock.
final class DynamicTable: Sendable {
    let state: Mutex<TableState>

    init(_ state: consuming TableState) {
        self.state = Mutex(state)
    }
}
