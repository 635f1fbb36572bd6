import FerryCore
import FerryLedger
import FerrySQLite
import Testing

@Suite struct BudgetTests {
    private func record(_ account: String, wall: Int64 = 1_800_000_000_000, hold: Int64 = 0) -> AccountRecord {
        AccountRecord(
            account: AccountKey(rawValue: account),
            hold: hold,
            budgets: [
                AccountRecord.Budget(
                    name: "",
                    period: 1000,
                    requests: 20,
                    returns: [AccountRecord.Tokens(delay: 300, count: 2), AccountRecord.Tokens(delay: 900, count: 1)],
                    outstanding: 5,
                    even: 250,
                    hold: 0
                )
            ],
            madeAt: MachineTime(wall: wall, boot: "b", uptime: 77)
        )
    }

    @Test func whatIsKeptOfAnAccountSurvivesARestartAndReplacesWhatWasThere() async throws {
        try await LedgerFixture.withDirectory { fixture in
            let first = try Ledger(path: fixture.path)
            #expect(try first.accountRecords() == [])
            try await first.keep(record("https://a:443 1", hold: 5))
            try await first.keep(record("https://a:443 2"))
            try await first.keep(record("https://a:443 1", hold: 9000))
            let salt = try first.accountSalt()
            try first.close()
            let second = try Ledger(path: fixture.path)
            #expect(try second.accountRecords() == [record("https://a:443 1", hold: 9000), record("https://a:443 2")])
            #expect(try second.accountSalt() == salt)
        }
    }

    @Test func everyLedgerHasASaltOfItsOwn() async throws {
        try await LedgerFixture.with { first in
            try await LedgerFixture.with { second in
                let salts = (try first.accountSalt(), try second.accountSalt())
                #expect(salts.0.count == 32)
                #expect(salts.0 != salts.1)
            }
        }
    }

    @Test func accountsThatAreNotUsedAnyMoreAreForgottenAfterTheLongestPeriod() async throws {
        try await LedgerFixture.with { ledger in
            let day: Int64 = 86_400_000
            try await ledger.keep(record("old", wall: 1_800_000_000_000 - 32 * day))
            try await ledger.keep(record("recent", wall: 1_800_000_000_000 - 30 * day))
            try await ledger.prune(before: start, maximum: 10)
            let kept = try ledger.accountRecords().map(\.account)
            #expect(kept == ["recent"])
        }
    }

    @Test func aRecordThatNobodyCanReadStopsNothing() async throws {
        try await LedgerFixture.with { ledger in
            try await ledger.keep(record("good"))
            try rawConnection(ledger.path)
                .execute("INSERT INTO account (key, record, kept_at) VALUES ('odd', '{}', 0)")
            let kept = try ledger.accountRecords().map(\.account)
            #expect(kept == ["good"])
        }
    }

    @Test(arguments: [
        "UPDATE account SET record = '{'", "UPDATE account SET key = ''", "UPDATE account SET kept_at = NULL",
        "UPDATE account_salt SET salt = x'00'", "INSERT INTO account_salt VALUES (2, randomblob(32))",
    ])
    func brokenRuleIsRefusedByTheSchemaItself(_ sql: String) async throws {
        try await LedgerFixture.with { ledger in
            try await ledger.keep(record("a"))
            let error = try #require(throws: SQLiteError.self) { try rawConnection(ledger.path).execute(sql) }
            #expect(error.isConstraint)
        }
    }
}
