import Glibc

/// A unix socket that listens, and the file that was made for it.
struct SandboxSocket: Sendable {
    let path: String
    /// The listening descriptor, which is its taker's to close.
    let descriptor: CInt
    private let inode: ino_t

    /// The longest path that fits into `sockaddr_un` with its closing NUL (unix(7)).
    private static let maximumPathLength = 107

    /// Makes a socket for each name in a directory, which only this user can open.
    ///
    /// - Throws: ``SandboxFailure``; none is left behind then.
    static func listen(in directory: String, names: [String]) throws(SandboxFailure) -> [SandboxSocket] {
        guard mkdir(directory, 0o700) == 0 || errno == EEXIST else {
            throw system("The directory \(directory) could not be made", hint: "Choose another one with --sockets.")
        }
        // Two that start at once must not take each other's fresh socket for a stale one.
        let lock = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard lock >= 0, flock(lock, LOCK_EX) == 0 else {
            let hint = "Choose another one with --sockets."
            let failure = system("The directory \(directory) could not be used", hint: hint)
            if lock >= 0 { close(lock) }
            throw failure
        }
        defer { close(lock) }
        var sockets: [SandboxSocket] = []
        for name in names {
            do throws(SandboxFailure) {
                sockets.append(try listen(at: "\(directory)/\(name).sock"))
            } catch {
                for socket in sockets {
                    close(socket.descriptor)
                    socket.removeFile()
                }
                throw error
            }
        }
        return sockets
    }

    /// Removes the file, unless another one is in its place by now.
    func removeFile() {
        var information = stat()
        guard lstat(path, &information) == 0, information.st_ino == inode else { return }
        unlink(path)
    }

    private static func listen(at path: String) throws(SandboxFailure) -> SandboxSocket {
        let bytes = Array(path.utf8)
        guard bytes.count <= maximumPathLength, !bytes.contains(0) else {
            throw SandboxFailure(
                "The path \(path) has \(bytes.count) bytes; a unix socket's may have \(maximumPathLength).",
                hint: "Choose a directory with a shorter name."
            )
        }
        try makeRoom(at: path)
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw system("A socket could not be made", hint: nil) }
        // The file gets the descriptor's mode, so that nobody else can open it even for a moment.
        guard fchmod(descriptor, 0o600) == 0, call(bind, descriptor, bytes) == 0, chmod(path, 0o600) == 0,
            Glibc.listen(descriptor, 256) == 0
        else {
            let failure = system("The socket \(path) could not be made", hint: "Choose another directory.")
            close(descriptor)
            throw failure
        }
        var information = stat()
        lstat(path, &information)
        return SandboxSocket(path: path, descriptor: descriptor, inode: information.st_ino)
    }

    /// Removes a socket that nobody listens on, and nothing else.
    private static func makeRoom(at path: String) throws(SandboxFailure) {
        var information = stat()
        guard lstat(path, &information) == 0 else { return }
        guard information.st_mode & S_IFMT == S_IFSOCK else {
            throw SandboxFailure(
                "\(path) exists but is not a socket.",
                hint: "Move it away, or choose another directory with --sockets."
            )
        }
        let probe = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard probe >= 0 else { throw system("A socket could not be made", hint: nil) }
        defer { close(probe) }
        // Without waiting: a backlog that is full (EAGAIN) is somebody's, too.
        _ = fcntl(probe, F_SETFL, O_NONBLOCK)
        guard call(connect, probe, Array(path.utf8)) != 0, errno == ECONNREFUSED || errno == ENOENT else {
            throw SandboxFailure(
                "Another process listens on \(path).",
                hint: "Stop it first, or choose another directory with --sockets."
            )
        }
        unlink(path)
    }

    private static func call(
        _ function: (CInt, UnsafePointer<sockaddr>?, socklen_t) -> CInt,
        _ descriptor: CInt,
        _ path: [UInt8]
    ) -> CInt {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                function(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    private static func system(_ what: String, hint: String?) -> SandboxFailure {
        SandboxFailure("\(what): \(String(cString: strerror(errno))).", hint: hint ?? "See what the system says.")
    }
}
