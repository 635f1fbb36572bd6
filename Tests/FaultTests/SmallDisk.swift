import Foundation

/// A file system in memory that is as small as a test wants; only root may make one.
struct SmallDisk {
    let path: String

    /// Whether this process may make one: some containers keep even root from it.
    static let isPossible: Bool = {
        guard geteuid() == 0 else { return false }
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("ferry-\(UUID().uuidString)").path
        guard mkdir(path, 0o700) == 0 else { return false }
        defer { rmdir(path) }
        guard mount("tmpfs", path, "tmpfs", 0, "size=64k") == 0 else { return false }
        umount(path)
        return true
    }()

    /// Mounts one at `path` while `body` runs.
    static func with<Result>(
        at path: String,
        options: String,
        isReadOnly: Bool = false,
        _ body: (SmallDisk) async throws -> Result
    ) async throws -> Result {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard mount("tmpfs", path, "tmpfs", isReadOnly ? UInt(MS_RDONLY) : 0, options) == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EPERM)
        }
        // Lazily, since a process that failed to end may still have files open there.
        defer { umount2(path, Int32(MNT_DETACH)) }
        return try await body(SmallDisk(path: path))
    }

    /// Makes room, or takes it away.
    func remount(options: String) throws {
        guard mount("tmpfs", path, "tmpfs", UInt(MS_REMOUNT), options) == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EPERM)
        }
    }
}
