import FerryAPI
import FerryCore
import FerryEngine
import FerryHTTP
import Glibc

extension SingleRun {
    /// Shows what the job would do, and does nothing of it: `ferryd once --plan`.
    ///
    /// - Parameter limit: the most changes of each kind to list; `nil` for the planner's own limit.
    /// - Returns: the exit code: 0 unless the job would fail; then 3 for a wrong configuration, else 1.
    public func plan(limit: Int?) async throws -> Int32 {
        let parts = try await Parts(options, logger: logger)
        defer { parts.client.shutdown() }
        guard let integration = try configured(in: parts) else { return 3 }
        let planned = try await parts.planner.plan(
            integration,
            direction: direction,
            entityIDs: entityIDs,
            options: jobOptions,
            limit: limit ?? Planner.standardLimit
        )
        let plan = Plan(planned)
        if printsJSON {
            print(String(decoding: try WireFormat.encode(PlanSummary(plan: plan)), as: UTF8.self))
        } else {
            for line in PlanText(try WireFormat.document(plan), styled: Self.colour()).lines { print(line) }
        }
        guard planned.state == .failed else { return 0 }
        return planned.failure?.code.rawValue.hasPrefix("config.") == true ? 3 : 1
    }

    /// Colours for a terminal whose owner has not refused them (https://no-color.org).
    private static func colour() -> (String, PlanText.Style) -> String {
        let refusesColour = getenv("NO_COLOR").map { $0.pointee != 0 } ?? false
        guard isatty(STDOUT_FILENO) == 1, !refusesColour else { return { text, _ in text } }
        return { text, style in
            let code =
                switch style {
                case .good: "32"
                case .bad: "31"
                case .notable: "33"
                case .faint: "2"
                case .strong: "1"
                }
            return "\u{1B}[\(code)m\(text)\u{1B}[0m"
        }
    }

    /// What `--json` prints.
    private struct PlanSummary: Encodable {
        let plan: Plan
    }
}
