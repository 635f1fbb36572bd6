import FerryAPI
import FerryCore
import Glibc

/// Gathers output until it is worth a write.
struct ByteOutput {
    /// What waits to be written.
    var bytes: [UInt8] = []
    private let descriptor: Int32

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Writes all that waits.
    ///
    /// - Throws: ``CommandFailure`` when it cannot be written, or ``ExitStatus`` when nobody reads any more.
    mutating func flush() throws {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                write(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
            }
            if count < 0 {
                switch errno {
                case EINTR: continue
                // `ferryctl … | head`: there is nobody to tell.
                case EPIPE: throw ExitStatus.failed
                default: throw Self.failure(errno)
                }
            }
            written += count
        }
        bytes.removeAll(keepingCapacity: true)
    }

    private static func failure(_ error: Int32) -> CommandFailure {
        let isFull = error == ENOSPC || error == EDQUOT
        return CommandFailure(
            ErrorBody(
                code: (isFull ? ErrorCode.diskFull : .internalError).rawValue,
                message: "the output cannot be written: \(String(cString: strerror(error)))",
                hint: isFull ? "make room where the output goes" : nil
            )
        )
    }
}
