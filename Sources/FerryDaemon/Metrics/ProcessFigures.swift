import FoundationEssentials
import Glibc

/// What the kernel counts of this process, under the names that Prometheus' client libraries have given it.
struct ProcessFigures {
    /// Memory that is really there, in bytes.
    var residentBytes: Int
    /// CPU time of the program and of the kernel for it, in seconds.
    var cpuSeconds: Double
    /// Open files and sockets.
    var openFiles: Int

    /// The figures of now; `nil` where `/proc` does not give them.
    init?() {
        // statm: size, resident, shared, … in pages (proc_pid_statm(5)).
        guard let statm = Self.text("/proc/self/statm")?.split(separator: " "), statm.count > 1,
            let pages = Int(statm[1])
        else { return nil }
        residentBytes = pages * Int(sysconf(Int32(_SC_PAGESIZE)))
        var usage = rusage()
        guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return nil }
        cpuSeconds = Self.seconds(usage.ru_utime) + Self.seconds(usage.ru_stime)
        // The directory itself is open while it is read.
        openFiles = max(((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd"))?.count ?? 1) - 1, 0)
    }

    private static func text(_ path: String) -> String? {
        // A machine without /proc has no figures, which is no error.
        (try? Data(contentsOf: URL(filePath: path))).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
}
