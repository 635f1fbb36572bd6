import FerryCore
import Glibc
import Synchronization

/// A long answer as it arrives: its first bytes in memory, and all of it in a file once it is longer than these.
///
/// The file has no name from the start, so that nothing is left of it however the process ends.
final class SpooledAnswer: Sendable {
    private struct State {
        var memory: [UInt8] = []
        /// The file, once there is one.
        var file: Int32?
        var length = 0
        /// Why the file cannot be written.
        var problem: Int32?
    }

    /// How much is kept in memory, and read at a time.
    static let pieceSize = 2 << 20
    /// How long one line may be.
    private static let longestLine = 64 << 20

    private let state = Mutex(State())
    private let directory: String
    private let pieceSize: Int

    /// An answer that is kept in the directory for temporary files.
    init(directory: String = SpooledAnswer.temporaryDirectory, pieceSize: Int = SpooledAnswer.pieceSize) {
        self.directory = directory
        self.pieceSize = pieceSize
    }

    deinit {
        if let file = state.withLock({ $0.file }) { close(file) }
    }

    /// Where temporary files are: what the environment says, or where large ones are at home.
    static var temporaryDirectory: String {
        if let path = getenv("TMPDIR").map({ String(cString: $0) }), !path.isEmpty { return path }
        return access("/var/tmp", W_OK) == 0 ? "/var/tmp" : "/tmp"
    }

    /// How many bytes there are.
    var length: Int { state.withLock { $0.length } }

    /// Why the answer could not be kept, if so.
    var failure: SyncFailure? {
        guard let code = state.withLock({ $0.problem }) else { return nil }
        let isFull = code == ENOSPC || code == EDQUOT
        return SyncFailure(
            .local,
            isFull ? .diskFull : .storeUnavailable,
            "a long answer cannot be kept in '\(directory)' until it is read: \(String(cString: strerror(code)))",
            hint: isFull
                ? "make room there, or have 'TMPDIR' name a directory that has: the job goes on by itself"
                : "have the environment's 'TMPDIR' name a directory that can be written"
        )
    }

    /// Takes the next bytes; `false` when they cannot be kept.
    func append(_ bytes: UnsafeRawBufferPointer) -> Bool {
        state.withLock { state in
            guard state.problem == nil else { return false }
            if state.file == nil, state.length + bytes.count <= pieceSize {
                state.memory.append(contentsOf: bytes)
            } else {
                if state.file == nil { state.file = makeFile() }
                guard let file = state.file, state.memory.withUnsafeBytes({ Self.write($0, to: file) }),
                    Self.write(bytes, to: file)
                else {
                    state.problem = errno
                    return false
                }
                state.memory = []
            }
            state.length += bytes.count
            return true
        }
    }

    /// The whole lines from an offset on, about a piece of them, and all that is left when that is little more.
    ///
    /// - Throws: ``SyncFailure`` when they cannot be read, or one is longer than any line may be.
    func lines(from start: Int) throws -> [UInt8] {
        let left = length - start
        // What is said at the end of an answer must not stand alone: it is told by the records whether there are any.
        guard left > pieceSize + pieceSize / 4 else { return try bytes(from: start, count: left) }
        var size = pieceSize
        while true {
            var piece = try bytes(from: start, count: min(size, left))
            if let end = piece.lastIndex(of: UInt8(ascii: "\n")) {
                piece.removeSubrange((end + 1)...)
                return piece
            }
            guard size < left else { return piece }
            size *= 2
            guard size <= Self.longestLine else {
                throw SyncFailure(
                    .contract,
                    .contractShape,
                    "a line of the answer is longer than \(Self.longestLine >> 20) MiB",
                    hint: "check the address in 'config': something else may answer there"
                )
            }
        }
    }

    /// The last line that holds something; `nil` when it is longer than a piece.
    func lastLine() throws -> [UInt8]? {
        let start = max(length - pieceSize, 0)
        var tail = try bytes(from: start, count: length - start)
        while let last = tail.last, last <= 0x20 { tail.removeLast() }
        guard let end = tail.lastIndex(of: UInt8(ascii: "\n")) else { return start == 0 ? tail : nil }
        return Array(tail[(end + 1)...])
    }

    private func bytes(from start: Int, count: Int) throws -> [UInt8] {
        let (file, memory) = state.withLock { ($0.file, $0.memory) }
        guard let file else { return Array(memory[start..<start + count]) }
        var code: Int32 = 0
        let read = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let taken = pread(file, buffer.baseAddress?.advanced(by: filled), count - filled, off_t(start + filled))
                if taken < 0, errno == EINTR { continue }
                guard taken > 0 else {
                    code = taken < 0 ? errno : EIO
                    return
                }
                filled += taken
            }
        }
        guard code == 0 else {
            throw SyncFailure(
                .local,
                .storeUnavailable,
                "a long answer cannot be read from '\(directory)': \(String(cString: strerror(code)))",
                hint: "see whether that disk is healthy"
            )
        }
        return read
    }

    // MARK: The file

    /// A file without a name; `nil`, with `errno` set, when there can be none.
    private func makeFile() -> Int32? {
        var path = Array("\(directory)/ferry-answer-XXXXXX".utf8CString)
        let file = mkstemp(&path)
        guard file >= 0 else { return nil }
        unlink(path)
        _ = fcntl(file, F_SETFD, FD_CLOEXEC)
        return file
    }

    /// Writes all of the bytes; `false`, with `errno` set, when that cannot be.
    private static func write(_ bytes: UnsafeRawBufferPointer, to file: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = Glibc.write(file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return false }
            rest = rest.dropFirst(written)
        }
        return true
    }
}
