import FerryCore
import FerryLedger
import Testing

@Suite struct LinkTests {
    private func withScope(_ body: (Ledger, LinkScope, String) async throws -> Void) async throws {
        try await LedgerFixture.with { ledger in
            let job = try await ledger.running("job_1", "shop", .push)
            try await body(ledger, try await ledger.products(), job.id)
        }
    }

    private func settle(_ changes: LinkChanges, _ ledger: Ledger, _ scope: LinkScope, _ job: String) async throws {
        try await ledger.settle(PushSettlement(batch: 0, job: job, links: changes, progress: JobProgress()), in: scope)
    }

    @Test func whatBeginsAlikeIsFoundInPagesAndNothingElse() async throws {
        try await LedgerFixture.with { ledger in
            let job = try await ledger.running("job_1", "shop", .pull).id
            let scope = try await ledger.products()
            let ids = ["a|1|x", "a|1|", "a|10|x", "a|1", "a|1|ä", "a|1}", "b|1|x", "a|1|\u{10FFFF}", "A|1|x"]
            try await ledger.link(ids.map { ($0, $0) }, in: scope, job: job)
            var found: [String] = []
            var after = ""
            while true {
                let page = try await ledger.links(in: scope, remotePrefix: "a|1|", after: after, limit: 2)
                guard let last = page.last else { break }
                #expect(page.count <= 2 && page.allSatisfy { $0.localID == $0.remoteID && $0.id > 0 })
                found += page.map(\.remoteID)
                after = last.remoteID
            }
            #expect(found == ["a|1|", "a|1|x", "a|1|ä", "a|1|\u{10FFFF}"])
            var other = scope
            other.id += 1
            #expect(try await ledger.links(in: other, remotePrefix: "a|1|", after: "", limit: 9).isEmpty)
        }
    }

    @Test func linksComeInTheOrderAskedForWithNoneForTheUnknown() async throws {
        try await withScope { ledger, scope, job in
            try await ledger.link([("A", "x"), ("B", "y"), ("C", "z")], in: scope, job: job)
            let links = try await ledger.links(in: scope, localIDs: ["C", "nobody", "A", "C", ""])
            #expect(links[0].exists && links[2].exists && links[0] == links[3])
            #expect(links[1] == .none && links[4] == .none)
            let remote = try await ledger.links(in: scope, remoteIDs: ["x", "z", "A"])
            #expect(remote.map(\.id) == [links[2].id, links[0].id, 0])
            #expect(try await ledger.links(in: scope, remoteIDs: []).isEmpty)
        }
    }

    @Test func neighboursAreFoundAsOneByOne() async throws {
        try await withScope { ledger, scope, job in
            // A tenth of them prefixes of others, a third without a link, and long stretches that nobody asks for.
            let ids = (0..<2000).map { "k\(10_000 + $0 / 10)" + ($0 % 10 == 0 ? "" : "\($0 % 10)ä") }
            let linked = ids.indices.filter { $0 % 3 != 0 }.map { (ids[$0], ids[$0].uppercased()) }
            try await ledger.link(linked, in: scope, job: job)
            let other = try await ledger.scope(
                integration: "shop",
                entityType: "other",
                resource: "rows",
                remoteIdentity: "https://a",
                localIdentity: "store"
            )
            try await ledger.link([("k10005", "other")], in: other, job: job)
            let numbers = Dictionary(
                uniqueKeysWithValues: try await ledger.links(in: scope, after: 0, limit: 5000).map {
                    ($0.localID, $0.id)
                }
            )
            #expect(numbers.count == linked.count)
            let everySecond = stride(from: 0, to: 600, by: 2).map { ids[$0] }[...]
            for asked in [ids[0..<1000], everySecond, ids[500..<503], ids[0..<2], ids[1998..<2000], ids[7..<8]] {
                let sorted = asked.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
                let links = try await ledger.links(in: scope, localIDs: PackedStrings(sorted))
                #expect(links.map(\.id) == sorted.map { numbers[$0] ?? 0 })
                let remote = sorted.map { $0.uppercased() }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
                let byRemote = try await ledger.links(in: scope, remoteIDs: PackedStrings(remote))
                let wanted = remote.map { id in linked.first { $0.1 == id }.flatMap { numbers[$0.0] } ?? 0 }
                #expect(byRemote.map(\.id) == wanted)
            }
            // Most of what lies between is not asked for.
            let sparse = ["", "k10000", "k10100", "k10199", "k101999ä", "z"]
            let links = try await ledger.links(in: scope, localIDs: PackedStrings(sparse))
            #expect(links.map(\.id) == sparse.map { numbers[$0] ?? 0 })
        }
    }

