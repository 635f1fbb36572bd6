import FerryCore

/// Everything that was pulled is in place, and nothing else.
struct PullCheck {
    let history: History
    let memory: LedgerMemory

    func run(_ findings: inout HistoryCheck.Findings) {
        let records = history.world.service.records
        // Nothing follows from a source that has become empty: it may well be broken.
        guard !records.isEmpty else { return }
        let rows = history.world.store.rows(of: SourceTable.table)
        let mapping = history.mapping
        let keyColumn = history.scenario.keyColumn
        for record in records {
            let isRefused = memory.refusals[record.id] != nil
            let expected = mapping.expected(of: record.fields, .pull)
            let identity = keyColumn == "sku" ? record.fields["sku"]?.string : record.id
            guard let identity, let expected, record.fields["broken"] == nil,
                SimulatedService.refusal(of: expected) == nil
            else {
                if !isRefused { findings.violations.append("record '\(record.id)' is bad, but not set aside") }
                continue
            }
            guard !isRefused else {
                let owner = memory.links[identity]
                let isTaken = owner != nil && owner != record.id && records.contains { $0.id == owner }
                if !isTaken { findings.staleRefusals.insert(record.id) }
                continue
            }
            guard memory.owners[record.id] == identity else {
                findings.violations.append(
                    "record '\(record.id)' has not arrived: its link is with '\(memory.owners[record.id] ?? "nothing")'"
                )
                continue
            }
            guard var row = rows[identity] else {
                findings.violations.append("record '\(record.id)' has not arrived: there is no row '\(identity)'")
                continue
            }
            row[keyColumn] = .string(identity)
            let differences = row.differences(from: expected)
            guard !differences.isEmpty else { continue }
            findings.violations.append("record '\(record.id)' differs from row '\(identity)': \(differences)")
        }
        checkRest(Set(records.map(\.id)), rows, &findings)
    }

    private func checkRest(
        _ records: Set<String>,
        _ rows: [String: Fields],
        _ findings: inout HistoryCheck.Findings
    ) {
        for (local, remote) in memory.links.sorted(by: { $0.key < $1.key }) {
            if !records.contains(remote), history.scenario.deletes == .propagate {
                findings.violations.append("the link of '\(local)' outlives the record '\(remote)'")
            }
            if rows[local] == nil { findings.violations.append("the link of '\(remote)' outlives the row '\(local)'") }
        }
        for id in memory.refusals.keys.sorted() where !records.contains(id) && memory.owners[id] == nil {
            findings.violations.append("'\(id)' is set aside, though there is no such record")
        }
        var serials: [String: String] = [:]
        for (id, fields) in rows.sorted(by: { $0.key < $1.key }) {
            guard let serial = fields["serial"]?.compactText else { continue }
            if let other = serials.updateValue(id, forKey: serial) {
                findings.violations.append("record \(serial) is in the table twice: '\(other)' and '\(id)'")
            }
            // A row that has a serial number was written by Ferry.
            if memory.links[id] == nil { findings.violations.append("the ledger does not explain the row '\(id)'") }
        }
    }
}
