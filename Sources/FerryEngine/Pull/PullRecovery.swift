import FerryCore

/// Takes up what a pull has written to the table or deleted there, but not in the ledger, when it was cut off (design
/// §4.2).
///
/// Those of its rows that are in the table, just as they were to be written, are linked to their records, and rows that
/// have moved to another key leave their old one: nothing then stays behind if the records are gone or renamed by now,
/// and no push takes the rows for new ones. Rows that are deleted have no link any more: their records would not be missed
/// if they came back. Rows that were to be changed hold one version or the other, or that of a record
/// which was about to take them over from another: what the links say of them does not count any more.
struct PullRecovery {
    let context: JobContext
    let plan: EntityPlan
    let scope: LinkScope

    func run() async throws {
        for intent in try await context.ledger.intents(in: scope) { try await settle(intent) }
    }

    private func settle(_ intent: PullIntent) async throws {
        let written = Set(try await written(intent))
        let linked = try await context.ledger.links(in: scope, remoteIDs: intent.remoteIDs)
        let pairs = try await context.ledger.pairs(of: linked.filter(\.exists).map(\.id))
        let formerIDs = Dictionary(pairs.map { ($0.remoteID, $0.localID) }, uniquingKeysWith: { $1 })
        let owners = try await owners(of: intent.localIDs)
        let kept = Set(written.map { intent.localIDs[$0] })
        let placed = Set(written.map { intent.remoteIDs[$0] })
        var links = LinkChanges()
        var left = PackedStrings()
        for row in 0..<intent.count where !intent.isDelete(row) {
            let remoteID = intent.remoteIDs[row]
            let localID = intent.localIDs[row]
            let formerID = formerIDs[remoteID]
            if let owner = owners[localID], owner != remoteID, !written.contains(row) {
                // A record that has itself moved to another row is linked to that one.
                guard !placed.contains(owner) else { continue }
                links.append(
                    localID: localID,
                    remoteID: owner,
                    remoteHash: .undetermined,
                    localHash: .undetermined,
                    fieldHashes: plan.isTwoWay ? Agreement(unknownIn: plan.agreed).kept(under: plan.agreed) : []
                )
                continue
            }
            guard written.contains(row) || (formerID == localID && !plan.isTwoWay) else { continue }
            links.append(
                localID: localID,
                remoteID: remoteID,
                remoteHash: .undetermined,
                localHash: .undetermined,
                fieldHashes: intent.fieldHashes[row]
            )
            if let formerID, formerID != localID, !kept.contains(formerID) { left.append(formerID) }
        }
        if !left.isEmpty {
            let columns = plan.pull.outputs
            _ = try await context.store.table(plan.entity, fields: columns, forWriting: true).apply(
                LocalChanges(
                    ids: PackedStrings(),
                    records: RecordBatch(columnCount: columns.count),
                    areKnown: [],
                    deletedIDs: left
                )
            )
        }
        let deleted = try await deleted(intent)
        let unlinked = pairs.filter { deleted[$0.remoteID] == $0.localID }.map(\.id)
        try await context.ledger.settleIntent(intent.number, links: links, unlinked: unlinked, in: scope)
    }

    /// The rows of an intent that were to be deleted and are not in the table: local identifiers by remote ones.
    private func deleted(_ intent: PullIntent) async throws -> [String: String] {
        let doomed = (0..<intent.count).filter { intent.isDelete($0) }
        guard !doomed.isEmpty else { return [:] }
        let ids = PackedStrings(doomed.lazy.map { intent.localIDs[$0] })
        let table = try await context.store.table(plan.entity, fields: plan.pull.outputs, forWriting: false)
        let present = Set(try await table.rows(ids: ids).ids.strings)
        let gone = doomed.filter { !present.contains(intent.localIDs[$0]) }
        return Dictionary(gone.map { (intent.remoteIDs[$0], intent.localIDs[$0]) }, uniquingKeysWith: { $1 })
    }

    /// The remote identifiers of the records that rows are linked to, by local ones.
    private func owners(of localIDs: PackedStrings) async throws -> [String: String] {
        let links = try await context.ledger.links(in: scope, localIDs: localIDs).filter(\.exists)
        let pairs = try await context.ledger.pairs(of: links.map(\.id))
        return Dictionary(pairs.map { ($0.localID, $0.remoteID) }, uniquingKeysWith: { $1 })
    }

    /// The rows of an intent that are in the table as they were to be written.
    private func written(_ intent: PullIntent) async throws -> [Int] {
        let rows = (0..<intent.count).filter { !intent.isDelete($0) }
        guard !rows.isEmpty else { return [] }
        let page: LocalPage
        do {
            let fields = intent.paths.compactMap { try? FieldPath(parsing: $0) }
            guard fields.count == intent.paths.count else { return [] }
            page = try await context.store.table(plan.entity, fields: fields, forWriting: false)
                .rows(ids: intent.localIDs)
        } catch let failure as SyncFailure where failure.kind == .config {
            // A column of then is not there any more: nobody can tell what was written.
            return []
        }
        let places = Dictionary((0..<page.ids.count).map { (page.ids[$0], $0) }, uniquingKeysWith: { $1 })
        return rows.filter { row in
            guard let place = places[intent.localIDs[row]] else { return false }
            let fields = RecordImage(of: place, in: page.records).fields
            return PullIntent.content(of: fields) == intent.contents[row]
        }
    }
}
