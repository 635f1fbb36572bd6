import FerryCore
import FerryEngine

/// A store that writes and then says that it could not.
struct DeafStore: LocalStore {
    let inner: any LocalStore

    func table(_ entity: EntityMapping, fields: [FieldPath], forWriting: Bool) async throws -> any LocalTable {
        Table(inner: try await inner.table(entity, fields: fields, forWriting: forWriting))
    }

    private struct Table: LocalTable {
        let inner: any LocalTable

        var identity: String { inner.identity }
        var keyColumn: String { inner.keyColumn }
        var isExact: Bool { inner.isExact }
        func count() async throws -> Int? { try await inner.count() }
        func scan(after position: ScanPosition?, limit: Int) async throws -> LocalPage {
            try await inner.scan(after: position, limit: limit)
        }
        func rows(ids: PackedStrings) async throws -> LocalPage { try await inner.rows(ids: ids) }
        func apply(_ changes: LocalChanges) async throws -> AppliedChanges {
            _ = try await inner.apply(changes)
            throw SyncFailure(.local, .storeUnavailable, "the store's answer was lost")
        }
    }
}
