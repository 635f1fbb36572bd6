import FerryCore
import FoundationEssentials

/// A table to which nothing is written: it answers as if it were, and takes down what would be.
///
/// What a job writes, its later calls see, through whichever of the entity type's tables: which rows are there and,
/// where they may be asked for, their values. That is kept in the scratchpad, since it may be as much as the table.
struct PlanningTable: LocalTable {
    private let table: (any LocalTable)?
    private let places: [Int?]
    private let paths: [String]
    /// The numbers under which the fields' values are remembered.
    private let numbers: [Int]
    private let scratchpad: any Scratchpad
    private let drawer: String
    private let recorder: PlanRecorder
    private let keepsValues: Bool
    let keyColumn: String

    init(
        _ draft: TableDraft,
        fields: [FieldPath],
        columns: WrittenColumns,
        drawer: String,
        scratchpad: any Scratchpad,
        recorder: PlanRecorder,
        keepsValues: Bool
    ) {
        table = draft.table
        places = draft.places
        keyColumn = draft.keyColumn
        paths = fields.map(\.description)
        numbers = columns.numbers(of: fields)
        self.drawer = drawer
        self.scratchpad = scratchpad
        self.recorder = recorder
        self.keepsValues = keepsValues
    }

    /// A table that is yet to be made is another one than any that was there before.
    var identity: String { table?.identity ?? "a table that is yet to be made" }

    var isExact: Bool { table?.isExact ?? true }

    func count() async throws -> Int? {
        guard let table else { return 0 }
        return try await table.count()
    }

    /// Reads the table as it is: no job reads on where it has written.
    func scan(after position: ScanPosition?, limit: Int) async throws -> LocalPage {
        guard let table else { return empty }
        return spread(try await table.scan(after: position, limit: limit))
    }

    func digests(after position: ScanPosition?, limit: Int) async throws -> RowDigests? {
        try await table?.digests(after: position, limit: limit)
    }

    func lastChange(notAfter date: Date) async throws -> ScanPosition? {
        try await table?.lastChange(notAfter: date)
    }

    /// Reads the table as it is, as ``scan(after:limit:)`` does.
    func scan(changedSince change: ScanPosition, after position: ScanPosition?, limit: Int) async throws -> LocalPage {
        guard let table else { return empty }
        return spread(try await table.scan(changedSince: change, after: position, limit: limit))
    }

    func rows(ids: PackedStrings) async throws -> LocalPage { try await look(for: ids).page }

    /// Looks at the table as it is, as ``scan(after:limit:)`` does.
    func rows(where field: Int, isOneOf values: RecordBatch) async throws -> LocalPage {
        guard let table, let place = places[field] else { return empty }
        return spread(try await table.rows(where: place, isOneOf: values))
    }

    func apply(_ changes: LocalChanges) async throws -> AppliedChanges {
        var applied = AppliedChanges()
        applied.deleted = try await delete(changes.deletedIDs)
        guard !changes.ids.isEmpty else { return applied }
        let sight = try await look(for: changes.ids)
        var places: [[UInt8]: Int] = [:]
        for row in 0..<sight.page.ids.count { places[sight.page.ids.utf8(at: row)] = row }
        var written: [[UInt8]] = []
        var made: Set<[UInt8]> = []
        for row in 0..<changes.ids.count {
            let key = changes.ids.utf8(at: row)
            let old = places[key]
            let isNew = !sight.isThere[row] && made.insert(key).inserted
            if isNew { applied.inserted += 1 } else { applied.updated += 1 }
            recorder.write(changes.ids[row], isNew: isNew) {
                fields(of: row, in: changes.records, isNew: isNew, old: old, of: sight.page.records)
            }
            var kept = isNew ? WrittenRow(.made) : sight.written[row] ?? WrittenRow(.changed)
            if keepsValues { append(row, of: changes.records, to: &kept) }
            written.append(kept.bytes)
        }
        try await scratchpad.keep(written, for: changes.ids, in: drawer)
        return applied
    }

