import FerryCore
import FerryEngine
import FerryTesting

/// A store that writes and then says that it could not.
struct DeafStore: LocalStore {
    let inner: any LocalStore

    func table(_ entity: EntityMapping, fields: [FieldPath], forWriting: Bool) async throws -> any LocalTable {
        Table(inner: try await inner.table(entity, fields: fields, forWriting: forWriting))
    }

    private struct Table: TableWrapper {
        let inner: any LocalTable

        func apply(_ changes: LocalChanges) async throws -> AppliedChanges {
            _ = try await inner.apply(changes)
            throw SyncFailure(.local, .storeUnavailable, "the store's answer was lost")
        }
    }
}
