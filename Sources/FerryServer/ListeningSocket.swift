import FerryCore
import Glibc

/// A unix socket that listens, and the file it has made for that.
struct ListeningSocket: Sendable {
    /// The listening descriptor.
    let descriptor: CInt
    /// Where clients find it.
    let path: String
    /// The socket file, if it is this process's own.
    let file: OwnFile?

    /// A socket file, told from a later one of the same name by its inode.
    struct OwnFile: Sendable {
        let path: String
        let device: UInt64
        let inode: UInt64

        /// Removes the file unless another process has put its own in its place.
        func remove() {
            guard let now = SocketFile.status(of: path), now.device == device, now.inode == inode else { return }
            unlink(path)
        }
    }

    /// How many clients may stand in line: to one more the kernel says that nobody is there.
    static let backlog: CInt = 4096

    /// The longest path that fits into `sockaddr_un` with its closing NUL (unix(7)).
    static let maximumPathLength = 107

    /// Makes a socket file and listens on it.
    ///
    /// - Throws: ``SyncFailure`` when the path is too long, in use, or not a socket, or the system refuses.
    static func listen(at path: String, options: SocketOptions) throws -> ListeningSocket {
        let bytes = Array(path.utf8)
        guard !bytes.isEmpty, bytes.count <= maximumPathLength, !bytes.contains(0) else {
            throw SyncFailure(
                .config,
                .configInvalidValue,
                "The socket path '\(path)' has \(bytes.count) bytes; a unix socket's may have 1 to \(maximumPathLength).",
                hint: "Choose a shorter path with --socket."
            )
        }
        let group = try options.groupName.map(groupNumber)
        // Two daemons that start at once must not take each other's fresh socket for a stale one.
        let directory = try SocketFile.lockDirectory(of: path)
        defer { close(directory) }
        try SocketFile.clear(path)

        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw systemFailure("The socket could not be made", path) }
        do {
            // Linux gives the file the descriptor's own mode less the umask, so nobody else can open it even for the
            // moment until its group is set.
            guard fchmod(descriptor, 0o600) == 0 else { throw systemFailure("The socket could not be made", path) }
            let bound = SocketFile.withAddress(of: bytes) { bind(descriptor, $0, $1) }
            guard bound == 0 else { throw systemFailure("The socket could not be made", path) }
            guard let status = SocketFile.status(of: path) else { throw systemFailure("The socket vanished", path) }
            let file = OwnFile(path: path, device: status.device, inode: status.inode)
            do {
                if let group, lchown(path, uid_t.max, group) != 0 {
                    throw systemFailure(
                        "The socket could not be given to the group '\(options.groupName ?? "")'",
                        path,
                        hint: "The daemon's user has to be a member of that group."
                    )
                }
                guard chmod(path, options.mode) == 0 else { throw systemFailure("The socket's mode was refused", path) }
                guard Glibc.listen(descriptor, backlog) == 0 else { throw systemFailure("Listening was refused", path) }
            } catch {
                file.remove()
                throw error
            }
            return ListeningSocket(descriptor: descriptor, path: path, file: file)
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// Takes over a socket that listens already, such as systemd's.
    ///
    /// - Throws: ``SyncFailure`` when the descriptor is not a listening unix socket.
    static func adopt(_ descriptor: CInt) throws -> ListeningSocket {
        guard SocketFile.option(SO_DOMAIN, of: descriptor) == AF_UNIX,
            SocketFile.option(SO_ACCEPTCONN, of: descriptor) == 1
        else {
            throw SyncFailure(
                .config,
                .configInvalidValue,
                "Descriptor \(descriptor) is not a listening unix socket.",
                hint: "Check ListenStream= in the socket unit: it has to be a path."
            )
        }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        return ListeningSocket(descriptor: descriptor, path: SocketFile.path(of: descriptor) ?? "", file: nil)
    }

    /// Gives the file of a socket that somebody else has made to the group that may open it.
    ///
    /// - Throws: ``SyncFailure`` when there is no such group, or the system refuses.
    func hand(to group: String) throws {
        let number = try Self.groupNumber(group)
        var information = stat()
        guard lstat(path, &information) == 0, information.st_gid != number else { return }
        guard lchown(path, uid_t.max, number) == 0 else {
            throw Self.systemFailure(
                "The socket could not be given to the group '\(group)'",
                path,
                hint: "Set SocketUser= to the daemon's user in ferryd.socket, which has to be a member of that group."
            )
        }
    }

    private static func groupNumber(_ name: String) throws -> UInt32 {
        guard let number = UserDatabase.number(ofGroup: name) else {
            throw SyncFailure(
                .config,
                .configInvalidValue,
                "The group '\(name)' of the socket does not exist.",
                hint: "Create it with 'groupadd --system \(name)', or change socket.group in ferry.yaml."
            )
        }
        return number
    }

    static func systemFailure(_ what: String, _ path: String, hint: String? = nil) -> SyncFailure {
        SyncFailure(.local, .internalError, "\(what): \(String(cString: strerror(errno))) (\(path)).", hint: hint)
    }
}
