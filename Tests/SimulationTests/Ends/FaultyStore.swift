import FerryCore
import FerryTesting
import Foundation

/// The store as a simulated process reaches it.
struct FaultyStore: LocalStore {
    let process: SimulatedProcess
    /// Sees what is about to be written.
    let watch: @Sendable (LocalChanges) async throws -> Void

    func table(_ entity: EntityMapping, fields: [FieldPath], forWriting: Bool) async throws -> any LocalTable {
        try await process.call("store.table", failing: \.storeFails, with: FaultyTable.failure) {
            FaultyTable(
                table: try await process.world.store.table(entity, fields: fields, forWriting: forWriting),
                process: process,
                watch: watch
            )
        }
    }
}

private struct FaultyTable: LocalTable {
    let table: any LocalTable
    let process: SimulatedProcess
    let watch: @Sendable (LocalChanges) async throws -> Void

    var identity: String { table.identity }
    var keyColumn: String { table.keyColumn }
    var isExact: Bool { table.isExact }

    static func failure(_ random: inout SeededRandom) -> SyncFailure {
        SyncFailure(.local, .storeUnavailable, "the store cannot be read or written")
    }

    func count() async throws -> Int? {
        try await process.call("store.count", failing: \.storeFails, with: Self.failure) { try await table.count() }
    }

    func scan(after position: ScanPosition?, limit: Int) async throws -> LocalPage {
        try await process.call("store.scan", failing: \.storeFails, with: Self.failure) {
            let page = try await table.scan(after: position, limit: limit)
            process.world.trace.note("p\(process.number) scan: \(page.ids.strings) next \(page.next?.rawValue ?? "-")")
            return page
        }
    }

    func digests(after position: ScanPosition?, limit: Int) async throws -> RowDigests? {
        try await process.call("store.scan", failing: \.storeFails, with: Self.failure) {
            let found = try await table.digests(after: position, limit: limit)
            let ids = found?.ids.strings ?? []
            process.world.trace.note("p\(process.number) digests: \(ids) next \(found?.next?.rawValue ?? "-")")
            return found
        }
    }

    func lastChange(notAfter date: Date) async throws -> ScanPosition? {
        try await process.call("store.lastChange", failing: \.storeFails, with: Self.failure) {
            try await table.lastChange(notAfter: date)
        }
    }

    func scan(changedSince change: ScanPosition, after position: ScanPosition?, limit: Int) async throws -> LocalPage {
        try await process.call("store.scan", failing: \.storeFails, with: Self.failure) {
            let page = try await table.scan(changedSince: change, after: position, limit: limit)
            process.world.trace.note(
                "p\(process.number) changed since \(change.rawValue): \(page.ids.strings) next \(page.next?.rawValue ?? "-")"
            )
            return page
        }
    }

    func rows(ids: PackedStrings) async throws -> LocalPage {
        try await process.call("store.rows", failing: \.storeFails, with: Self.failure) {
            try await table.rows(ids: ids)
        }
    }

    func apply(_ changes: LocalChanges) async throws -> AppliedChanges {
        try await process.call("store.apply", failing: \.storeFails, with: Self.failure) {
            try await watch(changes)
            let applied = try await table.apply(changes)
            process.world.trace.note(
                "p\(process.number) apply: write \(changes.ids.strings) delete \(changes.deletedIDs.strings) -> "
                    + "\(applied.inserted) new, \(applied.updated) changed, \(applied.deleted) deleted, "
                    + "refused \(applied.refused.keys.sorted())"
            )
            return applied
        }
    }
}
