public import FerryCore
import FerrySQLite

/// A local store in an SQLite file: Ferry's own `store.db`, or a user's file.
public final class SQLiteStore: LocalStore {
    let worker: SQLiteWorker
    let path: String
    let isOwned: Bool
    let maximumJSONDepth: Int

    /// A store.
    ///
    /// - Parameters:
    ///   - path: the file; it is opened at the first use, and again when another one has taken its place.
    ///   - isOwned: whether Ferry makes the file and its tables. A user's tables are never altered.
    ///   - maximumJSONDepth: how many objects and arrays may lie inside each other in a column's JSON; a row with more
    ///     is reported and left alone.
    public convenience init(path: String, isOwned: Bool, maximumJSONDepth: Int = JSONDepth.standard) {
        self.init(path: path, isOwned: isOwned, busyTimeout: 10_000, maximumJSONDepth: maximumJSONDepth)
    }

    /// A store that waits `busyTimeout` ms for another connection's lock, and whose file is full at `maximumPages`.
    package init(
        path: String,
        isOwned: Bool,
        busyTimeout: Int32,
        maximumPages: Int? = nil,
        maximumJSONDepth: Int = JSONDepth.standard
    ) {
        worker = SQLiteWorker(path: path, isOwned: isOwned, busyTimeout: busyTimeout, maximumPages: maximumPages)
        self.path = path
        self.isOwned = isOwned
        self.maximumJSONDepth = maximumJSONDepth
    }

    /// Opens an entity type's table, view or query.
    public func table(
        _ entity: EntityMapping,
        fields: [FieldPath],
        forWriting: Bool
    ) async throws -> any LocalTable {
        try await open(entity, fields: fields, forWriting: forWriting, makesTable: true)
    }

    /// Opens a table; where `makesTable` is set, one that Ferry owns is made or gets the columns it lacks.
    func open(
        _ entity: EntityMapping,
        fields: [FieldPath],
        forWriting: Bool,
        makesTable: Bool
    ) async throws -> any LocalTable {
        let columns = try fields.map { try Self.column(of: $0) }
        let path = path
        let (layout, identity, session) = try await worker.run { [self] session in
            if isOwned, entity.query == nil, forWriting, makesTable {
                try OwnedTables.make(
                    entity.type,
                    key: entity.key ?? "id",
                    columns: columns,
                    in: session.connection
                )
            }
            let layout = try self.layout(
                of: entity,
                fields: fields,
                columns: columns,
                forWriting: forWriting,
                in: session.connection
            )
            let tag = layout.isOwned ? try OwnedTables.identity(of: entity.type, in: session.connection) : nil
            let file = session.file?.description ?? ""
            return (layout, tag ?? "\(path)#\(file) \(entity.query ?? entity.type)", session.number)
        }
        return SQLiteTable(layout, identity: identity, session: session, worker: worker)
    }

    /// Which columns of the table a job reads and writes.
    func layout(
        of entity: EntityMapping,
        fields: [FieldPath],
        columns: [String],
        forWriting: Bool,
        in connection: SQLiteConnection
    ) throws -> TableLayout {
        try TableLayout(
            entity,
            fields: fields,
            columns: columns,
            isOwned: isOwned,
            forWriting: forWriting,
            maximumJSONDepth: maximumJSONDepth,
            in: connection
        )
    }

    /// The column that a field path begins with.
    static func column(of path: FieldPath) throws -> String {
        guard case .name(let name)? = path.segments.first else {
            throw SyncFailure(
                .config,
                .configInvalidPath,
                "'fields' alone is not a column",
                hint: "write 'fields.' and the column's name"
            )
        }
        return name
    }
}
