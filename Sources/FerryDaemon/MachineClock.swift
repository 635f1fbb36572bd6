import FerryCore
import FoundationEssentials

/// Reads the clocks that outlive the process: the one that people set, and the one that runs while the machine does.
enum MachineClock {
    /// Tells one start of the machine from another (random(4)).
    private static let boot = text(of: "/proc/sys/kernel/random/boot_id") ?? ""

    /// The moment it is.
    static func now(by clock: any WallClock) -> MachineTime {
        let wall = Int64(clock.now.timeIntervalSince1970 * 1000)
        // In seconds, with hundredths; the time that the machine was suspended counts (proc_uptime(5)).
        guard let uptime = text(of: "/proc/uptime")?.split(separator: " ").first.flatMap({ Double($0) }) else {
            return MachineTime(wall: wall)
        }
        return MachineTime(wall: wall, boot: boot, uptime: Int64(uptime * 1000))
    }

    private static func text(of path: String) -> String? {
        FileManager.default.contents(atPath: path).map { data in
            String(decoding: data, as: UTF8.self).filter { $0 != "\n" }
        }
    }
}
