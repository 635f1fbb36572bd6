import Synchronization

/// What happened in a history, line by line, and what must not have happened.
final class Trace: Sendable {
    private struct State {
        var lines: [String] = []
        var violations: [String] = []
    }

    private let state = Mutex(State())

    /// Everything so far.
    var lines: [String] { state.withLock { $0.lines } }
    /// The promises that were broken, in the order in which it was noticed.
    var violations: [String] { state.withLock { $0.violations } }

    func note(_ line: String) {
        state.withLock { $0.lines.append(line) }
    }

    /// Notes that a promise was broken.
    func violation(_ sentence: String) {
        state.withLock { state in
            state.lines.append("VIOLATION: \(sentence)")
            state.violations.append(sentence)
        }
    }
}
