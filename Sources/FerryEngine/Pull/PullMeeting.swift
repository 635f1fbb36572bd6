import FerryCore

/// Which local rows records stand for that no link explains yet, where the records do not say the table's key.
///
/// Such a record becomes a row of its own, under its own identifier. It is one that is here already if a push has made it
/// and the answer was lost: then it is known by what it was to be called, or by its natural key.
struct PullMeeting: Sendable {
    private var rowsByRemoteID: [String: String] = [:]
    private var rowsByMatchValue: [String: String] = [:]
    /// The pulled column that holds the natural key.
    private let matchColumn: Int?

    /// No row is met: each record says which one it stands for.
    init() {
        matchColumn = nil
    }

    /// Reads from the outbox which records may have landed.
    ///
    /// - Throws: ``SyncFailure`` of kind `config` when nothing would tell one of them from others.
    init(_ plan: EntityPlan, layout: PullLayout, context: JobContext, scope: LinkScope) async throws {
        matchColumn = plan.match.flatMap { layout.remoteFields.firstIndex(of: $0) }
        let batches = try await context.ledger.outbox(in: scope).filter { $0.operation == .create }
        guard !batches.isEmpty else { return }
        let sink = try? context.remote.sink(plan.entity.resource, fields: plan.push.outputs, match: plan.match)
        var untold = 0
        for batch in batches {
            let keys = sink?.recordKeys(of: batch, integration: context.integration.id, entityType: plan.entity.type)
            let remoteIDs = keys.flatMap { sink?.identifiers(of: $0) }
            for (index, record) in batch.records.enumerated() {
                if let remoteIDs {
                    rowsByRemoteID[remoteIDs[index]] = record.localID
                } else if matchColumn != nil, let value = record.matchValue {
                    rowsByMatchValue[value] = record.localID
                } else {
                    untold += 1
                }
            }
        }
        guard untold > 0 else { return }
        throw SyncFailure(
            .config,
            .syncUnsettled,
            "\(untold) records of '\(plan.entity.type)' were pushed and it is not known whether they have landed: a pull"
                + " cannot tell them from others, and would make second rows of them",
            hint: "run 'ferryctl sync \(context.integration.id) --push' first; map the table's key or a natural key"
                + " ('match') both ways, and they are told"
        )
    }

    /// The identifier of the row that the record in `row` of the pulled batch stands for.
    func localID(of row: Int, in remote: RecordBatch, remoteID: String) -> String? {
        if let id = rowsByRemoteID[remoteID] { return id }
        guard !rowsByMatchValue.isEmpty, let matchColumn else { return nil }
        return MatchValue.text(of: remote[row, matchColumn], in: remote).flatMap { rowsByMatchValue[$0] }
    }
}
