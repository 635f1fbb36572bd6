public import FerryCore
internal import FoundationEssentials
internal import GRDB

// What is known of accounts' request budgets. The keys of accounts hold no secrets, only salted fingerprints of them.
extension Ledger: BudgetLedger {
    /// What makes this ledger's fingerprints of credentials its own.
    ///
    /// Blocks; called once, before anything runs.
    ///
    /// - Throws: ``SyncFailure`` of kind `local`.
    public func accountSalt() throws -> [UInt8] {
        let salt = try readNow { try Data.fetchOne($0, sql: "SELECT salt FROM account_salt") }
        guard let salt else { throw LedgerFailure.broken("The ledger \(path) has lost its salt.") }
        return Array(salt)
    }

    /// What was kept of all accounts; what cannot be read is left out, as if the account were new.
    ///
    /// Blocks; called once, before anything runs.
    ///
    /// - Throws: ``SyncFailure`` of kind `local`.
    public func accountRecords() throws -> [AccountRecord] {
        try readNow { database in
            try Data.fetchAll(database, sql: "SELECT CAST(record AS BLOB) FROM account ORDER BY key").compactMap {
                try? JSONDecoder().decode(AccountRecord.self, from: $0)
            }
        }
    }

    /// Keeps what is known of an account.
    public func keep(_ record: AccountRecord) async throws {
        try await write { database in
            let text = String(decoding: try JSONEncoder().encode(record), as: UTF8.self)
            try database.execute(
                sql: "INSERT OR REPLACE INTO account (key, record, kept_at) VALUES (?, ?, ?)",
                arguments: [record.account, text, record.madeAt.wall]
            )
        }
    }
}
