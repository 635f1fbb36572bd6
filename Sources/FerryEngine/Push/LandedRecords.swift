import FerryCore

/// Remote records found by their natural keys, of which each record that was sent takes its own.
///
/// A natural key may have more than one: the service need not keep it unique, and a row may have been replaced by
/// another with the same key whose record is not deleted yet. The one that the row has already comes first, then what
/// holds all that was sent, then what no row has. A record that stands for a row which still exists is nobody else's.
struct LandedRecords {
    private var found: [String: [RemoteLookup.Found]]
    /// The remote identifiers that have a link.
    private let linked: Set<String>
    /// The rows that they stand for, as far as these still exist: local identifiers by remote ones.
    private let rows: [String: String]
    private let plan: EntityPlan
    private let reader: AgreementReader

    /// Looks at which rows the records stand for.
    init(
        _ found: [String: [RemoteLookup.Found]],
        plan: EntityPlan,
        reader: AgreementReader,
        owners: RemoteOwners
    ) async throws {
        self.found = found
        self.plan = plan
        self.reader = reader
        let remoteIDs = found.keys.sorted().flatMap { (found[$0] ?? []).map(\.remoteID) }
        linked = try await owners.linked(remoteIDs)
        rows = linked.isEmpty ? [:] : try await owners.rows(of: remoteIDs)
    }

    /// Takes the record that a create has made, if it has landed; `nil` when none can be it.
    ///
    /// A record that stood for another row before is none that was made now, even if that row is gone: only where creates
    /// change what is there, and it holds all that was sent.
    mutating func takeLanded(
        _ matchValue: String,
        for localID: String,
        holding fieldHashes: [UInt64]
    ) -> RemoteLookup.Found? {
        take(matchValue, for: localID, holding: fieldHashes, hasLanded: true)
    }

    /// Takes the record that the natural key of a row stands for; `nil` when there is none, or only those of other
    /// rows.
    mutating func take(
        _ matchValue: String,
        for localID: String,
        holding fieldHashes: [UInt64]
    ) -> RemoteLookup.Found? {
        take(matchValue, for: localID, holding: fieldHashes, hasLanded: false)
    }

    private mutating func take(
        _ matchValue: String,
        for localID: String,
        holding fieldHashes: [UInt64],
        hasLanded: Bool
    ) -> RemoteLookup.Found? {
        guard var records = found[matchValue] else { return nil }
        let sent = reader.agreement(fieldHashes)
        let ranks = records.map { record in
            if isKnown(record.remoteID, for: localID) { return -1 }
            return (plan.holds(record.fields, known: sent) ? 0 : 2) + (linked.contains(record.remoteID) ? 1 : 0)
        }
        let free = records.indices.filter {
            ranks[$0] < 0 || rows[records[$0].remoteID] == nil && !(hasLanded && ranks[$0] == Self.differingOfOthers)
        }
        guard let best = free.min(by: { ranks[$0] < ranks[$1] }) else { return nil }
        defer { found[matchValue] = records }
        return records.remove(at: best)
    }

    /// The rank of records that have a link and do not hold what was sent.
    private static let differingOfOthers = 3

    /// Whether a record is linked to a row already: the answer was noted before its batch could leave the outbox.
    func isKnown(_ remoteID: String, for localID: String) -> Bool { rows[remoteID] == localID }

    /// The records with a natural key, as a service would say that it took them for the ones that were sent.
    func takenResults(_ matchValue: String) -> [WriteResult] {
        (found[matchValue] ?? []).map { .accepted(remoteID: $0.remoteID) }
    }

    /// Whether there are only records of other rows with a natural key.
    func isTaken(_ matchValue: String) -> Bool {
        guard let records = found[matchValue], !records.isEmpty else { return false }
        return records.allSatisfy { rows[$0.remoteID] != nil }
    }
}
