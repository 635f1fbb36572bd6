import FerryCore

/// Tells which remote records already stand for other local rows, so that two rows with one natural key do not take
/// the record from each other at every push.
struct RemoteOwners: Sendable {
    let context: JobContext
    let scope: LinkScope
    let table: any LocalTable

    /// Those of the given remote identifiers that are linked to rows which still exist.
    func taken(_ remoteIDs: [String]) async throws -> Set<String> {
        guard !remoteIDs.isEmpty else { return [] }
        let links = try await context.ledger.links(in: scope, remoteIDs: PackedStrings(remoteIDs))
        let pairs = try await context.ledger.pairs(of: links.filter(\.exists).map(\.id))
        guard !pairs.isEmpty else { return [] }
        let rows = Set(try await table.rows(ids: PackedStrings(pairs.lazy.map(\.localID))).ids.strings)
        return Set(pairs.filter { rows.contains($0.localID) }.map(\.remoteID))
    }

    /// Why a row is set aside whose remote record stands for another row.
    static let refusal = "another row has the same natural key, and the remote record already stands for that one"
}
