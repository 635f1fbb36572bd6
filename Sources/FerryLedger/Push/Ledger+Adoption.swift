public import FerryCore
internal import FerrySQLite
internal import GRDB

// The first contact of two ends that both have records.
extension Ledger {
    /// Keeps remote records found on first contact until their local counterparts are scanned; `isFirst` forgets what
    /// an earlier read found.
    public func keepCandidates(_ candidates: [AdoptionCandidate], isFirst: Bool, in scope: LinkScope) async throws {
        guard isFirst || !candidates.isEmpty else { return }
        try await write { database in
            try Self.require(scope, in: database)
            if isFirst { try database.run("DELETE FROM candidate WHERE scope_id = ?", [scope.id]) }
            let statement = try database.rowPath().prepare(
                """
                INSERT INTO candidate (scope_id, match_value, remote_id, field_hashes) VALUES (?, ?, ?, ?)
                ON CONFLICT (scope_id, match_value) DO UPDATE SET field_hashes = excluded.field_hashes
                WHERE remote_id = excluded.remote_id
                """
            )
            statement.bind(scope.id, at: 0)
            for candidate in candidates {
                statement.bind(candidate.matchValue, at: 1)
                statement.bind(candidate.remoteID, at: 2)
                try candidate.fieldHashes.withUnsafeBytes { fields in
                    statement.bindFields(fields, at: 3)
                    try statement.run()
                }
            }
        }
    }

    /// The candidates with the given match values, one for each in order.
    public func candidates(in scope: LinkScope, matchValues: PackedStrings) async throws -> [AdoptionCandidate?] {
        guard !matchValues.isEmpty else { return [] }
        return try await read { database in
            let statement = try database.rowPath().prepare(
                "SELECT match_value, remote_id, field_hashes FROM candidate WHERE scope_id = ? AND match_value = ?"
            )
            statement.bind(scope.id, at: 0)
            var candidates = [AdoptionCandidate?](repeating: nil, count: matchValues.count)
            try matchValues.forEachBytesInOrder { index, value in
                statement.bindText(value, at: 1)
                defer { statement.reset() }
                guard try statement.step() else { return }
                candidates[index] = AdoptionCandidate(
                    matchValue: statement.string(0),
                    remoteID: statement.string(1),
                    fieldHashes: statement.fields(2)
                )
            }
            return candidates
        }
    }

    /// Whether the scope's first contact is over.
    public func isAdopted(_ scope: LinkScope) async throws -> Bool {
        try await read { database in
            try Bool.fetchOne(
                database.cachedStatement(sql: "SELECT is_adopted FROM scope WHERE id = ?"),
                arguments: [scope.id]
            ) ?? false
        }
    }

    /// Ends the first contact: candidates are forgotten.
    public func finishAdoption(in scope: LinkScope) async throws {
        try await write { database in
            try Self.require(scope, in: database)
            try database.run("UPDATE scope SET is_adopted = 1 WHERE id = ?", [scope.id])
            try database.run("DELETE FROM candidate WHERE scope_id = ?", [scope.id])
        }
    }
}
