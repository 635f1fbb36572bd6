import FerryAPI
import FerryCore
import FerryEngine
import FerryJSON
import FerryLedger

// What both sides changed, and what people decide about it.
extension Control {
    func conflicts(_ integration: String, limit: Int) async throws -> [ConflictDetails] {
        _ = try entry(integration)
        return try await parts.ledger.conflicts(of: integration, limit: limit).map { conflict in
            ConflictDetails(
                conflict,
                local: Self.version(conflict.record.versions.local),
                remote: Self.version(conflict.record.versions.remote)
            )
        }
    }

    /// Notes the decision, and asks for the job that carries it out.
    func resolve(_ id: String, taking side: ConflictSide) async throws -> String {
        guard let number = Int64(id), let conflict = try await parts.ledger.conflict(number) else {
            throw Self.noConflict(id)
        }
        let integration = try working(conflict.integration)
        guard try await parts.ledger.resolve(number, taking: side) else { throw Self.noConflict(id) }
        // A deletion at the service is carried out by a complete pull only.
        let isDelete = conflict.record.kind == .remoteDeleted && side == .remote
        return try await supervisor.enqueue(
            integration.id,
            direction: side == .local ? .push : .pull,
            entityIDs: isDelete ? nil : [conflict.record.localID],
            trigger: .manual
        ).id
    }

    private static func noConflict(_ id: String) -> SyncFailure {
        SyncFailure(
            .config,
            .conflictNotFound,
            "there is no open conflict '\(id)'",
            hint: "'ferryctl conflicts' lists them; one is closed as soon as both sides agree"
        )
    }

    /// A version as JSON; what cannot be read any more is shown as if it had not been read.
    private static func version(_ text: String?) -> JSONValue? {
        text.flatMap { try? JSONValue(parsing: Array($0.utf8)) }
    }
}
