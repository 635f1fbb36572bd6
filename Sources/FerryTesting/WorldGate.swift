import Foundation
import Synchronization

/// Lets so many in at once; the others wait in the order in which they came.
///
/// Tests run all at the same time, and worlds with processes of their own would starve each other.
public final class WorldGate: Sendable {
    /// Worlds with files of their own, so many that together they stay below the 1,024 files of a usual login.
    public static let files = WorldGate(width: 48)
    /// The worlds of this process: twice as many as there are cores, since most of a world's time is waiting.
    static let worlds = WorldGate(width: max(4, 2 * ProcessInfo.processInfo.activeProcessorCount))

    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(width: Int) {
        state = Mutex(State(free: width))
    }

    /// Runs `body` when its turn has come.
    public func pass<Result>(_ body: () async throws -> Result) async throws -> Result {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isFree = state.withLock { state in
                guard state.free == 0 else {
                    state.free -= 1
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
        defer { leave() }
        return try await body()
    }

    private func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.free += 1
            return nil
        }
        next?.resume()
    }
}
