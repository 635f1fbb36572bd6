import FerryCore
import Synchronization

/// A local store in memory, under the same contract as the real ones.
final class SimulatedStore: LocalStore {
    struct Table: Sendable {
        var rows: [String: Fields] = [:]
        /// How often it was made afresh.
        var generation = 1
    }

    /// The most rows in a page, however many are asked for.
    let pageLimit: Int
    private let tables = Mutex<[String: Table]>([:])

    init(pageLimit: Int = .max) {
        self.pageLimit = pageLimit
    }

    /// The rows of a table, by their keys.
    func rows(of table: String) -> [String: Fields] { tables.withLock { $0[table]?.rows ?? [:] } }

    /// Changes a table behind Ferry's back.
    func change<Result>(_ table: String, _ change: (inout [String: Fields]) -> Result) -> Result {
        tables.withLock { change(&$0[table, default: Table()].rows) }
    }

    func table(_ entity: EntityMapping, fields: [FieldPath], forWriting: Bool) async throws -> any LocalTable {
        let generation = try tables.withLock { tables -> Int in
            guard let table = tables[entity.type] else {
                guard forWriting else {
                    throw SyncFailure(.config, .storeMissingTable, "there is no table '\(entity.type)'")
                }
                tables[entity.type] = Table()
                return 1
            }
            return table.generation
        }
        return SimulatedTable(
            store: self,
            name: entity.type,
            keyColumn: entity.key ?? "id",
            columns: fields.map(\.description),
            identity: "simulated/\(entity.type)/\(generation)"
        )
    }
}

private struct SimulatedTable: LocalTable {
    let store: SimulatedStore
    let name: String
    let keyColumn: String
    let columns: [String]
    let identity: String

    var isExact: Bool { true }

    func count() async throws -> Int? { store.rows(of: name).count }

    func scan(after position: ScanPosition?, limit: Int) async throws -> LocalPage {
        let rows = store.rows(of: name)
        // By their bytes, as SQLite does.
        let keys = rows.keys
            .filter { key in position.map { $0.rawValue.utf8.lexicographicallyPrecedes(key.utf8) } ?? true }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let limit = min(limit, store.pageLimit)
        let read = Array(keys.prefix(limit))
        return page(of: rows, read, next: keys.count > limit ? read.last : nil)
    }

    func rows(ids: PackedStrings) async throws -> LocalPage {
        let rows = store.rows(of: name)
        return page(of: rows, ids.strings.filter { rows[$0] != nil }, next: nil)
    }

    private func page(of rows: [String: Fields], _ keys: [String], next: String?) -> LocalPage {
        var records = RecordBatch(columnCount: columns.count)
        for key in keys {
            var fields = rows[key] ?? [:]
            fields[keyColumn] = .string(key)
            records.append(fields, names: columns)
        }
        return LocalPage(ids: PackedStrings(keys), records: records, next: next.map { ScanPosition(rawValue: $0) })
    }

    func apply(_ changes: LocalChanges) async throws -> AppliedChanges {
        store.change(name) { rows in
            var applied = AppliedChanges()
            for id in changes.deletedIDs.strings where rows.removeValue(forKey: id) != nil { applied.deleted += 1 }
            for index in 0..<changes.ids.count {
                let id = changes.ids[index]
                var fields = changes.records.fields(index, names: columns)
                if let reason = refusal(of: fields, id: id) {
                    applied.refused[index] = reason
                    continue
                }
                fields[keyColumn] = nil
                if rows[id] == nil { applied.inserted += 1 } else { applied.updated += 1 }
                rows[id, default: [:]].merge(fields) { $1 }
            }
            return applied
        }
    }

    private func refusal(of fields: Fields, id: String) -> String? {
        if let key = fields[keyColumn], key.string != id, !key.isNull, key.compactText != id {
            return "its value for the key column is not its identifier"
        }
        return SimulatedService.refusal(of: fields).map { "the table refuses it: \($0)" }
    }
}
