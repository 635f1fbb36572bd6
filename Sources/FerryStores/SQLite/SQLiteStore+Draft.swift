public import FerryCore
import FerrySQLite

extension SQLiteStore {
    /// Finds out what opening an entity type's table would find or make.
    ///
    /// Not even the embedded store's file is made.
    public func draft(
        _ entity: EntityMapping,
        fields: [FieldPath],
        forWriting: Bool
    ) async throws -> TableDraft {
        guard isOwned, entity.query == nil, forWriting, FileIdentity(path: path) != nil else {
            return try await draftOfWhatIsThere(entity, fields: fields, forWriting: forWriting)
        }
        let columns = try fields.map { try Self.column(of: $0) }
        let lack = try await worker.run { session in
            try OwnedTables.lack(of: entity.type, key: entity.key ?? "id", columns: columns, in: session.connection)
        }
        guard let lack, !lack.columns.isEmpty else {
            return try await draftOfWhatIsThere(entity, fields: fields, forWriting: true)
        }
        guard !lack.isWhole else { return Self.made(entity, lack: lack, fieldCount: fields.count) }
        let present = fields.indices.filter { index in !lack.columns.contains { $0.isSame(as: columns[index]) } }
        let table = try await open(entity, fields: present.map { fields[$0] }, forWriting: true, makesTable: false)
        return TableDraft(
            table: table,
            places: fields.indices.map { present.firstIndex(of: $0) },
            addedColumns: lack.columns
        )
    }

    private func draftOfWhatIsThere(
        _ entity: EntityMapping,
        fields: [FieldPath],
        forWriting: Bool
    ) async throws -> TableDraft {
        guard isOwned, FileIdentity(path: path) == nil else {
            let table = try await open(entity, fields: fields, forWriting: forWriting, makesTable: false)
            return TableDraft(table: table, places: Array(fields.indices))
        }
        // The embedded store is not made for a plan: an empty one says what the one would say that a job makes.
        let columns = try fields.map { try Self.column(of: $0) }
        let empty: SQLiteConnection
        do {
            empty = try SQLiteConnection(path: ":memory:", mode: .create)
            try OwnedTables.prepare(empty)
            if forWriting, entity.query == nil {
                let key = entity.key ?? "id"
                let lack = try OwnedTables.lack(of: entity.type, key: key, columns: columns, in: empty)
                if let lack { return Self.made(entity, lack: lack, fieldCount: fields.count) }
            }
            _ = try layout(of: entity, fields: fields, columns: columns, forWriting: forWriting, in: empty)
        } catch let error as SQLiteError {
            throw Self.notMade(path, why: error.message)
        }
        throw Self.notMade(path, why: "a query without a table has nothing to run on")
    }

    private static func made(_ entity: EntityMapping, lack: OwnedTables.Lack, fieldCount: Int) -> TableDraft {
        TableDraft(madeWith: lack.columns, keyColumn: entity.key ?? "id", fieldCount: fieldCount)
    }

    private static func notMade(_ path: String, why: String) -> SyncFailure {
        SyncFailure(
            .config,
            .storeMissingTable,
            "the store '\(path)' has not been made yet: \(why)",
            hint: "a pull makes it, with the tables it fills"
        )
    }
}
