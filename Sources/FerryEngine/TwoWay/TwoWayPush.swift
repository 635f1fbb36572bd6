import FerryCore
import FoundationEssentials

/// Compares rows that a push is about to send with what the service holds now, field by field (design §4.4).
struct TwoWayPush: Sendable {
    let context: JobContext
    let plan: EntityPlan
    let scope: LinkScope
    let reader: AgreementReader
    let judge: ConflictJudge
    let look: RemoteLook?

    init(_ plan: EntityPlan, context: JobContext, scope: LinkScope) async throws {
        self.context = context
        self.plan = plan
        self.scope = scope
        reader = AgreementReader(
            plan.agreed,
            layouts: try await context.ledger.keepLayout(plan.agreed.kept, in: scope)
        )
        judge = ConflictJudge(
            context.integration.conflicts,
            resolutions: try await context.ledger.resolutions(in: scope)
        )
        look = RemoteLook(plan, context: context, scope: scope)
    }

    /// A row that differs from what the service acknowledged last, and is linked.
    struct Candidate {
        let row: Int
        let link: Link
        let target: RemoteLook.Target
        var merge: PushMerge
    }

    /// What is to be done about a candidate.
    enum Verdict {
        /// Nothing: the service has it all.
        case settled(Agreement)
        /// The columns are sent; those of `replaced` hold what the service has, for updates that replace everything.
        case update(columns: [Int], replaced: RemoteLook.Values?, Agreement)
        /// The record is gone and made anew.
        case create
        /// Both sides changed it.
        case hold(HeldRecord)
        /// A pull will bring what the service has, or must see it first.
        case leave
    }

    /// Looks at the service and decides about each candidate.
    ///
    /// - Parameters:
    ///   - page: the local rows.
    ///   - layout: which of the page's columns links remember.
    ///   - isPartial: whether fields that an update leaves out keep their values.
    func verdicts(
        on candidates: [Candidate],
        page: LocalPage,
        layout: PushLayout,
        isPartial: Bool
    ) async throws -> [Verdict] {
        let columns = layout.agreedColumns
        let sights = try await look?.look(at: candidates.map(\.target))
        var verdicts: [Verdict] = []
        for (index, candidate) in candidates.enumerated() {
            var local = HeldRecord.Versions(
                localHash: HeldRecord.Versions.hash(layout.agreedFields(of: candidate.row, in: page))
            )
            let describe = {
                HeldRecord.Versions.text(plan.agreed.localPaths, columns: columns, row: candidate.row, of: page.records)
            }
            switch sights?[index] ?? .notPossible {
            case .notPossible:
                let merge = candidate.merge
                // What replaces the whole record must carry all of it.
                let sent = isPartial ? layout.members(of: merge.sends) : Array(plan.agreed.pushed.indices)
                verdicts.append(
                    merge.sends.isEmpty
                        ? .settled(merge.agreement)
                        : .update(columns: sent, replaced: nil, merge.agreement)
                )
            case .gone:
                switch judge.side(candidate.link.id, versions: local) {
                case .local: verdicts.append(.create)
                case .remote: verdicts.append(.leave)
                case nil:
                    local.local = describe()
                    verdicts.append(.hold(held(.remoteDeleted, candidate, page, versions: local)))
                }
            case .seen(let fields, let values):
                local.remoteHash = HeldRecord.Versions.hash(fields)
                verdicts.append(
                    try await verdict(
                        on: candidate,
                        fields,
                        values,
                        page: page,
                        layout: layout,
                        versions: local,
                        isPartial: isPartial,
                        describe: describe
                    )
                )
            }
        }
        return verdicts
    }

    private func verdict(
        on candidate: Candidate,
        _ fields: [UInt64],
        _ values: RemoteLook.Values?,
        page: LocalPage,
        layout: PushLayout,
        versions: HeldRecord.Versions,
        isPartial: Bool,
        describe: () -> String
    ) async throws -> Verdict {
        var merge = candidate.merge
        merge.compare(with: fields)
        var values = values
        if !merge.conflicts.isEmpty {
            // Only now: a record that is read by itself costs a request.
            if values == nil { values = try await look?.values(of: candidate.target) }
            let times = times(candidate.row, page, layout.agreedColumns, values)
            switch judge.side(candidate.link.id, versions: versions, times: times) {
            case .local: merge.sendLocal()
            case .remote: return .leave
            case nil:
                var versions = versions
                versions.local = describe()
                versions.remote = values.map {
                    HeldRecord.Versions.text(
                        plan.agreed.remotePaths,
                        columns: Array(plan.agreed.remotePaths.indices),
                        row: $0.row,
                        of: $0.batch
                    )
                }
                var record = held(.changed, candidate, page, versions: versions)
                record.fields = merge.conflicts.map {
                    plan.agreed.remotePaths[plan.agreed.pushed[$0].remote].description
                }
                return .hold(record)
            }
        }
        guard !merge.sends.isEmpty else { return .settled(merge.agreement) }
        // An update must carry what the service has in the other fields that it replaces: those of the whole record, or
        // those of the same members.
        let replaced = isPartial ? layout.members(of: merge.sends) : Array(plan.agreed.pushed.indices)
        guard merge.differs(from: fields, in: replaced) else {
            return .update(columns: replaced, replaced: nil, merge.agreement)
        }
        if values == nil { values = try await look?.values(of: candidate.target) }
        return values.map { .update(columns: merge.sends, replaced: $0, merge.agreement) } ?? .leave
    }

