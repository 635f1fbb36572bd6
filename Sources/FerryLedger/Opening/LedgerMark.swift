internal import FerryCore
internal import Glibc
internal import GRDB
internal import Synchronization

/// A small file beside the ledger that holds the number of the last batch that was written to the outbox.
///
/// A ledger that knows only of earlier batches has lost what was in its log, or is an old copy: it takes records that
/// were created since for new ones. SQLite cannot tell, since what is left is sound.
///
/// The file is not synced. After a power cut it may be behind the ledger, which is harmless; it is never ahead of it,
/// because a batch is durable in the ledger before its number is written here.
final class LedgerMark: Sendable {
    /// The digits of the largest number: the file never grows, so that it can be written on a full disk.
    private static let width = 19

    private let path: String?
    private let last: Mutex<Int64>

    /// No mark: of a ledger that has no file.
    init() {
        path = nil
        last = Mutex(0)
    }

    /// The mark of the ledger at `ledgerPath`; one that cannot be read counts as none.
    init(ledgerPath: String) {
        let path = "\(ledgerPath).mark"
        self.path = path
        last = Mutex(Self.read(path))
    }

    /// The number that was written last; 0 for none.
    var number: Int64 { last.withLock { $0 } }

    /// Writes the number of a batch that is durable in the ledger.
    func raise(to number: Int64) {
        last.withLock { last in
            guard number > last else { return }
            last = number
            if let path { Self.write(number, to: path) }
        }
    }

    private static func read(_ path: String) -> Int64 {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return 0 }
        defer { Glibc.close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: width)
        let count = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
        guard count == width, let number = Int64(String(decoding: bytes, as: UTF8.self)) else { return 0 }
        return max(0, number)
    }

    /// A mark that cannot be written must not keep the batch from being sent: it only helps against a rare accident.
    private static func write(_ number: Int64, to path: String) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        defer { Glibc.close(descriptor) }
        let digits = String(number)
        let text = String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
        _ = Array(text.utf8).withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    }
}

extension LedgerMark {
    /// Compares the ledger with the mark.
    ///
    /// In one that is behind, every entity type looks for its records at the service by their natural key once more
    /// before it creates any.
    ///
    /// - Returns: whether it is behind.
    func check(_ database: Database) throws -> Bool {
        let sent = try Int64.fetchOne(database, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'outbox_batch'")
        guard number > sent ?? 0 else { return false }
        try database.execute(sql: "UPDATE scope SET is_adopted = 0")
        try database.execute(sql: "DELETE FROM candidate")
        // From here on it counts as caught up.
        if sent == nil {
            try database.execute(
                sql: "INSERT INTO sqlite_sequence (name, seq) VALUES ('outbox_batch', ?)",
                arguments: [number]
            )
        } else {
            try database.execute(
                sql: "UPDATE sqlite_sequence SET seq = ? WHERE name = 'outbox_batch'",
                arguments: [number]
            )
        }
        return true
    }
}
