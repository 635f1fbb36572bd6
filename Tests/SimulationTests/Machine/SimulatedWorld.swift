import FerryCore
import FerryLedger
import FerryTesting
import Foundation
import Synchronization

/// What outlives the processes of a history: the two ends, the ledger, the clock, and those who watch and meddle.
final class SimulatedWorld: Sendable {
    private struct State {
        var weather = Weather.fair
        var meddler: (@Sendable (inout SeededRandom) -> Void)?
    }

    let dice: Dice
    let executor: SimulatedExecutor
    let trace = Trace()
    let clock = SimulatedClock()
    let ledger: Ledger
    let store: SimulatedStore
    let service: SimulatedService
    private let state = Mutex(State())

    init(_ dice: Dice, executor: SimulatedExecutor, ledger: Ledger, scenario: Scenario) {
        self.dice = dice
        self.executor = executor
        self.ledger = ledger
        store = SimulatedStore(pageLimit: scenario.scanLimit, clock: clock)
        service = SimulatedService(scenario.service, clock: clock, trace: trace)
    }

    /// The weather now.
    var weather: Weather { state.withLock { $0.weather } }

    func set(_ weather: Weather) { state.withLock { $0.weather = weather } }

    /// Lets somebody change the source, whenever the weather says so.
    func set(meddler: @escaping @Sendable (inout SeededRandom) -> Void) {
        state.withLock { $0.meddler = meddler }
    }

    func meddle(_ random: inout SeededRandom) {
        state.withLock { $0.meddler }?(&random)
    }

    /// Asks the ledger itself: nothing goes wrong.
    func asking<Value>(_ body: (Ledger) async throws -> Value) async throws -> Value {
        try await executor.outside { try await body(ledger) }
    }
}

/// The engine's ledger in a simulated process.
struct ProcessLedgerInterceptor: LedgerInterceptor {
    let process: SimulatedProcess

    func call<Value: Sendable>(
        _ name: String,
        isChange: Bool,
        _ body: () async throws -> Value
    ) async throws -> Value {
        try await process.call(
            "ledger.\(name)",
            failing: { isChange ? $0.ledgerFails : $0.ledgerFails / 4 },
            with: { random in
                random.chance(0.5)
                    ? SyncFailure(.local, .diskFull, "the disk is full")
                    : SyncFailure(.local, .ledgerUnavailable, "the ledger cannot be read or written")
            },
            { try await process.world.executor.outside(body) }
        )
    }
}
