import FerryCore
import FerryLedger
import Testing

@Suite struct QuarantineTests {
    private func record(_ id: String, _ value: UInt64, _ message: String = "No.") -> QuarantinedRecord {
        QuarantinedRecord(id: id, contentHash: hash(value), code: .recordRefused, message: message)
    }

    @Test func contentsComeInTheOrderAskedFor() async throws {
        try await LedgerFixture.with { ledger in
            let scope = try await ledger.products()
            let ids: PackedStrings = ["b", "nobody", "a"]
            let before = try await ledger.quarantinedHashes(in: scope, direction: .push, ids: ids)
            #expect(before == [.unknown, .unknown, .unknown])
            try await ledger.quarantine([record("a", 1), record("b", 2)], direction: .push, in: scope)
            let after = try await ledger.quarantinedHashes(in: scope, direction: .push, ids: ids)
            #expect(after == [hash(2), .unknown, hash(1)])
            let pulled = try await ledger.quarantinedHashes(in: scope, direction: .pull, ids: ids)
            #expect(pulled == [.unknown, .unknown, .unknown])
        }
    }

    @Test func recordSetAsideAgainIsTheNewestWithItsNewReason() async throws {
        try await LedgerFixture.with { ledger in
            let scope = try await ledger.products()
            try await ledger.quarantine([record("a", 1), record("b", 2)], direction: .push, in: scope)
            try await ledger.quarantine([record("a", 3, "Still not.")], direction: .push, in: scope)
            let entries = try await ledger.quarantine(of: "shop", limit: 9)
            #expect(entries.map(\.record) == [record("a", 3, "Still not."), record("b", 2)])
            #expect(entries.allSatisfy { $0.entityType == "product" && $0.direction == .push })
            #expect(try await ledger.quarantine(of: "shop", limit: 1).map(\.record.id) == ["a"])
            #expect(try await ledger.quarantine(of: "blog", limit: 9).isEmpty)
        }
    }

    @Test func releasedRecordsAreGoneInTheirDirectionOnly() async throws {
        try await LedgerFixture.with { ledger in
            let scope = try await ledger.products()
            try await ledger.quarantine([record("a", 1), record("b", 2)], direction: .push, in: scope)
            try await ledger.quarantine([record("a", 1)], direction: .pull, in: scope)
            try await ledger.release(ids: ["a", "nobody"], direction: .push, in: scope)
            let entries = try await ledger.quarantine(of: "shop", limit: 9)
            #expect(entries.map(\.record.id) == ["a", "b"])
            #expect(entries.map(\.direction) == [.pull, .push])
        }
    }
}
