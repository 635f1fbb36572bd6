import FerryAPI
import FerryCore
import Glibc

/// Reads what a command works on: a file, or standard input.
enum InputFile {
    /// All of a file's bytes; of standard input for `nil` and `-`.
    ///
    /// - Throws: ``CommandFailure`` when it cannot be read.
    static func read(_ path: String?) throws(CommandFailure) -> [UInt8] {
        guard let path, path != "-" else { return try readAll(STDIN_FILENO, "standard input") }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("the file '\(path)'", errno) }
        defer { close(descriptor) }
        return try readAll(descriptor, "the file '\(path)'")
    }

    private static func readAll(_ descriptor: Int32, _ name: String) throws(CommandFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        var count = 0
        while true {
            if count == bytes.count { bytes.append(contentsOf: repeatElement(0, count: max(count, 1 << 16))) }
            let got = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(descriptor, buffer.baseAddress.map { $0 + count }, buffer.count - count)
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw failure(name, errno) }
            guard got > 0 else { break }
            count += got
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// The failure to read something that is called `name`.
    static func failure(_ name: String, _ error: Int32) -> CommandFailure {
        LineFailure(.requestInvalid, "\(name) cannot be read: \(String(cString: strerror(error)))").command(.failed)
    }
}
