public import FerryCore
public import FoundationEssentials
internal import GRDB

// What schedules and people have set for an integration.
extension Ledger {
    /// The schedules' next runs.
    public func nextRuns() async throws -> [ScheduleKey: Date] {
        try await read { database in
            var runs: [ScheduleKey: Date] = [:]
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT integration.name, next_run.direction, next_run.due_at
                    FROM next_run JOIN integration ON integration.id = next_run.integration_id
                    """
            )
            for row in rows {
                guard let direction = Direction(rawValue: try row.value("direction")) else { continue }
                let key = ScheduleKey(integration: try row.value("name"), direction: direction)
                runs[key] = Date(milliseconds: try row.value("due_at"))
            }
            return runs
        }
    }

    /// Keeps a schedule's next run; `nil` forgets it.
    public func setNextRun(_ date: Date?, for key: ScheduleKey) async throws {
        try await write { database in
            let integration = try Self.integration(key.integration, in: database)
            if let date {
                try database.execute(
                    sql: "INSERT OR REPLACE INTO next_run (integration_id, direction, due_at) VALUES (?, ?, ?)",
                    arguments: [integration, key.direction.rawValue, date.milliseconds]
                )
            } else {
                try database.execute(
                    sql: "DELETE FROM next_run WHERE integration_id = ? AND direction = ?",
                    arguments: [integration, key.direction.rawValue]
                )
            }
        }
    }

    /// Pauses or resumes an integration.
    public func setPaused(_ paused: Bool, integration: String) async throws {
        try await write { database in
            let number = try Self.integration(integration, in: database)
            try database.execute(
                sql: "UPDATE integration SET is_paused = ? WHERE id = ?",
                arguments: [paused, number]
            )
        }
    }
}
