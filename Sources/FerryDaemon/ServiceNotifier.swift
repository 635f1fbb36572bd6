import CSystemd
import Glibc

/// Tells systemd how the daemon is (sd_notify(3)); silent when it was not started by systemd.
struct ServiceNotifier: Sendable {
    /// How often systemd wants a sign of life, halved as sd_watchdog_enabled(3) advises.
    let watchdogInterval: Duration?

    init() {
        var microseconds: UInt64 = 0
        watchdogInterval =
            sd_watchdog_enabled(0, &microseconds) > 0 ? .microseconds(Int64(microseconds / 2)) : nil
    }

    func ready(_ status: String) { notify("READY=1\nSTATUS=\(status)") }
    func reloading() { notify("RELOADING=1\nMONOTONIC_USEC=\(Self.monotonicMicroseconds)") }
    func status(_ status: String) { notify("STATUS=\(status)") }
    func alive() { notify("WATCHDOG=1") }
    func stopping() { notify("STOPPING=1\nSTATUS=Finishing the requests in flight") }

    private func notify(_ state: String) {
        // Without systemd there is no socket to write to, which is no error.
        _ = sd_notify(0, state)
    }

    private static var monotonicMicroseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }
}
