import FerryCore
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

    private struct Table: LocalTable {
        let inner: any LocalTable
        let isFull: Switch

        var identity: String { inner.identity }
        var keyColumn: String { inner.keyColumn }
        var isExact: Bool { inner.isExact }
        func count() async throws -> Int? { try await inner.count() }
        func scan(after position: ScanPosition?, limit: Int) async throws -> LocalPage {
            try await inner.scan(after: position, limit: limit)
        }
        func rows(ids: PackedStrings) async throws -> LocalPage { try await inner.rows(ids: ids) }
        func apply(_ changes: LocalChanges) async throws -> AppliedChanges {
            guard !isFull.isOn else { throw SyncFailure(.local, .diskFull, "no room for the store", hint: "make room") }
            return try await inner.apply(changes)
        }
    }
}
