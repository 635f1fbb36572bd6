import FerryCore
import FerryLedger
import FerrySQLite
import Testing

@Suite struct AdoptionTests {
    private func candidate(_ value: String, _ remote: String, _ fields: [UInt64] = []) -> AdoptionCandidate {
        AdoptionCandidate(matchValue: value, remoteID: remote, fieldHashes: fields)
    }

    @Test func candidatesComeInTheOrderAskedFor() async throws {
        try await LedgerFixture.with { ledger in
            let scope = try await ledger.products()
            try await ledger.keepCandidates(
                [candidate("\"a\"", "x", [1, 2]), candidate("7", "y")],
                isFirst: false,
                in: scope
            )
            let found = try await ledger.candidates(in: scope, matchValues: ["7", "\"b\"", "\"a\""])
            #expect(found == [candidate("7", "y"), nil, candidate("\"a\"", "x", [1, 2])])
        }
    }

    @Test func firstRecordWithAMatchValueStaysButFollowsItsOwnChanges() async throws {
        try await LedgerFixture.with { ledger in
            let scope = try await ledger.products()
            try await ledger.keepCandidates(
                [candidate("1", "x", [1]), candidate("1", "y", [2])],
                isFirst: false,
                in: scope
            )
            #expect(try await ledger.candidates(in: scope, matchValues: ["1"]) == [candidate("1", "x", [1])])
            try await ledger.keepCandidates([candidate("1", "x", [3])], isFirst: false, in: scope)
            #expect(try await ledger.candidates(in: scope, matchValues: ["1"]) == [candidate("1", "x", [3])])
        }
    }

    @Test func aReadThatBeginsAnewForgetsWhatAnEarlierOneFound() async throws {
        try await LedgerFixture.with { ledger in
            let scope = try await ledger.products()
            try await ledger.keepCandidates([candidate("1", "x"), candidate("2", "y")], isFirst: true, in: scope)
            try await ledger.keepCandidates([candidate("2", "z")], isFirst: true, in: scope)
            #expect(try await ledger.candidates(in: scope, matchValues: ["1", "2"]) == [nil, candidate("2", "z")])
            try await ledger.keepCandidates([], isFirst: true, in: scope)
            #expect(try await ledger.candidates(in: scope, matchValues: ["2"]) == [nil])
        }
    }

    @Test func endOfTheFirstContactForgetsCandidates() async throws {
        try await LedgerFixture.with { ledger in
            let scope = try await ledger.products()
            try await ledger.keepCandidates([candidate("1", "x")], isFirst: false, in: scope)
            #expect(try await !ledger.isAdopted(scope))
            #expect(try await !ledger.isAdopted(scope), "asking changes nothing")
            try await ledger.finishAdoption(in: scope)
            #expect(try await ledger.isAdopted(scope))
            #expect(try await ledger.candidates(in: scope, matchValues: ["1"]) == [nil])
            #expect(try rawConnection(ledger.path).number("SELECT count(*) FROM candidate") == 0)
        }
    }
}
