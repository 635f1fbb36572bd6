import FerryCore
import Logging
import Synchronization

/// Leaves out lines that come again and again, and says afterwards how many they were.
///
/// Of the same line ``burst`` are written in any ``window``. Lines below a notice are not looked at: a job's one line is
/// wanted each time, and whoever asks for debug lines wants all of them.
final class RepeatLimiter: Sendable {
    private struct Key: Hashable {
        var level: Logger.Level
        var text: String
    }

    private struct Run {
        var start: ContinuousClock.Instant
        var written = 1
        var leftOut = 0
        var values: [String: String]
    }

    private let runs = Mutex<[Key: Run]>([:])
    private let now: @Sendable () -> ContinuousClock.Instant

    /// How many of the same line are written in a window.
    static let burst = 5
    /// How long lines are remembered.
    static let window: Duration = .seconds(60)
    /// How many different lines are remembered at most.
    static let capacity = 256

    /// A limiter with a clock that nobody sets.
    init(now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.now = now
    }

    /// What is to be written where `line` was logged: it, unless it is one too many, after what can be said of lines that
    /// were left out before.
    func admit(_ line: LogLine) -> [LogLine] {
        guard line.level >= .notice else { return [line] }
        let now = now()
        return runs.withLock { runs in
            var lines: [LogLine] = []
            for (key, run) in runs where run.start + Self.window <= now {
                if let summary = summary(of: run, key) { lines.append(summary) }
                runs[key] = nil
            }
            let key = Key(level: line.level, text: line.text)
            if var run = runs[key] {
                let isOneTooMany = run.written >= Self.burst
                if isOneTooMany { run.leftOut += 1 } else { run.written += 1 }
                runs[key] = run
                return isOneTooMany ? lines : lines + [line]
            }
            // What is new when there is no room is written each time.
            if runs.count < Self.capacity { runs[key] = Run(start: now, values: line.values) }
            return lines + [line]
        }
    }

    /// What can be said of the lines that were left out so far.
    func flush() -> [LogLine] {
        runs.withLock { runs in
            let lines = runs.compactMap { summary(of: $1, $0) }
            runs = [:]
            return lines
        }
    }

    private func summary(of run: Run, _ key: Key) -> LogLine? {
        guard run.leftOut > 0 else { return nil }
        let times = run.leftOut == 1 ? "once" : "\(run.leftOut) times"
        var values = run.values
        values[LogField.event] = NotableEvent.linesLeftOut.rawValue
        return LogLine(key.level, "left out \(times) within a minute: \(key.text)", values)
    }
}
