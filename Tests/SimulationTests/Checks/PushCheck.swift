import FerryCore

/// Everything that was pushed is in place, and nothing else.
struct PushCheck {
    let history: History
    let memory: LedgerMemory

    func run(_ findings: inout HistoryCheck.Findings) {
        let scenario = history.scenario
        let source = SourceTable(direction: .push, keyColumn: scenario.keyColumn, world: history.world)
        let rows = Dictionary(source.rows.map { ($0.id, $0.fields) }, uniquingKeysWith: { $1 })
        let records = Dictionary(history.world.service.records.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        let mapping = history.mapping
        let lost = history.meddler.lost

        for (id, fields) in rows.sorted(by: { $0.key < $1.key }) {
            let expected = mapping.expected(of: fields, .push)
            let isRefused = memory.refusals[id] != nil
            let link = memory.links[id]
            // Without a natural key it could not be found again if an answer were lost.
            let hasKey = link != nil || expected.map { !($0["sku"] ?? .null).isNull } ?? false
            guard let expected, hasKey, SimulatedService.refusal(of: expected) == nil else {
                if !isRefused { findings.violations.append("row '\(id)' is bad, but not set aside") }
                continue
            }
            guard !isRefused else {
                let hasTwin =
                    records.values.contains { $0.id != link && $0.hasKey(of: expected) }
                    || rows.contains { $0.key != id && $0.value["sku"] == fields["sku"] }
                if !hasTwin { findings.staleRefusals.insert(id) }
                continue
            }
            guard let link else {
                findings.violations.append("row '\(id)' has not arrived: there is no link")
                continue
            }
            guard let record = records[link] else {
                // Others have deleted it, and nobody has changed the row since.
                if !lost.contains(link) { findings.violations.append("row '\(id)' has not arrived: '\(link)' is gone") }
                continue
            }
            let differences = record.fields.differences(from: expected)
            guard !differences.isEmpty else { continue }
            findings.violations.append("row '\(id)' differs from '\(link)': \(differences)")
        }
        checkRest(rows, records, lost, &findings)
        if history.world.service.traits.creation == .upsert { checkDoubles(rows, &findings) }
    }

    /// No source row has two records.
    ///
    /// A create that changes what is there may have hit another row's record. That is made right again unless the other
    /// row is refused, or gone.
    private func checkDoubles(_ rows: [String: Fields], _ findings: inout HistoryCheck.Findings) {
        var seen: [String: String] = [:]
        for record in history.world.service.records {
            guard let serial = record.fields["serial"]?.compactText else { continue }
            let owner = memory.owners[record.id]
            let isOwn = owner.flatMap { rows[$0]?["serial"]?.compactText } == serial
            if !isOwn, let owner, rows[owner] == nil || memory.refusals[owner] != nil { continue }
            if let other = seen.updateValue(record.id, forKey: serial) {
                findings.violations.append("row \(serial) is at the service twice: \(other) and \(record.id)")
            }
        }
    }

    private func checkRest(
        _ rows: [String: Fields],
        _ records: [String: SimulatedService.Record],
        _ lost: Set<String>,
        _ findings: inout HistoryCheck.Findings
    ) {
        for (local, remote) in memory.links.sorted(by: { $0.key < $1.key }) {
            if rows[local] == nil, history.scenario.deletes == .propagate {
                findings.violations.append(
                    "the link of '\(local)' outlives the row; '\(remote)' is \(records[remote]?.fields.text ?? "gone")"
                )
            }
            // That the record is gone of a row which is set aside is found when the row can be sent.
            if records[remote] == nil, !lost.contains(remote), memory.refusals[local] == nil {
                findings.violations.append("the link of '\(local)' outlives the record '\(remote)'")
            }
        }
        for id in memory.refusals.keys.sorted() where rows[id] == nil && memory.links[id] == nil {
            findings.violations.append("'\(id)' is set aside, though there is no such row")
        }
        for record in history.world.service.records where memory.owners[record.id] == nil && !record.isForeign {
            findings.violations.append("the ledger does not explain '\(record.id)': \(record.fields.text)")
        }
    }
}
