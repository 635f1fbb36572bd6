import FerryCore
import FerryJSON
import FerrySQLite

/// Which columns of a table a job reads and writes, and how.
struct TableLayout: Sendable {
    /// A column, and the fields that live in it.
    struct Column: Sendable {
        let name: String
        let affinity: Affinity
        var kind: ColumnKind
        /// Whether Ferry has not yet written a value that would tell its kind.
        var isFresh: Bool
        /// The fields in this column, outer ones first: their place among the job's fields, and the path inside the
        /// column's JSON.
        var fields: [(index: Int, path: FieldPath)]

        /// Whether the column as a whole is one field.
        var isWhole: Bool { fields.count == 1 && fields[0].path.segments.isEmpty }
    }

    let table: String
    /// What stands after FROM.
    let relation: String
    let isQuery: Bool
    let isOwned: Bool
    /// Whether every value that is written is read back just the same.
    let isExact: Bool
    let fieldCount: Int
    /// How deeply the JSON of its columns may nest.
    let maximumJSONDepth: Int
    let key: String
    let keyAffinity: Affinity
    private(set) var keyKind: ColumnKind
    /// Whether no key has been written yet that would tell its kind.
    private(set) var isKeyFresh: Bool
    /// The fields that are the key itself.
    let keyFields: [Int]
    /// The columns other than the key.
    private(set) var columns: [Column]
    /// The column that tells when a row changed last, where a push goes by it.
    let changes: ChangeColumn?

    init(
        _ entity: EntityMapping,
        fields: [FieldPath],
        columns names: [String],
        isOwned: Bool,
        forWriting: Bool,
        maximumJSONDepth: Int,
        in connection: SQLiteConnection
    ) throws {
        table = entity.type
        self.maximumJSONDepth = maximumJSONDepth
        fieldCount = fields.count
        isQuery = entity.query != nil
        let declared: [TableSchema.Column]
        let isTable: Bool
        if let query = entity.query {
            relation = Self.relation(of: query)
            declared = try Self.columns(of: entity, relation: relation, forWriting: forWriting, in: connection)
            let needed = names + [entity.changedSince].compactMap(\.self)
            key = try Self.key(of: entity, names: needed, declared: declared)
            self.isOwned = false
            isTable = false
        } else {
            relation = quoted(entity.type)
            let schema = try TableSchema(table: entity.type, key: entity.key, in: connection)
            try schema.check(names, of: entity.type)
            if forWriting {
                try schema.checkWriting(fields, of: entity.type)
            } else if let column = entity.changedSince {
                try schema.check([column], of: entity.type)
            }
            isTable = !schema.isView
            declared = schema.columns
            key = schema.key
            // A user may have made a table of his own in the embedded store.
            self.isOwned = isOwned && declared.contains { $0.name.isSame(as: OwnedTables.noteColumn) }
        }
        let known = self.isOwned ? try OwnedTables.kinds(of: entity.type, in: connection) : [:]
        var columns: [Column] = []
        var keyFields: [Int] = []
        for (index, (path, name)) in zip(fields, names).enumerated() {
            if name.isSame(as: key), path.segments.count == 1 {
                keyFields.append(index)
                continue
            }
            let inner = FieldPath(segments: Array(path.segments.dropFirst()))
            if let position = columns.firstIndex(where: { $0.name.isSame(as: name) }) {
                let place = columns[position].fields.firstIndex { $0.path.segments.count > inner.segments.count }
                columns[position].fields.insert((index, inner), at: place ?? columns[position].fields.count)
                continue
            }
            let declaration = declared.first { $0.name.isSame(as: name) }
            let kind = known[Array(name.utf8)]
            columns.append(
                Column(
                    name: name,
                    affinity: declaration?.affinity ?? .none,
                    kind: self.isOwned ? kind ?? .plain : declaration?.kind ?? .plain,
                    isFresh: self.isOwned && kind == nil,
                    fields: [(index, inner)]
                )
            )
        }
        self.columns = columns
        self.keyFields = keyFields
        isExact = self.isOwned && columns.allSatisfy { $0.affinity == .none }
        let key = key
        keyAffinity = declared.first { $0.name.isSame(as: key) }?.affinity ?? .none
        let keyKind = known[Array(key.utf8)]
        self.keyKind = keyKind ?? .plain
        isKeyFresh = self.isOwned && keyKind == nil
        let relation = relation
        changes =
            forWriting
            ? nil
            : entity.changedSince.map {
                ChangeColumn(
                    $0,
                    key: key,
                    isTable: isTable,
                    columns: declared.map(\.name),
                    relation: relation,
                    in: connection
                )
            }
    }

    /// The layout with the columns' kinds as they are known now: another batch may have told them since.
    func refreshed(in connection: SQLiteConnection) throws -> TableLayout {
        guard isOwned, isKeyFresh || columns.contains(where: \.isFresh) else { return self }
        let known = try OwnedTables.kinds(of: table, in: connection)
        var layout = self
        let keyKind = known[Array(key.utf8)]
        layout.keyKind = keyKind ?? .plain
        layout.isKeyFresh = keyKind == nil
        for index in columns.indices {
            let kind = known[Array(columns[index].name.utf8)]
            layout.columns[index].kind = kind ?? .plain
            layout.columns[index].isFresh = kind == nil
        }
        return layout
    }

    // MARK: Queries

    private static func relation(of query: String) -> String {
        var scalars = query.unicodeScalars
        while let last = scalars.last, last == ";" || last.properties.isWhitespace { scalars.removeLast() }
        // The line break ends a comment that the query may end with.
        return "(\(String(scalars))\n)"
    }

    private static func columns(
        of entity: EntityMapping,
        relation: String,
        forWriting: Bool,
        in connection: SQLiteConnection
    ) throws -> [TableSchema.Column] {
        guard !forWriting else {
            throw SyncFailure(
                .config,
                .storeRefused,
                "'\(entity.type)' is a query, and only tables can be written",
                hint: "pull into a table: leave 'query' out"
            )
        }
        do throws(SQLiteError) {
            let probe = try connection.prepare("SELECT * FROM \(relation) LIMIT 0")
            return (0..<probe.columnCount).map {
                TableSchema.Column(name: probe.columnName($0), declaredType: probe.declaredType($0) ?? "")
            }
        } catch {
            guard error.primaryCode == StoreCode.error else { throw error }
            throw SyncFailure(
                .config,
                .configInvalidValue,
                "the query of '\(entity.type)' cannot be run: \(error.message)",
                hint: "try it in the sqlite3 shell; it must be one SELECT"
            )
        }
    }

    private static func key(
        of entity: EntityMapping,
        names: [String],
        declared: [TableSchema.Column]
    ) throws -> String {
        guard let key = entity.key else {
            throw SyncFailure(
                .config,
                .storeMissingKey,
                "the query of '\(entity.type)' has no key",
                hint: "name the column that tells its rows apart as the entity's 'key'"
            )
        }
        for name in [key] + names where !declared.contains(where: { $0.name.isSame(as: name) }) {
            throw SyncFailure(
                .config,
                .storeMissingColumn,
                "the query of '\(entity.type)' gives no column '\(name)'",
                hint: "it gives: \(declared.map(\.name).joined(separator: ", "))"
            )
        }
        return key
    }
}