    private func delete(_ ids: PackedStrings) async throws -> Int {
        guard !ids.isEmpty else { return 0 }
        let isThere = try await look(for: ids).isThere
        let deleted = isThere.indices.filter { isThere[$0] }
        for index in deleted { recorder.delete(ids[index]) }
        let gone = Array(repeating: WrittenRow(.gone).bytes, count: deleted.count)
        try await scratchpad.keep(gone, for: ids.selecting(deleted), in: drawer)
        return deleted.count
    }

    /// Rows as they would be by now.
    private struct Sight {
        /// Those that are there, values included as far as they are remembered.
        var page: LocalPage
        /// For each identifier, whether there would be a row.
        var isThere: [Bool]
        /// For each identifier, what has been written of its row.
        var written: [WrittenRow?]
    }

    private func look(for ids: PackedStrings) async throws -> Sight {
        let written = try await scratchpad.values(of: ids, in: drawer).map { $0.map { WrittenRow(bytes: $0) } }
        let asked = written.indices.filter { written[$0] == nil || written[$0]?.state == .changed }
        var page = empty
        if let table, !asked.isEmpty { page = spread(try await table.rows(ids: ids.selecting(asked))) }
        // They say nothing of what is put over the rows below.
        page.digests = []
        var rowOf: [[UInt8]: Int] = [:]
        for row in 0..<page.ids.count { rowOf[page.ids.utf8(at: row)] = row }
        for index in written.indices {
            guard let row = written[index], row.state != .gone else { continue }
            let key = ids.utf8(at: index)
            if row.state == .made, rowOf[key] == nil {
                rowOf[key] = page.ids.count
                page.ids.append(bytes: key)
                page.records.append(row: Array(repeating: Cell.missing, count: paths.count))
            }
            if let place = rowOf[key] { overlay(row, on: place, of: &page.records) }
        }
        let isThere = written.indices.map { index in
            written[index].map { $0.state != .gone } ?? (rowOf[ids.utf8(at: index)] != nil)
        }
        return Sight(page: page, isThere: isThere, written: written)
    }

    // MARK: Values

    private var empty: LocalPage {
        LocalPage(ids: PackedStrings(), records: RecordBatch(columnCount: paths.count), next: nil)
    }

    /// The rows with a null in each column that is yet to be added, as adding it leaves them.
    private func spread(_ page: LocalPage) -> LocalPage {
        guard places != Array(paths.indices) else { return page }
        var spread = page
        spread.records = RecordBatch(columnCount: paths.count, page: page.records.page, reservingRows: page.ids.count)
        spread.records.arena = page.records.arena
        for row in 0..<page.ids.count {
            spread.records.append(row: places.map { place in place.map { page.records[row, $0] } ?? .null })
        }
        return spread
    }

    /// The fields of a row that would be written and are not what they are now.
    private func fields(
        of row: Int,
        in records: RecordBatch,
        isNew: Bool,
        old: Int?,
        of current: RecordBatch
    ) -> [PlannedField] {
        paths.indices.compactMap { column in
            let cell = records[row, column]
            guard cell.kind != .missing else { return nil }
            let hash = RecordImage.hash(cell, of: records)
            var value = PlannedField.OldValue.none
            if let old {
                let cell = current[old, column]
                guard RecordImage.hash(cell, of: current) != hash else { return nil }
                value = .known(PlannedValue(cell, of: current))
            } else if !isNew {
                value = .unknown
            }
            return PlannedField(path: paths[column], old: value, new: PlannedValue(cell, of: records), hash: hash)
        }
    }

    /// Remembers the values of a row that would be written.
    private func append(_ row: Int, of records: RecordBatch, to written: inout WrittenRow) {
        for column in paths.indices where records[row, column].kind != .missing {
            written.append(records[row, column], of: records, column: numbers[column])
        }
    }

    /// Puts the values that would have been written over those of a row.
    private func overlay(_ written: WrittenRow, on row: Int, of records: inout RecordBatch) {
        written.forEach { number, kind, bytes in
            for column in numbers.indices where numbers[column] == number {
                let hasBytes = kind == .number || kind == .string || kind == .json
                records[row, column] = hasBytes ? records.store(bytes, as: kind) : Cell(kind)
            }
        }
    }
}

extension PackedStrings {
    /// The UTF-8 of the string at `index`: a key that is equal only when every byte is.
    fileprivate func utf8(at index: Int) -> [UInt8] { Array(bytes[range(at: index)]) }
}
