import FerryCore

// A batch's rows on their way to the table.
extension PullWriter {
    func leavingOutUnchanged(_ pulled: [PulledRow], work: inout PullPageWork) -> [PulledRow] {
        pulled.filter { row in
            let isSame = row.formerID == nil && work.links[row.index].localHash == row.localHash
            if isSame {
                work.unchanged += 1
                work.link(row, plan: plan)
            }
            return !isSame
        }
    }

    func apply(_ rows: [PulledRow], of made: MappedRecords, work: inout PullPageWork) async throws {
        guard !rows.isEmpty else { return }
        let records = made.mapped.records
        var changes = LocalChanges(
            ids: PackedStrings(reserving: rows.count),
            records: RecordBatch(columnCount: records.columnCount, page: records.page, reservingRows: rows.count),
            areKnown: []
        )
        changes.records.arena = records.arena
        for row in rows {
            changes.ids.append(row.id)
            for column in 0..<records.columnCount { append(column, of: row, records, work.current, to: &changes) }
            changes.areKnown.append(work.links[row.index].exists && row.formerID == nil)
        }
        let applied = try await table.apply(changes)
        work.created += applied.inserted
        work.updated += applied.updated
        let written = try await written(rows, of: made)
        // A key that would have passed on to a record which the table has refused still holds the row that has left.
        let kept = Set(rows.indices.lazy.filter { applied.refused[$0] == nil }.map { rows[$0].id })
        var formerIDs = PackedStrings()
        for (position, row) in rows.enumerated() {
            if let reason = applied.refused[position] {
                work.refuse(work.page.ids[row.index], row.remoteHash, .storeRefused, reason)
            } else {
                var row = row
                if twoWay != nil, let fields = written[row.id] {
                    row.agreement = row.merge?.agreement(written: fields) ?? agreement(of: row, written: fields)
                }
                work.link(row, plan: plan)
                if let formerID = row.formerID, !kept.contains(formerID) { formerIDs.append(formerID) }
            }
        }
        guard !formerIDs.isEmpty else { return }
        // Only now that the table has taken them under their new keys.
        _ = try await table.apply(
            LocalChanges(
                ids: PackedStrings(),
                records: RecordBatch(columnCount: records.columnCount),
                areKnown: [],
                deletedIDs: formerIDs
            )
        )
    }

    /// Notes what is about to be written: rows that no link explains yet, and rows that will not be what their links
    /// say, should the record or the mapping go back to what it was before the links are written.
    ///
    /// One that is written only in part was there before, with what somebody else has written: nothing is known of it.
    func intend(_ rows: [PulledRow], of made: MappedRecords, _ batch: PullBatch) async throws {
        var intent = PullIntent(paths: layout.localFields.map(\.description), number: batch.number)
        for row in rows {
            guard row.merge?.writes.allSatisfy({ $0 }) ?? true else { continue }
            let fields = made.fields(of: row.row)
            var kept: [UInt64] = []
            if twoWay != nil {
                let agreement = row.merge?.agreement(written: fields) ?? agreement(of: row, written: fields)
                kept = agreement.kept(under: plan.agreed)
            }
            intent.append(localID: row.id, remoteID: batch.page.ids[row.index], fields: fields, kept: kept)
        }
        guard intent.count > 0 else { return }
        try await context.ledger.intend(intent, in: scope)
    }

    /// Adds a row's cell: a field that is not to be written is left out, unless the row moves to another key.
    private func append(
        _ column: Int,
        of row: PulledRow,
        _ records: RecordBatch,
        _ current: RecordBatch?,
        to changes: inout LocalChanges
    ) {
        let cell: Cell
        if row.merge?.writes[column] ?? true {
            cell = records[row.row, column]
        } else if row.formerID != nil, let current, let place = row.current {
            cell = changes.records.copy(current[place, column], of: current)
        } else {
            cell = .missing
        }
        changes.records.cells.append(cell)
    }

    /// What the two sides agree on about a row that was written as a whole.
    private func agreement(of row: PulledRow, written fields: [UInt64]) -> Agreement {
        var agreement = Agreement(unknownIn: plan.agreed)
        agreement.remote = row.remoteFields
        for (column, field) in fields.enumerated() { agreement.local[column] = field }
        return agreement
    }

    /// The hashes of what the table holds now at the local fields of two-way rows, by identifier.
    private func written(_ rows: [PulledRow], of made: MappedRecords) async throws -> [String: [UInt64]] {
        guard let twoWay else { return [:] }
        guard !table.isExact else {
            return Dictionary(rows.map { ($0.id, made.fields(of: $0.row)) }, uniquingKeysWith: { $1 })
        }
        let page = try await twoWay.table.rows(ids: PackedStrings(rows.lazy.map(\.id)))
        return Dictionary(
            (0..<page.ids.count).map { (page.ids[$0], RecordImage(of: $0, in: page.records).fields) },
            uniquingKeysWith: { $1 }
        )
    }
}
