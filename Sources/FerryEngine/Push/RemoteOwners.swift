import FerryCore

/// Tells which remote records already stand for other local rows, so that two rows with one natural key do not take
/// the record from each other at every push.
struct RemoteOwners: Sendable {
    let context: JobContext
    let scope: LinkScope
    let table: any LocalTable

    /// Those of the given remote identifiers that are linked to rows which still exist.
    func taken(_ remoteIDs: [String]) async throws -> Set<String> {
        Set(try await rows(of: remoteIDs).keys)
    }

    /// The rows that exist and that the given remote records stand for: local identifiers by remote ones.
    func rows(of remoteIDs: [String]) async throws -> [String: String] {
        let pairs = try await pairs(of: remoteIDs)
        guard !pairs.isEmpty else { return [:] }
        let rows = Set(try await table.rows(ids: PackedStrings(pairs.lazy.map(\.localID))).ids.strings)
        let existing = pairs.filter { rows.contains($0.localID) }
        return Dictionary(existing.map { ($0.remoteID, $0.localID) }, uniquingKeysWith: { $1 })
    }

    /// Those of the given remote identifiers that are linked at all.
    func linked(_ remoteIDs: [String]) async throws -> Set<String> {
        Set(try await pairs(of: remoteIDs).map(\.remoteID))
    }

    /// The rows that the remote records of a batch are linked to, whether these still exist or not: local identifiers by
    /// remote ones.
    ///
    /// Most are linked to the rows that they are sent for: only the others must be found by their remote identifiers.
    func owners(in batch: [(localID: String, remoteID: String)]) async throws -> [String: String] {
        let links = try await context.ledger.links(in: scope, localIDs: PackedStrings(batch.lazy.map(\.localID)))
        let own = try await context.ledger.pairs(of: links.filter(\.exists).map(\.id))
        var owners = Dictionary(own.map { ($0.remoteID, $0.localID) }, uniquingKeysWith: { $1 })
        for pair in try await pairs(of: batch.map(\.remoteID).filter { owners[$0] == nil }) {
            owners[pair.remoteID] = pair.localID
        }
        return owners
    }

    /// Those of the given local identifiers whose rows exist.
    func existing(_ localIDs: [String]) async throws -> Set<String> {
        Set(try await table.rows(ids: PackedStrings(localIDs)).ids.strings)
    }

    private func pairs(of remoteIDs: [String]) async throws -> [LinkedPair] {
        guard !remoteIDs.isEmpty else { return [] }
        let links = try await context.ledger.links(in: scope, remoteIDs: PackedStrings(remoteIDs))
        return try await context.ledger.pairs(of: links.filter(\.exists).map(\.id))
    }

    /// Why a row is set aside whose remote record stands for another row.
    static let refusal = "another row has the same natural key, and the remote record already stands for that one"
}
