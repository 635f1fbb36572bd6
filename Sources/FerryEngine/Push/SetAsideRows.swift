import FerryCore

/// The rows of an entity type that pushes have set aside.
struct SetAsideRows: Sendable {
    let context: JobContext
    let entityType: String
    let scope: LinkScope

    /// Calls `body` with the identifiers, a page at a time, until it returns `false`.
    ///
    /// Newest first: those that are set aside meanwhile are newer still, so that none comes up twice.
    func forEachPage(_ body: (PackedStrings) async throws -> Bool) async throws {
        let filter = QuarantineFilter(
            integration: context.integration.id,
            direction: .push,
            entityTypes: [entityType]
        )
        var before: Int64?
        while true {
            let entries = try await context.ledger.quarantine(filter, before: before, limit: 500)
            guard let last = entries.last else { return }
            before = last.number
            guard try await body(PackedStrings(entries.lazy.map(\.record.id))) else { return }
        }
    }

    /// Takes rows out of quarantine that do not exist any more; one whose delete was refused still has its link.
    func releaseGone(from table: any LocalTable) async throws {
        try await forEachPage { ids in
            let existing = Set(try await table.rows(ids: ids).ids.strings)
            let links = try await context.ledger.links(in: scope, localIDs: ids)
            let gone = (0..<ids.count).filter { !links[$0].exists && !existing.contains(ids[$0]) }
            if !gone.isEmpty {
                try await context.ledger.release(ids: ids.selecting(gone), direction: .push, in: scope)
            }
            return true
        }
    }

    /// Calls `body` with the links of rows that do not exist any more: their deletes were refused, or are still to come.
    func forEachPageOfGone(from table: any LocalTable, _ body: ([LinkedPair]) async throws -> Void) async throws {
        try await forEachPage { ids in
            let existing = Set(try await table.rows(ids: ids).ids.strings)
            let links = try await context.ledger.links(in: scope, localIDs: ids)
            let gone = (0..<ids.count).filter { links[$0].exists && !existing.contains(ids[$0]) }
            if !gone.isEmpty { try await body(try await context.ledger.pairs(of: gone.map { links[$0].id })) }
            return true
        }
    }
}
