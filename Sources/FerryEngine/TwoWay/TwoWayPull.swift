import FerryCore
import FoundationEssentials

/// Compares pulled records with the local rows, field by field, before anything is written (design §4.4).
struct TwoWayPull: Sendable {
    let plan: EntityPlan
    let ledger: any SyncLedger
    let clock: any WallClock
    let scope: LinkScope
    let reader: AgreementReader
    let judge: ConflictJudge
    /// Reads the layout's local paths.
    let table: any LocalTable

    init(_ plan: EntityPlan, context: JobContext, scope: LinkScope) async throws {
        self.plan = plan
        ledger = context.ledger
        clock = context.clock
        self.scope = scope
        reader = AgreementReader(
            plan.agreed,
            layouts: try await context.ledger.keepLayout(plan.agreed.kept, in: scope)
        )
        judge = ConflictJudge(
            context.integration.conflicts,
            resolutions: try await context.ledger.resolutions(in: scope)
        )
        table = try await context.store.table(plan.entity, fields: plan.agreed.localPaths, forWriting: false)
    }

    /// The hashes of the remote values, by the layout's remote paths.
    func remoteFields(of row: Int, in batch: RecordBatch) -> [UInt64] {
        RecordImage(of: row, in: batch, columns: 0..<plan.agreed.remotePaths.count).fields
    }

    /// Decides for each record what is to be written, and leaves out those that must not be.
    ///
    /// - Parameter made: what is pulled, its remote values by the layout's remote paths.
    func resolve(
        _ rows: [PulledRow],
        of made: MappedRecords,
        work: inout PullPageWork
    ) async throws -> [PulledRow] {
        let remote = made.extracted.records
        let mapped = made.mapped.records
        let current = try await table.rows(ids: PackedStrings(rows.lazy.map { $0.formerID ?? $0.id }))
        let places = Dictionary(
            (0..<current.ids.count).map { (current.ids[$0], $0) },
            uniquingKeysWith: { $1 }
        )
        let linked = rows.map { work.links[$0.index].id }
        let kept = Dictionary(
            zip(linked.filter { $0 != 0 }, try await ledger.fieldHashes(of: linked.filter { $0 != 0 })),
            uniquingKeysWith: { $1 }
        )
        var result: [PulledRow] = []
        for var row in rows {
            let link = work.links[row.index]
            let place = places[row.formerID ?? row.id]
            let local = place.map { RecordImage(of: $0, in: current.records).fields }
            let base = base(of: link, kept: kept[link.id], local: local)
            row.remoteFields = remoteFields(of: row.row, in: remote)
            guard let local, let place else {
                resolveAbsent(&row, link: link, base: base, remote: remote, work: &work)
                if row.agreement == nil { result.append(row) }
                continue
            }
            let image = made.fields(of: row.row)
            var merge = PullMerge(
                plan.agreed,
                base: base,
                remote: row.remoteFields,
                local: local,
                mapped: image,
                isLeftOut: { mapped[row.row, $0].kind == .missing }
            )
            if !merge.conflicts.isEmpty {
                let versions = versions(of: row.row, in: remote, row.remoteFields, (place, current.records, local))
                switch judge.side(link.id, versions: versions, times: times(row.row, remote, place, current.records)) {
                case .remote: merge.takeRemote()
                case .local: merge.keepLocal()
                case nil:
                    let fields = merge.conflicts.map { plan.agreed.remotePaths[plan.agreed.pulled[$0].remote] }
                    work.hold(row, .changed, fields: fields.map(\.description), versions: versions, at: clock.now)
                    continue
                }
            }
            row.merge = merge
            row.current = place
            if merge.writesAnything || row.formerID != nil {
                result.append(row)
            } else {
                row.agreement = merge.agreement(written: image)
                work.unchanged += 1
                work.link(row, plan: plan)
            }
        }
        work.current = current.records
        return result
    }

    /// A record whose local row is gone, or was never there.
    ///
    /// What is to be written (again) is left without an agreement.
    private func resolveAbsent(
        _ row: inout PulledRow,
        link: Link,
        base: Agreement,
        remote: RecordBatch,
        work: inout PullPageWork
    ) {
        guard link.exists else { return }
        var settled = base
        settled.remote = row.remoteFields
        if isChanged(row, link: link, base: base) {
            let versions = versions(of: row.row, in: remote, row.remoteFields, nil)
            switch judge.side(link.id, versions: versions) {
            case .remote: return
            case .local: break
            case nil:
                row.agreement = settled
                work.hold(row, .localDeleted, versions: versions, at: clock.now)
                return
            }
        }
        // Gone here and, as far as it matters, as it was there: a push may delete it, a pull does not bring it back.
        row.agreement = settled
        work.unchanged += 1
        work.link(row, plan: plan)
    }

    /// Whether the service has changed a record since both sides agreed on it, in what a pull brings.
    ///
    /// Of a record that a push has made, it is known what was sent: what the record has beyond that came later. The row's
    /// image says nothing about it then, since the row may hold what was never sent.
    private func isChanged(_ row: PulledRow, link: Link, base: Agreement) -> Bool {
        let fields = plan.agreed.pulled.map { (agreed: base.remote[$0.remote], now: row.remoteFields[$0.remote]) }
        guard fields.contains(where: { $0.agreed != Agreement.unknown }) else {
            return link.localHash == .unknown || link.localHash != row.localHash
        }
        return fields.contains { ($0.agreed == Agreement.unknown ? RecordImage.null : $0.agreed) != $0.now }
    }

    /// What both sides agreed on last.
    private func base(of link: Link, kept: [UInt64]?, local: [UInt64]?) -> Agreement {
        var base = reader.agreement(kept)
        // A link from the time when the entity was only pulled: the table still holds what the pull wrote.
        let isPulledOnly = link.localHash != .unknown && link.payloadHash == .unknown
        if let local, isPulledOnly, base.local.allSatisfy({ $0 == Agreement.unknown }),
            plan.localHash(fields: local) == link.localHash
        {
            base.local = local
        }
        return base
    }

    private func times(
        _ row: Int,
        _ remote: RecordBatch,
        _ place: Int,
        _ current: RecordBatch
    ) -> (local: Date?, remote: Date?) {
        guard let modified = plan.agreed.modified else { return (nil, nil) }
        return (
            ModificationTime.date(of: current[place, modified.local], in: current),
            ModificationTime.date(of: remote[row, modified.remote], in: remote)
        )
    }

    private func versions(
        of row: Int,
        in remote: RecordBatch,
        _ remoteFields: [UInt64],
        _ local: (place: Int, batch: RecordBatch, fields: [UInt64])?
    ) -> HeldRecord.Versions {
        let layout = plan.agreed
        return HeldRecord.Versions(
            local: local.map {
                HeldRecord.Versions.text(
                    layout.localPaths,
                    columns: Array(layout.localPaths.indices),
                    row: $0.place,
                    of: $0.batch
                )
            },
            remote: HeldRecord.Versions.text(
                layout.remotePaths,
                columns: Array(layout.remotePaths.indices),
                row: row,
                of: remote
            ),
            localHash: local.map { HeldRecord.Versions.hash($0.fields) } ?? 0,
            remoteHash: HeldRecord.Versions.hash(remoteFields)
        )
    }
}
