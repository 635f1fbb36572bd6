import FerryCore
import FerryTesting
import Synchronization

/// A disk for the ledger that can be full: every call fails while it is.
final class FlakyDisk: LedgerInterceptor {
    private let isFull = Mutex(false)
    /// How many calls have failed.
    let failures = Counter(0)

    /// Fills the disk, or makes room.
    func set(isFull: Bool) { self.isFull.withLock { $0 = isFull } }

    func call<Value: Sendable>(
        _ name: String,
        isChange: Bool,
        _ body: () async throws -> Value
    ) async throws -> Value {
        guard isFull.withLock({ $0 }) else { return try await body() }
        failures.add(1)
        throw SyncFailure(.local, .diskFull, "the disk is full", hint: "make room")
    }
}
