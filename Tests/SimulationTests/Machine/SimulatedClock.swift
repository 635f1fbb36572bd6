import FerryCore
import Foundation
import Synchronization

/// A clock on which sleeps pass at once, and things happen at their times.
final class SimulatedClock: WallClock {
    private struct Event {
        var due: Date
        var number: Int
        var body: @Sendable () -> Void
    }

    private struct State {
        var now = Date(timeIntervalSince1970: 1_700_000_000)
        var events: [Event] = []
        var count = 0
    }

    private let state = Mutex(State())

    var now: Date { state.withLock { $0.now } }

    /// Lets `body` happen when the clock has come to `date`.
    func at(_ date: Date, _ body: @escaping @Sendable () -> Void) {
        state.withLock { state in
            state.count += 1
            state.events.append(Event(due: date, number: state.count, body: body))
        }
    }

    /// Moves the clock forward to `date`; what is due by then happens, in order.
    func advance(to date: Date) {
        while true {
            let body = state.withLock { state -> (@Sendable () -> Void)? in
                let due = state.events.indices.filter { state.events[$0].due <= date }
                let first = due.min {
                    (state.events[$0].due, state.events[$0].number) < (state.events[$1].due, state.events[$1].number)
                }
                guard let first else {
                    state.now = max(state.now, date)
                    return nil
                }
                let event = state.events.remove(at: first)
                state.now = max(state.now, event.due)
                return event.body
            }
            guard let body else { return }
            body()
        }
    }

    func advance(by duration: Duration) {
        advance(to: now.addingTimeInterval(duration / .seconds(1)))
    }

    func sleep(until deadline: Date) async throws {
        try Task.checkCancellation()
        await Task.yield()
        try Task.checkCancellation()
        advance(to: deadline)
    }
}
