import FerryCore
import FoundationEssentials
import Glibc

/// The file that keeps the refresh token which a service has given for an earlier one, readable for its owner alone.
struct RefreshTokenFile: Sendable {
    private let directory: String
    private let path: String

    init(directory: String, name: String) {
        self.directory = directory
        path = "\(directory)/\(name).token"
    }

    /// The token that was kept last; `nil` when the configured one has never been replaced.
    ///
    /// - Throws: ``SyncFailure`` of kind `local` when there is one that cannot be read: the configured one would be
    ///   refused, and some services take that for theft.
    func load() throws -> String? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            guard errno == ENOENT else { throw failure(errno, "read") }
            return nil
        }
        guard let data = try? Data(contentsOf: URL(filePath: path)), let text = String(validating: data, as: UTF8.self),
            !text.isEmpty
        else { throw failure(EIO, "read") }
        return text
    }

    /// Makes sure that a token can be kept, before one is asked for.
    func prepare() throws {
        if mkdir(directory, 0o700) != 0, errno != EEXIST { throw failure(errno, "written") }
        let draft = open(draftPath, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard draft >= 0 else { throw failure(errno, "written") }
        defer { close(draft) }
        // Room for it as well: a disk that is full must be known before the token that is there is spent.
        let code = posix_fallocate(draft, 0, 4096)
        guard code == 0 else { throw failure(code, "written") }
    }

    /// Keeps a token: once this returns, it outlives a crash of the machine.
    ///
    /// - Throws: ``SyncFailure`` of kind `local`.
    func save(_ token: String) throws {
        if mkdir(directory, 0o700) != 0, errno != EEXIST { throw failure(errno, "written") }
        let draft = open(draftPath, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard draft >= 0 else { throw failure(errno, "written") }
        var bytes = Array(token.utf8)[...]
        var code = fchmod(draft, 0o600) == 0 ? 0 : errno
        while code == 0, !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { write(draft, $0.baseAddress, $0.count) }
            if count > 0 { bytes = bytes.dropFirst(count) } else if errno != EINTR { code = errno }
        }
        if code == 0, ftruncate(draft, off_t(token.utf8.count)) != 0 || fsync(draft) != 0 { code = errno }
        close(draft)
        if code == 0, rename(draftPath, path) != 0 { code = errno }
        guard code == 0 else { throw failure(code, "written") }
        let folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw failure(errno, "written") }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw failure(errno, "written") }
    }

    private var draftPath: String { "\(path).new" }

    private func failure(_ code: Int32, _ what: String) -> SyncFailure {
        let isFull = code == ENOSPC || code == EDQUOT
        return SyncFailure(
            .local,
            isFull ? .diskFull : .ledgerUnavailable,
            "the refresh token in '\(directory)' cannot be \(what): \(String(cString: strerror(code)))",
            hint: isFull ? "make room: the job goes on by itself" : "make the state directory writable for the daemon"
        )
    }
}
