import FerryCore

// How records are found that the service has already: by their natural keys.
extension OutboxDelivery {
    /// The remote records with the given natural keys; `nil` when the resource cannot be read by them.
    func landed(_ matchValues: [String]) async throws -> LandedRecords? {
        guard let lookup = RemoteLookup(context: context, plan: plan) else { return nil }
        return try await LandedRecords(lookup.records(of: matchValues), plan: plan, reader: reader, owners: owners)
    }

    /// The records that the service has already of those that it refused to make; `nil` when none can be found.
    func twins(of records: PendingWrites, refusedIn results: [WriteResult]) async throws -> LandedRecords? {
        // What changes a record that is there already is not refused because it is there.
        guard sink.ability(for: .create)?.identifiesByMatch != true else { return nil }
        let values = results.indices.compactMap { index -> String? in
            guard case .refused = results[index] else { return nil }
            return records.entries[index].matchValue
        }
        return values.isEmpty ? nil : try await landed(values)
    }

    /// The rows whose records the service took for those that it was to make: local identifiers by remote ones.
    ///
    /// Only a create that can be repeated may be one that changes what is there.
    func rows(ownedAmong results: [WriteResult]) async throws -> [String: String] {
        guard sink.ability(for: .create)?.isRepeatable ?? false else { return [:] }
        return try await owners.rows(
            of: results.compactMap { result in
                if case .accepted(let remoteID) = result { remoteID } else { nil }
            }
        )
    }

    /// Sets rows aside whose records stand for other rows, where the natural key is the identifier: their creates would
    /// change those records.
    func leavingOutTaken(_ records: PendingWrites) async throws -> PendingWrites {
        guard sink.ability(for: .create)?.identifiesByMatch == true else { return records }
        let identifiers = records.entries.map { $0.matchValue.map(MatchValue.identifier) }
        var owned = try await owners.rows(of: identifiers.compactMap(\.self))
        var free: [Int] = []
        var taken: [QuarantinedRecord] = []
        for (index, entry) in records.entries.enumerated() {
            guard let identifier = identifiers[index], let owner = owned[identifier], owner != entry.localID else {
                free.append(index)
                if let identifier = identifiers[index] { owned[identifier] = entry.localID }
                continue
            }
            taken.append(entry.quarantined(.recordAmbiguous, RemoteOwners.refusal))
        }
        guard !taken.isEmpty else { return records }
        try await context.ledger.quarantine(taken, direction: .push, in: scope)
        context.meter.update { $0.quarantined += taken.count }
        return records.selecting(free)
    }
}
