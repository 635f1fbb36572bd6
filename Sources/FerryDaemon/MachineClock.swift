import CClock
import FerryCore
import FoundationEssentials
import Glibc

/// Reads the clocks that outlive the process: the one that people set, and the one that runs while the machine does.
enum MachineClock {
    /// Tells one start of the machine from another: as the unit says it, since the service is shown only processes below
    /// /proc (`ProcSubset=pid`, systemd.exec(5)), or as the kernel does (random(4)).
    private static let boot: String = {
        if let told = getenv("FERRY_BOOT_ID"), told.pointee != 0 { return String(cString: told) }
        let kernel = FileManager.default.contents(atPath: "/proc/sys/kernel/random/boot_id") ?? Data()
        return String(decoding: kernel, as: UTF8.self).filter { $0 != "-" && $0 != "\n" }
    }()

    /// The moment it is.
    static func now(by clock: any WallClock) -> MachineTime {
        let wall = Int64(clock.now.timeIntervalSince1970 * 1000)
        let uptime = ferry_machine_uptime()
        // Of two times without a start to tell them by, the machine's own clock says nothing.
        guard !boot.isEmpty, uptime >= 0 else { return MachineTime(wall: wall) }
        return MachineTime(wall: wall, boot: boot, uptime: uptime)
    }
}
