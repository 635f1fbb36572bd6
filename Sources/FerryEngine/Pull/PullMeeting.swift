import FerryCore

/// Which local rows records stand for that no link explains yet, where the records do not say the table's key.
///
/// Such a record becomes a row of its own, under its own identifier, unless it is one that is here already: the two sides
/// may have made it both, meet for the first time after the ledger was lost, or a push has made it and the answer was lost.
/// Then it is known by the natural key of the rows as they are now, or by what the outbox says of those that were sent.
struct PullMeeting: Sendable {
    /// The column of the pulled rows that holds the natural key, where rows are looked for by it.
    private var keyColumn: Int?
    /// The column of the pulled records that holds it.
    private let matchColumn: Int?
    private var rowsByRemoteID: [String: String] = [:]
    private var rowsByMatchValue: [String: String] = [:]

    /// No row is met: each record says which one it stands for.
    init() {
        matchColumn = nil
    }

    /// Finds out by what rows can be met, and reads from the outbox which records may have landed.
    ///
    /// - Throws: ``SyncFailure`` of kind `config` when records go both ways, or may have landed, and nothing tells which
    ///   rows they stand for.
    init(
        _ plan: EntityPlan,
        layout: PullLayout,
        table: any LocalTable,
        context: JobContext,
        scope: LinkScope
    ) async throws {
        matchColumn = plan.match.flatMap { layout.remoteFields.firstIndex(of: $0) }
        let isPushed = Set(context.integration.schedules.keys) != [.pull] && !plan.push.outputs.isEmpty
        let sink =
            isPushed
            ? try? context.remote.sink(plan.entity.resource, fields: plan.push.outputs, match: plan.match) : nil
        if let sink, sink.ability(for: .create) != nil {
            keyColumn = plan.matchedField.flatMap { plan.pull.outputs.firstIndex(of: $0) }
            guard keyColumn != nil || !plan.isTwoWay || context.integration.schedules.count < 2 else {
                throw Self.unmet(plan)
            }
            // A table that is empty has none to be met, and does not get any but by this pull.
            if try await table.scan(after: nil, limit: 1).ids.isEmpty { keyColumn = nil }
        }
        try await readOutbox(plan, sink: sink, context: context, scope: scope)
    }

    /// Whether records may be found by what is in the table or in the outbox.
    var looks: Bool { keyColumn != nil || !rowsByRemoteID.isEmpty || !rowsByMatchValue.isEmpty }

    private mutating func readOutbox(
        _ plan: EntityPlan,
        sink: (any RecordSink)?,
        context: JobContext,
        scope: LinkScope
    ) async throws {
        var untold = 0
        for batch in try await context.ledger.outbox(in: scope) where batch.operation == .create {
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
        guard untold == 0 else { throw Self.unsettled(untold, plan, context.integration.id) }
    }

    /// The identifiers of the rows that the given records of a page stand for, by their place in the batches.
    ///
    /// - Parameters:
    ///   - records: the records that no link explains, with their identifiers.
    ///   - remote: the records' values, and `mapped` what a pull makes of them.
    func localIDs(
        of records: [(row: Int, remoteID: String)],
        remote: RecordBatch,
        mapped: RecordBatch,
        in table: any LocalTable
    ) async throws -> [Int: String] {
        var found: [Int: String] = [:]
        if !rowsByRemoteID.isEmpty || !rowsByMatchValue.isEmpty {
            for (row, remoteID) in records {
                let value = matchColumn.flatMap { MatchValue.text(of: remote[row, $0], in: remote) }
                found[row] = rowsByRemoteID[remoteID] ?? value.flatMap { rowsByMatchValue[$0] }
            }
        }
        guard let keyColumn else { return found }
        var values = RecordBatch(columnCount: 1)
        var asked: [Int] = []
        for (row, _) in records where found[row] == nil {
            let cell = mapped[row, keyColumn]
            guard cell.kind != .missing, cell.kind != .null else { continue }
            let copy = values.copy(cell, of: mapped)
            values.append(row: [copy])
            asked.append(row)
        }
        guard !asked.isEmpty else { return found }
        let page = try await table.rows(where: keyColumn, isOneOf: values)
        let ids = Dictionary(
            (0..<page.ids.count).map {
                (page.records.string(of: page.records[$0, keyColumn]), page.ids[$0])
            },
            uniquingKeysWith: min
        )
        for row in asked { found[row] = ids[mapped.string(of: mapped[row, keyColumn])] }
        return found
    }

    private static func unmet(_ plan: EntityPlan) -> SyncFailure {
        SyncFailure(
            .config,
            .configMissingKey,
            "'\(plan.entity.type)' goes both ways, and no mapping that is pulled gives the table's key or the natural key"
                + (plan.match.map { " '\($0)'" } ?? "") + ": nothing tells which row a record stands for",
            hint: "map it, or add 'direction: pull' or 'direction: push' to each of the mappings"
        )
    }

    private static func unsettled(_ count: Int, _ plan: EntityPlan, _ integration: String) -> SyncFailure {
        SyncFailure(
            .config,
            .syncUnsettled,
            "\(count) records of '\(plan.entity.type)' were pushed and it is not known whether they have landed: a pull"
                + " cannot tell them from others, and would make second rows of them",
            hint: "run 'ferryctl sync \(integration) --push' first; map the table's key or a natural key ('match') both"
                + " ways, and they are told"
        )
    }
}
