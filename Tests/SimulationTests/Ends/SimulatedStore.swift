import FerryCore
import Foundation
import Synchronization

/// A local store in memory, under the same contract as the real ones.
final class SimulatedStore: LocalStore {
    struct Table: Sendable {
        var rows: [String: Fields] = [:]
        /// When rows were changed behind Ferry's back, in Unix ms, as they tell; those that do not are left out.
        var changes: [String: Int64] = [:]
        /// How often it was made afresh.
        var generation = 1
    }

    /// The most rows in a page, however many are asked for.
    let pageLimit: Int
    private let clock: SimulatedClock?
    private let tables = Mutex<[String: Table]>([:])
    private let changeCount = Mutex(0)

    init(pageLimit: Int = .max, clock: SimulatedClock? = nil) {
        self.pageLimit = pageLimit
        self.clock = clock
    }

    /// The rows of a table, by their keys.
    func rows(of table: String) -> [String: Fields] { tables.withLock { $0[table]?.rows ?? [:] } }

    /// When the rows of a table were changed, as they tell.
    func changes(of table: String) -> [String: Int64] { tables.withLock { $0[table]?.changes ?? [:] } }

    /// Changes a table behind Ferry's back.
    func change<Result>(_ table: String, _ change: (inout [String: Fields]) -> Result) -> Result {
        tables.withLock { tables in
            let before = tables[table]?.rows ?? [:]
            let result = change(&tables[table, default: Table()].rows)
            let after = tables[table]?.rows ?? [:]
            for id in Set(before.keys).union(after.keys).sorted() where before[id] != after[id] {
                tables[table]?.changes[id] = after[id] == nil ? nil : timeOfChange()
            }
            return result
        }
    }

    /// When a row that is changed now says that it was: now or some minutes ago, as one does whose transaction has taken
    /// so long; in an hour, by a clock that is fast; or not at all.
    private func timeOfChange() -> Int64? {
        guard let clock else { return nil }
        let number = changeCount.withLock { count in
            count += 1
            return count
        }
        let now = Int64(clock.now.timeIntervalSince1970 * 1000)
        if number % 7 == 3 { return nil }
        if number % 11 == 5 { return now + 3_600_000 }
        return now - Int64(number * 7919 % 540) * 1000
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

    func digests(after position: ScanPosition?, limit: Int) async throws -> RowDigests? {
        let page = try await scan(after: position, limit: limit)
        return RowDigests(ids: page.ids, values: page.digests, next: page.next)
    }

    func rows(ids: PackedStrings) async throws -> LocalPage {
        let rows = store.rows(of: name)
        return page(of: rows, ids.strings.filter { rows[$0] != nil }, next: nil)
    }

    func lastChange(notAfter date: Date) async throws -> ScanPosition? {
        let now = Int64(date.timeIntervalSince1970 * 1000)
        return store.changes(of: name).values.max().map { ScanPosition(rawValue: "\(min($0, now))") }
    }

    func scan(changedSince change: ScanPosition, after position: ScanPosition?, limit: Int) async throws -> LocalPage {
        let (rows, changes) = (store.rows(of: name), store.changes(of: name))
        let since = Int64(change.rawValue) ?? .min
        // Rows that do not tell come first.
        func place(_ key: String) -> (Int64, String) { (changes[key] ?? .min, key) }
        func precedes(_ left: (Int64, String), _ right: (Int64, String)) -> Bool {
            left.0 == right.0 ? left.1.utf8.lexicographicallyPrecedes(right.1.utf8) : left.0 < right.0
        }
        var keys = rows.keys.filter { changes[$0].map { $0 >= since } ?? true }
        if let position, let space = position.rawValue.firstIndex(of: " ") {
            let last = (
                Int64(position.rawValue[..<space]) ?? .min,
                String(position.rawValue[position.rawValue.index(after: space)...])
            )
            keys = keys.filter { precedes(last, place($0)) }
        }
        keys.sort { precedes(place($0), place($1)) }
        let limit = min(limit, store.pageLimit)
        let read = Array(keys.prefix(limit))
        let next = keys.count > limit ? read.last.map { "\(place($0).0) \($0)" } : nil
        return page(of: rows, read, next: next)
    }

    private func page(of rows: [String: Fields], _ keys: [String], next: String?) -> LocalPage {
        var records = RecordBatch(columnCount: columns.count)
        for key in keys {
            var fields = rows[key] ?? [:]
            fields[keyColumn] = .string(key)
            records.append(fields, names: columns)
        }
        var page = LocalPage(ids: PackedStrings(keys), records: records, next: next.map { ScanPosition(rawValue: $0) })
        let ids = page.ids.hashes
        page.digests = ids.indices.map { RecordImage.exact($0, columns: columns.count, of: records, seed: ids[$0]) }
        return page
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
