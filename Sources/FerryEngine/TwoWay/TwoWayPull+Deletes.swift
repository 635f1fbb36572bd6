import FerryCore

extension TwoWayPull {
    /// What becomes of local rows whose remote records are gone.
    struct DeleteVerdict {
        /// The rows to delete.
        var deletes: [LinkedPair]
        /// Links to forget: a push makes their records anew.
        var unlinked: [Int64] = []
        /// Links of the rows that are held.
        var links = LinkChanges()
        /// The rows that were changed meanwhile and wait for a decision.
        var held: [HeldRecord] = []
    }

    /// Keeps rows that the local side has changed since both sides last agreed: deleted there and changed here is a
    /// conflict (design §4.4).
    func deletes(among doomed: [LinkedPair]) async throws -> DeleteVerdict {
        let current = try await table.rows(ids: PackedStrings(doomed.lazy.map(\.localID)))
        let places = Dictionary((0..<current.ids.count).map { (current.ids[$0], $0) }, uniquingKeysWith: { $1 })
        let kept = try await ledger.fieldHashes(of: doomed.map(\.id))
        var verdict = DeleteVerdict(deletes: [])
        for (pair, kept) in zip(doomed, kept) {
            guard let place = places[pair.localID] else {
                verdict.deletes.append(pair)
                continue
            }
            let local = RecordImage(of: place, in: current.records).fields
            let base = reader.agreement(kept)
            let isChanged = plan.agreed.pulled.indices.contains { column in
                plan.agreed.pulled[column].isShared && base.local[column] != local[column]
            }
            guard isChanged else {
                verdict.deletes.append(pair)
                continue
            }
            let versions = HeldRecord.Versions(
                local: HeldRecord.Versions.text(
                    plan.agreed.localPaths,
                    columns: Array(plan.agreed.localPaths.indices),
                    row: place,
                    of: current.records
                ),
                localHash: HeldRecord.Versions.hash(local)
            )
            switch judge.side(pair.id, versions: versions) {
            case .remote: verdict.deletes.append(pair)
            case .local: verdict.unlinked.append(pair.id)
            case nil:
                verdict.links.append(localID: pair.localID, remoteID: pair.remoteID, payloadHash: .held)
                verdict.held.append(
                    HeldRecord(
                        kind: .remoteDeleted,
                        localID: pair.localID,
                        remoteID: pair.remoteID,
                        versions: versions,
                        foundAt: clock.now
                    )
                )
            }
        }
        return verdict
    }
}
