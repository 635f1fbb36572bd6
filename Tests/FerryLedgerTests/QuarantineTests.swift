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

    @Test func pagesOfWhatIsSetAsideMeetEachRecordOnceEvenIfItIsSetAsideAgainMeanwhile() async throws {
        try await LedgerFixture.with { ledger in
            let scope = try await ledger.products()
            let other = try await ledger.scope(
                integration: "blog",
                entityType: "post",
                resource: "rows",
                remoteIdentity: "a",
                localIdentity: "b"
            )
            try await ledger.quarantine((0..<25).map { record("\($0)", 1) }, direction: .push, in: scope)
            try await ledger.quarantine([record("p", 1)], direction: .pull, in: scope)
            try await ledger.quarantine([record("q", 1)], direction: .push, in: other)
            let filter = QuarantineFilter(integration: "shop", direction: .push)
            var met: [String] = []
            var before: Int64?
            while true {
                let page = try await ledger.quarantine(filter, before: before, limit: 10)
                guard let last = page.last else { break }
                before = last.number
                met += page.map(\.record.id)
                try await ledger.quarantine(page.map { record($0.record.id, 2) }, direction: .push, in: scope)
            }
            #expect(met == (0..<25).reversed().map { "\($0)" })
            #expect(try await ledger.quarantineCount(filter) == 25)
            #expect(try await ledger.quarantineCount(QuarantineFilter()) == 27)
            let types = QuarantineFilter(entityTypes: ["post"])
            #expect(try await ledger.quarantine(types, before: nil, limit: 9).map(\.integration) == ["blog"])
            #expect(try await ledger.quarantineCount(QuarantineFilter(integration: "shop", entityTypes: ["x"])) == 0)
        }
    }
}
