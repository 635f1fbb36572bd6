import FerryCore
import FerryEngine
import FoundationEssentials
import Glibc
import Synchronization

/// The line that `systemctl status` shows: how many integrations there are, what runs, and when the next run is.
final class ShownStatus: Sendable {
    private struct State {
        var activity = ""
        var sent = ""
    }

    private let notifier: ServiceNotifier
    private let registry: IntegrationRegistry
    private let state = Mutex(State())

    init(notifier: ServiceNotifier, registry: IntegrationRegistry) {
        self.notifier = notifier
        self.registry = registry
    }

    /// How many integrations there are, and how many of them are broken.
    var summary: String {
        let entries = registry.all
        let broken = entries.count { !$0.problems.isEmpty }
        let count = "\(entries.count) integration\(entries.count == 1 ? "" : "s")"
        return count + (broken > 0 ? ", \(broken) with errors" : "")
    }

    /// Says that the configuration has been loaded.
    func ready() {
        let text = state.withLock { state in
            state.sent = summary + state.activity
            return state.sent
        }
        notifier.ready(text)
    }

    /// Says what runs now and what runs next, if that has changed.
    func update(from supervisor: Supervisor) {
        let active = supervisor.activity
        // Jobs that wait for a rate limit may be many, and a message to systemd holds 4 KiB.
        var running = active.prefix(Self.maximumNames).map { "\($0.integration) \($0.direction.rawValue)" }
        if active.count > running.count { running.append("\(active.count - running.count) more") }
        let next = supervisor.nextRuns.min { $0.value < $1.value }
        var activity = running.isEmpty ? "" : "; running: \(running.joined(separator: ", "))"
        if let next {
            activity += "; next run: \(next.key.integration) \(next.key.direction.rawValue), \(Self.time(next.value))"
        }
        let text = state.withLock { state -> String? in
            let text = summary + activity
            state.activity = activity
            guard text != state.sent else { return nil }
            state.sent = text
            return text
        }
        if let text { notifier.status(text) }
    }

    /// How many running jobs are named.
    private static let maximumNames = 8

    /// The time as systemctl prints times.
    private static func time(_ date: Date) -> String {
        var seconds = time_t(date.timeIntervalSince1970)
        var parts = tm()
        localtime_r(&seconds, &parts)
        var buffer = [UInt8](repeating: 0, count: 64)
        let count = buffer.withUnsafeMutableBytes { buffer in
            strftime(
                buffer.baseAddress?.assumingMemoryBound(to: CChar.self),
                buffer.count,
                "%a %Y-%m-%d %H:%M:%S %Z",
                &parts
            )
        }
        return String(decoding: buffer[..<count], as: UTF8.self)
    }
}
