import FerryCore

/// Remote records found by their natural keys, of which each record that was sent takes its own.
///
/// A natural key may have more than one: the service need not keep it unique, and a row may have been replaced by
/// another with the same key whose record is not deleted yet. What holds all that was sent comes first, then what no
/// row has. A record that stands for a row which still exists is nobody else's.
struct LandedRecords {
    private var found: [String: [RemoteLookup.Found]]
    /// The remote identifiers that have a link.
    private let linked: Set<String>
    /// Those of them whose rows still exist.
    private let taken: Set<String>

    /// Looks at which rows the records stand for.
    init(_ found: [String: [RemoteLookup.Found]], owners: RemoteOwners) async throws {
        self.found = found
        let remoteIDs = found.keys.sorted().flatMap { (found[$0] ?? []).map(\.remoteID) }
        linked = try await owners.linked(remoteIDs)
        taken = linked.isEmpty ? [] : try await owners.taken(remoteIDs)
    }

    /// Takes the record that a natural key stands for; `nil` when there is none, or only those of other rows.
    mutating func take(_ matchValue: String, holding fieldHashes: [UInt64], plan: EntityPlan) -> RemoteLookup.Found? {
        guard var records = found[matchValue] else { return nil }
        let ranks = records.map { record in
            (plan.holds(record.fields, all: fieldHashes) ? 0 : 2) + (linked.contains(record.remoteID) ? 1 : 0)
        }
        let free = records.indices.filter { !taken.contains(records[$0].remoteID) }
        guard let best = free.min(by: { ranks[$0] < ranks[$1] }) else { return nil }
        defer { found[matchValue] = records }
        return records.remove(at: best)
    }

    /// The records with a natural key, as a service would say that it took them for the ones that were sent.
    func takenResults(_ matchValue: String) -> [WriteResult] {
        (found[matchValue] ?? []).map { .accepted(remoteID: $0.remoteID) }
    }

    /// Whether there are only records of other rows with a natural key.
    func isTaken(_ matchValue: String) -> Bool {
        guard let records = found[matchValue], !records.isEmpty else { return false }
        return records.allSatisfy { taken.contains($0.remoteID) }
    }
}
