import Synchronization

/// The remote records that a job's own creates have changed although they stand for other rows.
///
/// What an update of those leaves out is not known to be there, until each has been sent whole.
final class OverwrittenRecords: Sendable {
    private let owners = Mutex<[String: String]>([:])

    /// Notes a record and the row that it stands for.
    func insert(_ remoteID: String, of localID: String) { owners.withLock { $0[remoteID] = localID } }

    var isEmpty: Bool { owners.withLock { $0.isEmpty } }

    func contains(_ remoteID: String) -> Bool { owners.withLock { $0[remoteID] != nil } }

    /// The rows whose records are to be made right again; none is noted any more after it.
    func takeRows() -> [String] {
        owners.withLock { owners in
            defer { owners = [:] }
            return Set(owners.values).sorted()
        }
    }
}
