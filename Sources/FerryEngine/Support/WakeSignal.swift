package import FerryCore
package import FoundationEssentials
import Synchronization

/// Wakes a loop that waits for a deadline; a signal that comes while nobody waits is kept.
package final class WakeSignal: Sendable {
    private struct State {
        var isSet = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// A signal that nobody has given.
    package init() {}

    /// Wakes who waits, or who waits next.
    package func signal() {
        state.withLock { state in
            state.isSet = true
            state.waiter.take()?.resume()
        }
    }

    /// Returns at a signal, at `deadline`, or when the task is cancelled.
    package func wait(until deadline: Date?, clock: any WallClock) async {
        await withTaskGroup { group in
            group.addTask { await self.untilSignalled() }
            if let deadline {
                // A cancelled sleep only means that the signal came first.
                group.addTask { try? await clock.sleep(until: deadline) }
            }
            await group.next()
            group.cancelAll()
        }
        state.withLock { $0.isSet = false }
    }

    private func untilSignalled() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                state.withLock { state in
                    guard !state.isSet, !Task.isCancelled else { return continuation.resume() }
                    state.waiter = continuation
                }
            }
        } onCancel: {
            state.withLock { $0.waiter.take()?.resume() }
        }
    }
}
