import FerryCore
import FerryTesting
import Synchronization

/// A store whose disk is full while its switch is on.
struct FullStore: LocalStore {
    let inner: any LocalStore
    let isFull = Switch()

    func table(_ entity: EntityMapping, fields: [FieldPath], forWriting: Bool) async throws -> any LocalTable {
        Table(inner: try await inner.table(entity, fields: fields, forWriting: forWriting), isFull: isFull)
    }

    /// Something that can be turned on and off.
    final class Switch: Sendable {
        private let state = Mutex(false)
        var isOn: Bool { state.withLock { $0 } }
        func set(_ isOn: Bool) { state.withLock { $0 = isOn } }
    }

    private struct Table: TableWrapper {
        let inner: any LocalTable
        let isFull: Switch

        func apply(_ changes: LocalChanges) async throws -> AppliedChanges {
            guard !isFull.isOn else { throw SyncFailure(.local, .diskFull, "no room for the store", hint: "make room") }
            return try await inner.apply(changes)
        }
    }
}