    /// Whether an update's answer was lost, or it landed: links what did, and leaves the rest as it was.
    func recover(_ records: [OutboxRecord], into links: inout LinkChanges) async throws {
        let records = records.filter { $0.remoteID != nil }
        let sights = try await look?.look(
            at: records.map { RemoteLook.Target(remoteID: $0.remoteID ?? "", matchValue: $0.matchValue) }
        )
        for (index, record) in records.enumerated() {
            guard let remoteID = record.remoteID else { continue }
            var hasLanded = false
            var isKnown = true
            switch sights?[index] ?? .notPossible {
            case .seen(let fields, _): hasLanded = plan.holds(fields, all: record.fieldHashes)
            case .gone: break
            case .notPossible: isKnown = false
            }
            links.append(
                localID: record.localID,
                remoteID: remoteID,
                localHash: hasLanded ? record.localHash : .unknown,
                payloadHash: hasLanded ? record.payloadHash : .undetermined,
                // Without a look nothing is known any more: every field is compared anew, and sent.
                fieldHashes: hasLanded ? record.fieldHashes : isKnown ? [] : [0]
            )
        }
    }

    /// Leaves out records that the service has changed since both sides last agreed: deleted here and changed there is
    /// a conflict (design §4.4).
    func deletes(among doomed: [LinkedPair]) async throws -> (deletes: [LinkedPair], held: [HeldRecord]) {
        guard let look else { return (doomed, []) }
        let sights = try await look.look(at: doomed.map { RemoteLook.Target(remoteID: $0.remoteID, matchValue: nil) })
        let kept = try await context.ledger.fieldHashes(of: doomed.map(\.id))
        var deletes: [LinkedPair] = []
        var held: [HeldRecord] = []
        for (index, pair) in doomed.enumerated() {
            guard case .seen(let fields, let values) = sights[index] else {
                deletes.append(pair)
                continue
            }
            let base = reader.agreement(kept[index])
            let known = plan.agreed.pulled.filter { base.remote[$0.remote] != Agreement.unknown }
            // What the two sides never agreed on was not deleted by both.
            let isChanged = known.isEmpty || known.contains { base.remote[$0.remote] != fields[$0.remote] }
            guard isChanged else {
                deletes.append(pair)
                continue
            }
            let versions = HeldRecord.Versions(
                remote: values.map {
                    HeldRecord.Versions.text(
                        plan.agreed.remotePaths,
                        columns: Array(plan.agreed.remotePaths.indices),
                        row: $0.row,
                        of: $0.batch
                    )
                },
                remoteHash: HeldRecord.Versions.hash(fields)
            )
            switch judge.side(pair.id, versions: versions) {
            case .local: deletes.append(pair)
            case .remote: break  // A pull brings it back.
            case nil:
                held.append(
                    HeldRecord(
                        kind: .localDeleted,
                        localID: pair.localID,
                        remoteID: pair.remoteID,
                        versions: versions,
                        foundAt: context.clock.now
                    )
                )
            }
        }
        return (deletes, held)
    }

    private func held(
        _ kind: ConflictKind,
        _ candidate: Candidate,
        _ page: LocalPage,
        versions: HeldRecord.Versions
    ) -> HeldRecord {
        HeldRecord(
            kind: kind,
            localID: page.ids[candidate.row],
            remoteID: candidate.target.remoteID,
            versions: versions,
            foundAt: context.clock.now
        )
    }

    private func times(
        _ row: Int,
        _ page: LocalPage,
        _ columns: [Int],
        _ values: RemoteLook.Values?
    ) -> (local: Date?, remote: Date?) {
        guard let modified = plan.agreed.modified, let values else { return (nil, nil) }
        return (
            ModificationTime.date(of: page.records[row, columns[modified.local]], in: page.records),
            ModificationTime.date(of: values.batch[values.row, modified.remote], in: values.batch)
        )
    }
}
