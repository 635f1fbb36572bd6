import FerryCore
import FerryEngine
import FerryTesting
import Synchronization

/// A disk for the ledger that can be full or broken: calls fail while it is.
final class FlakyDisk: LedgerInterceptor {
    private struct State {
        var failure: SyncFailure?
        var method: String?
        var before: (method: String, wait: @Sendable () async throws -> Void)?
    }

    private let state = Mutex(State())
    /// How many calls have failed.
    let failures = Counter(0)

    /// Fills the disk, or makes room: for all calls, or for those of one method.
    func set(isFull: Bool, for method: String? = nil) {
        state.withLock { state in
            state.failure = isFull ? SyncFailure(.local, .diskFull, "the disk is full", hint: "make room") : nil
            state.method = method
        }
    }

    /// Makes the calls of a method wait until `wait` returns.
    func delay(_ method: String, until wait: @escaping @Sendable () async throws -> Void) {
        state.withLock { $0.before = (method, wait) }
    }

    /// Breaks what is on it.
    func damage() {
        state.withLock { state in
            state.failure = SyncFailure(.local, .ledgerDamaged, "the ledger is damaged", hint: "move it away")
            state.method = nil
        }
    }

    func call<Value: Sendable>(
        _ name: String,
        isChange: Bool,
        _ body: () async throws -> Value
    ) async throws -> Value {
        if let before = state.withLock({ $0.before }), before.method == name { try await before.wait() }
        let failure = state.withLock { state in state.method == nil || state.method == name ? state.failure : nil }
        guard let failure else { return try await body() }
        failures.add(1)
        throw failure
    }
}

extension EngineWorld {
    /// Runs a pull that is asked to stop while it first calls a method of the ledger.
    @concurrent
    func interrupt(_ job: Job, of integration: Integration, at method: String) async throws -> Job {
        let control = JobControl()
        let disk = FlakyDisk()
        disk.delay(method) { control.request(.interrupted) }
        return try await engine(ledger: InterceptedLedger(ledger, interceptor: disk))
            .run(job, of: integration, control: control, meter: ProgressMeter())
    }
}