    /// Few identifiers on both sides, so that pairs meet others of the same commit and of earlier ones.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func manyAtOnceAreLinkedAsOneByOne(seed: UInt64) async throws {
        try await withScope { ledger, scope, job in
            var random = SplitMix(state: seed)
            var partners: [String: String] = [:]
            for _ in 0..<8 {
                let pairs = (0..<Int.random(in: 1...45, using: &random)).map { _ in
                    let remote = Int.random(in: 1...30, using: &random)
                    // Most of them pairs that stay together.
                    let isKept = Int.random(in: 0..<8, using: &random) > 0
                    return ("L\(isKept ? remote : Int.random(in: 1...30, using: &random))", "r\(remote)")
                }
                for (local, remote) in pairs {
                    if let owner = partners.first(where: { $0.value == remote })?.key { partners[owner] = nil }
                    partners[local] = remote
                }
                try await ledger.link(pairs, in: scope, job: job)
                #expect(try await ledger.allPairs(in: scope) == partners)
            }
        }
    }

    @Test func hashesAreKeptWhereTheNewOnesAreUnknown() async throws {
        try await withScope { ledger, scope, job in
            var first = LinkChanges()
            first.append(
                localID: "A",
                remoteID: "x",
                remoteHash: RecordHash(low: 0, high: .max),
                payloadHash: hash(2),
                fieldHashes: [1, .max, 3]
            )
            try await settle(first, ledger, scope, job)
            var second = LinkChanges()
            second.append(localID: "A", remoteID: "x", localHash: RecordHash(low: .max, high: 0), payloadHash: hash(3))
            try await settle(second, ledger, scope, job)
            let link = try await ledger.links(in: scope, localIDs: ["A"])[0]
            #expect(link.remoteHash == RecordHash(low: 0, high: .max))
            #expect(link.localHash == RecordHash(low: .max, high: 0))
            #expect(link.payloadHash == hash(3))
            #expect(try await ledger.fieldHashes(of: [link.id, 999, link.id]) == [[1, .max, 3], [], [1, .max, 3]])
        }
    }

    @Test func newLinkWithoutHashesHasUnknownOnes() async throws {
        try await withScope { ledger, scope, job in
            try await ledger.link([("A", "x")], in: scope, job: job)
            let link = try await ledger.links(in: scope, localIDs: ["A"])[0]
            #expect(link == Link(id: link.id))
            #expect(try await ledger.fieldHashes(of: [link.id]) == [[]])
        }
    }

    @Test func newerPartnerReplacesTheOlderOnes() async throws {
        try await withScope { ledger, scope, job in
            try await ledger.link([("A", "y"), ("B", "x"), ("C", "z")], in: scope, job: job)
            let old = try await ledger.links(in: scope, localIDs: ["A"])[0]
            try await ledger.link([("A", "x")], in: scope, job: job)
            #expect(try await ledger.allPairs(in: scope) == ["A": "x", "C": "z"])
            #expect(try await ledger.links(in: scope, localIDs: ["A"])[0].id > old.id)
        }
    }

    @Test func replacingLinkKeepsNoHashOfAnotherPair() async throws {
        try await withScope { ledger, scope, job in
            var changes = LinkChanges()
            changes.append(localID: "A", remoteID: "y", remoteHash: hash(1), payloadHash: hash(2), fieldHashes: [1])
            try await settle(changes, ledger, scope, job)
            try await ledger.link([("A", "x")], in: scope, job: job)
            let link = try await ledger.links(in: scope, localIDs: ["A"])[0]
            #expect(link.remoteHash == .unknown && link.payloadHash == .unknown)
            #expect(try await ledger.fieldHashes(of: [link.id]) == [[]])
        }
    }

    @Test func laterLinkOfABatchIsTheNewerOne() async throws {
        try await withScope { ledger, scope, job in
            try await ledger.link([("B", "x"), ("A", "x"), ("C", "u"), ("C", "v")], in: scope, job: job)
            #expect(try await ledger.allPairs(in: scope) == ["A": "x", "C": "v"])
        }
    }

    @Test func identifiersMayHoldAnything() async throws {
        try await withScope { ledger, scope, job in
            let pairs = [("", "empty"), ("a\u{0}b", "nul"), ("a", "é'\"\u{1F600}"), ("NULL", "")]
            try await ledger.link(pairs, in: scope, job: job)
            #expect(try await ledger.allPairs(in: scope) == Dictionary(uniqueKeysWithValues: pairs))
            let links = try await ledger.links(in: scope, localIDs: PackedStrings(pairs.map(\.0)))
            #expect(try await ledger.pairs(of: links.map(\.id)).map(\.remoteID) == pairs.map(\.1))
        }
    }

    @Test func scopeIsReadPageByPageInTheOrderOfNumbers() async throws {
        try await withScope { ledger, scope, job in
            let pairs = (0..<25).map { ("local-\(99 - $0)", "remote-\($0)") }
            try await ledger.link(pairs, in: scope, job: job)
            var read: [LinkedPair] = []
            while true {
                let page = try await ledger.links(in: scope, after: read.last?.id ?? 0, limit: 10)
                if page.isEmpty { break }
                read += page
            }
            #expect(read.map(\.localID) == pairs.map(\.0))
            #expect(read.map(\.remoteID) == pairs.map(\.1))
            #expect(try await ledger.highestLink() == read.last?.id)
            #expect(try await ledger.linkCount(in: scope) == 25)
        }
    }

    @Test func numberOfAForgottenLinkIsNotUsedAgain() async throws {
        try await withScope { ledger, scope, job in
            #expect(try await ledger.highestLink() == 0)
            try await ledger.link([("A", "x")], in: scope, job: job)
            let first = try await ledger.highestLink()
            let settlement = PushSettlement(
                batch: 0,
                job: job,
                links: LinkChanges(),
                unlinkedLocalIDs: ["A", "nobody"],
                progress: JobProgress()
            )
            try await ledger.settle(settlement, in: scope)
            #expect(try await ledger.linkCount(in: scope) == 0)
            #expect(try await ledger.highestLink() == first)
            try await ledger.link([("A", "x")], in: scope, job: job)
            #expect(try await ledger.links(in: scope, localIDs: ["A"])[0].id > first)
        }
    }

    @Test func pairsOfLinksThatAreGoneAreLeftOut() async throws {
        try await withScope { ledger, scope, job in
            try await ledger.link([("A", "x"), ("B", "y")], in: scope, job: job)
            let ids = try await ledger.links(in: scope, localIDs: ["B", "A"]).map(\.id)
            let pairs = try await ledger.pairs(of: [ids[0], 999, ids[1]])
            #expect(pairs.map(\.localID) == ["B", "A"])
        }
    }

    @Test func missingScansAreCountedUntilTheRecordIsSeen() async throws {
        try await withScope { ledger, scope, job in
            try await ledger.link([("A", "x"), ("B", "y"), ("C", "z")], in: scope, job: job)
            let ids = try await ledger.links(in: scope, localIDs: ["A", "B", "C"]).map(\.id)
            try await ledger.noteMissing([ids[0], ids[1]], seenAgain: [], in: scope)
            try await ledger.noteMissing([ids[0], ids[2]], seenAgain: [ids[1]], in: scope)
            #expect(try await ledger.links(in: scope, localIDs: ["A", "B", "C"]).map(\.missingScans) == [2, 0, 1])
            #expect(try await ledger.pairs(of: ids).map(\.missingScans) == [2, 0, 1])
            try await ledger.link([("A", "x")], in: scope, job: job)
            #expect(try await ledger.links(in: scope, localIDs: ["A"])[0].missingScans == 0)
        }
    }

    @Test func randomChangesKeepEveryIdentifierWithOnePartner() async throws {
        try await withScope { ledger, scope, job in
            var expected: [String: String] = [:]
            var random = SplitMix(state: 42)
            for _ in 0..<20 {
                var batch: [(String, String)] = []
                for _ in 0..<50 {
                    let local = "l\(UInt.random(in: 0..<40, using: &random))"
                    let remote = "r\(UInt.random(in: 0..<40, using: &random))"
                    batch.append((local, remote))
                    if let other = expected.first(where: { $0.value == remote })?.key { expected[other] = nil }
                    expected[local] = remote
                }
                try await ledger.link(batch, in: scope, job: job)
                #expect(try await ledger.allPairs(in: scope) == expected)
            }
        }
    }
}

/// Numbers that are the same in every run.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
