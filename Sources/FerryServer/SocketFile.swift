import FerryCore
import Glibc

/// The file system's side of a unix socket.
enum SocketFile {
    /// What is at a path.
    struct Status {
        let device: UInt64
        let inode: UInt64
        let isSocket: Bool
    }

    /// What is at the path itself, links not followed; `nil` for nothing.
    static func status(of path: String) -> Status? {
        var information = stat()
        guard lstat(path, &information) == 0 else { return nil }
        return Status(
            device: UInt64(information.st_dev),
            inode: UInt64(information.st_ino),
            isSocket: information.st_mode & S_IFMT == S_IFSOCK
        )
    }

    /// Locks the directory that holds the path until the returned descriptor is closed.
    static func lockDirectory(of path: String) throws -> CInt {
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let directory = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw ListeningSocket.systemFailure(
                "The socket's directory could not be opened",
                directory,
                hint: "Create it, or choose another path with --socket."
            )
        }
        guard flock(descriptor, LOCK_EX) == 0 else {
            let failure = ListeningSocket.systemFailure("The socket's directory could not be locked", directory)
            close(descriptor)
            throw failure
        }
        return descriptor
    }

    /// Makes room at the path: removes a socket that nobody listens on, and nothing else.
    static func clear(_ path: String) throws {
        guard let status = status(of: path) else { return }
        guard status.isSocket else {
            throw SyncFailure(
                .config,
                .configInvalidValue,
                "The socket path exists but is not a socket: \(path).",
                hint: "Move that file away, or choose another path with --socket."
            )
        }
        let probe = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard probe >= 0 else { throw ListeningSocket.systemFailure("The socket could not be checked", path) }
        defer { close(probe) }
        // Without waiting: a full backlog (EAGAIN) means a listener, too.
        _ = fcntl(probe, F_SETFL, O_NONBLOCK)
        let connected = withAddress(of: Array(path.utf8)) { connect(probe, $0, $1) }
        guard connected != 0, errno == ECONNREFUSED || errno == ENOENT else {
            throw SyncFailure(
                .local,
                .daemonRunning,
                "Another process listens on \(path).",
                hint: "Stop it first ('systemctl stop ferryd'), or choose another path with --socket."
            )
        }
        guard unlink(path) == 0 || errno == ENOENT else {
            throw ListeningSocket.systemFailure("The stale socket could not be removed", path)
        }
    }

    /// Calls `body` with the path as a socket address; the path has to fit.
    static func withAddress(
        of path: [UInt8],
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt
    ) -> CInt {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    /// The path that a socket is bound to; `nil` when it is bound to none.
    static func path(of descriptor: CInt) -> String? {
        var address = sockaddr_un()
        var size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        guard status == 0, address.sun_family == sa_family_t(AF_UNIX) else { return nil }
        let path = withUnsafeBytes(of: address.sun_path) { $0.prefix { $0 != 0 } }
        return path.isEmpty ? nil : String(decoding: path, as: UTF8.self)
    }

    /// An integer socket option; `nil` when the descriptor has none.
    static func option(_ name: CInt, of descriptor: CInt) -> CInt? {
        var value: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        guard getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 else { return nil }
        return value
    }
}
