internal import FerryCore
internal import FerrySQLite

/// The check value of a remote identifier that no index holds: damage to the one shows by the other.
enum RemoteCheck {
    /// The value for an identifier: 32 bits.
    static func value(of remoteID: UnsafeRawBufferPointer) -> Int64 {
        Int64(Int32(truncatingIfNeeded: RecordHash.of(remoteID).low))
    }

    /// Refuses an identifier that is not the one that was written.
    ///
    /// - Parameters:
    ///   - remoteID: the identifier's column in the statement.
    ///   - value: its check value's column, null for one that the index holds.
    static func check(_ statement: SQLiteStatement, remoteID: Int, value: Int) throws {
        guard !statement.isNull(value) else { return }
        let expected = statement.withText(remoteID) { Self.value(of: $0) }
        guard statement.int64(value) == expected else {
            throw DamagedValue("a link's remote identifier is not the one that was written")
        }
    }
}
