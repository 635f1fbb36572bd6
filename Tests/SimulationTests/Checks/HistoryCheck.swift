import FerryCore
import FerryLedger
import FerryTesting

/// What must hold when nothing is left to do.
struct HistoryCheck {
    struct Findings {
        var violations: [String] = []
        /// Records that are set aside, though the destination would take them now.
        var staleRefusals: Set<String> = []
    }

    let history: History
    private var world: SimulatedWorld { history.world }
    private var scenario: Scenario { history.scenario }

    init(_ history: History) {
        self.history = history
    }

    func findings() async throws -> Findings {
        let memory = try await LedgerMemory(history)
        var findings = Findings()
        findings.violations = memory.leftovers
        switch scenario.direction {
        case .push: PushCheck(history: history, memory: memory).run(&findings)
        case .pull: PullCheck(history: history, memory: memory).run(&findings)
        }
        return findings
    }
}

/// What the ledger knows at the end.
struct LedgerMemory {
    /// Remote identifiers by local ones.
    let links: [String: String]
    /// Local identifiers by remote ones.
    let owners: [String: String]
    /// The reasons of what is set aside.
    let refusals: [String: String]
    /// What should not be there any more.
    let leftovers: [String]

    init(_ history: History) async throws {
        let (pairs, entries, outbox, jobs, checkpoints) = try await history.world.asking { ledger in
            let scope = try await history.scope(in: ledger)
            let jobs = try await ledger.jobs(integration: nil, states: [], limit: 1000, after: nil)
            var checkpoints = 0
            for job in jobs where try await ledger.checkpoint(of: job.id, in: scope) != nil { checkpoints += 1 }
            return (
                try await ledger.links(in: scope, after: 0, limit: 10_000),
                try await ledger.quarantine(of: "products", limit: 10_000),
                try await ledger.outbox(in: scope), jobs, checkpoints
            )
        }
        links = Dictionary(pairs.map { ($0.localID, $0.remoteID) }, uniquingKeysWith: { $1 })
        owners = Dictionary(pairs.map { ($0.remoteID, $0.localID) }, uniquingKeysWith: { $1 })
        refusals = Dictionary(entries.map { ($0.record.id, $0.record.message) }, uniquingKeysWith: { $1 })
        var leftovers: [String] = []
        if !outbox.isEmpty { leftovers.append("the outbox holds \(outbox.map(\.records))") }
        if checkpoints > 0 { leftovers.append("\(checkpoints) checkpoints outlive their jobs") }
        for job in jobs where !job.state.isFinal { leftovers.append("\(job.id) is still \(job.state)") }
        for entry in entries where entry.direction != history.scenario.direction {
            leftovers.append("'\(entry.record.id)' is set aside in a \(entry.direction)")
        }
        self.leftovers = leftovers
    }
}
