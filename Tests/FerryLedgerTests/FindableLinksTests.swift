import FerryCore
import FerryLedger
import FerrySQLite
import Testing

/// Links of records that the service has just made are looked for by their remote identifiers late, if at all.
@Suite struct FindableLinksTests {
    @Test func whatTheServiceHasMadeIsInNoIndexUntilSomebodyLooksForIt() async throws {
        try await withPush { ledger, scope, job, file in
            // More than become findable at once.
            let numbers = Array(0..<22_500)
            try await made(numbers.map { ("l\($0)", "r\(99_999 - $0)") }, in: ledger, scope, job)
            #expect(try findable(file) == 0)
            try await made([("l7", "r7 again")], in: ledger, scope, job)
            #expect(try await ledger.links(in: scope, localIDs: ["l7", "l22499"]).allSatisfy(\.exists))
            #expect(try findable(file) == 0)

            let local = try await ledger.links(in: scope, localIDs: ["l7", "l0", "l22499", "l10000"])
            let ids = ["r7 again", "r99999", "r77500", "r89999", "r99992"]
            let remote = try await ledger.links(in: scope, remoteIDs: PackedStrings(ids))
            #expect(remote == local + [.none])
            #expect(try findable(file) == 22_500)
            try await made([("late", "rlate")], in: ledger, scope, job)
            #expect(try findable(file) == 22_501)
            let late = try await ledger.links(in: scope, remotePrefix: "rl", after: "", limit: 9)
            #expect(late.map(\.localID) == ["late"])
            #expect(try await ledger.integrityCheck() == [])
        }
    }

    @Test func knownPairsAreWrittenWithoutTheIndex() async throws {
        try await withPush { ledger, scope, job, file in
            try await made([("A", "x"), ("B", "y")], in: ledger, scope, job)
            var changes = LinkChanges()
            changes.append(localID: "B", remoteID: "y", payloadHash: hash(5))
            try await ledger.settle(settlement(changes, job), in: scope)
            #expect(try await ledger.links(in: scope, localIDs: ["B"])[0].payloadHash == hash(5))
            #expect(try findable(file) == 0)
        }
    }

    @Test(arguments: [("C", "x"), ("B", "x"), ("A", "z")])
    func otherPairsAreLinkedAsEver(local: String, remote: String) async throws {
        try await withPush { ledger, scope, job, file in
            try await made([("A", "x"), ("B", "y")], in: ledger, scope, job)
            var changes = LinkChanges()
            changes.append(localID: "B", remoteID: "y", payloadHash: hash(5))
            changes.append(localID: local, remoteID: remote)
            let numbers = try await ledger.settle([settlement(changes, job)], sending: [], in: scope)
            #expect(numbers == [])
            var expected = ["A": "x", "B": "y"].filter { $0.value != remote }
            expected[local] = remote
            #expect(try await ledger.allPairs(in: scope) == expected)
            #expect(try findable(file) == Int64(expected.count))
        }
    }

    @Test func serviceThatUsesAnIdentifierTwiceIsFoundOutWhenItIsLookedFor() async throws {
        try await withPush { ledger, scope, job, file in
            try await made([("A", "x"), ("B", "y"), ("C", "x")], in: ledger, scope, job)
            try await made([("D", "y")], in: ledger, scope, job)
            let owners = try await ledger.links(in: scope, remoteIDs: ["x", "y"])
            #expect(try await ledger.pairs(of: owners.map(\.id)).map(\.localID) == ["C", "D"])
            #expect(try await ledger.allPairs(in: scope) == ["C": "x", "D": "y"])
        }
    }

    @Test func pullsFindWhatWasPushed() async throws {
        try await withPush { ledger, scope, job, file in
            try await made([("A", "x"), ("B", "y"), ("C", "z")], in: ledger, scope, job)
            try await ledger.finish(job, as: .succeeded, at: start, progress: JobProgress(), failure: nil)
            let pull = try await ledger.running("pull", "shop", .pull).id
            var links = LinkChanges()
            links.append(localID: "new", remoteID: "y")
            try await ledger.commitPull(
                PullCommit(
                    job: pull,
                    links: links,
                    checkpoint: Checkpoint(position: nil, isComplete: true),
                    tombstones: ["z"],
                    progress: JobProgress()
                ),
                in: scope
            )
            #expect(try await ledger.allPairs(in: scope) == ["A": "x", "new": "y", "C": "z"])
            #expect(try await ledger.tombstones(in: scope, after: 0, limit: 9).map(\.localID) == ["C"])
        }
    }

    @Test func cutOffOnTheWayTheRestBecomesFindableLater() async throws {
        try await withPush { ledger, scope, job, file in
            try await made((0..<50).map { ("l\($0)", "r\($0)") } + [("twin", "r3")], in: ledger, scope, job)
            try ledger.close()
            try rawConnection(file).execute("UPDATE link SET remote_check = NULL WHERE id <= 20")
            let again = try Ledger(path: file)
            try await made([("late", "r60")], in: again, scope, job)
            #expect(try findable(file) == 20)
            let found = try await again.links(in: scope, remoteIDs: ["r0", "r3", "r49", "r60"])
            #expect(try await again.pairs(of: found.map(\.id)).map(\.localID) == ["l0", "twin", "l49", "late"])
            #expect(try findable(file) == 51)
            // Once in a scope's life, not once in a process'.
            try again.close()
            let third = try Ledger(path: file)
            try await made([("later", "r70")], in: third, scope, job)
            #expect(try findable(file) == 52)
        }
    }

    /// What no index holds has no second place in the file that damage to it would show by.
    @Test(arguments: ["remote_id = 'r1 smeared'", "remote_check = remote_check + 1", "remote_id = ''"])
    func damagedIdentifierIsFoundWhereverItIsUsed(damage: String) async throws {
        try await withPush { ledger, scope, job, file in
            try await made([("A", "r1"), ("B", "r2")], in: ledger, scope, job)
            let links = try await ledger.links(in: scope, localIDs: ["A", "B"])
            try rawConnection(file).execute("UPDATE link SET \(damage) WHERE local_id = 'A'")
            #expect(try await ledger.pairs(of: [links[1].id]).map(\.remoteID) == ["r2"])
            for use in [
                { _ = try await ledger.pairs(of: links.map(\.id)) },
                { _ = try await ledger.links(in: scope, after: 0, limit: 9) },
                { _ = try await ledger.links(in: scope, remoteIDs: ["r2"]) },
            ] {
                let failure = await #expect(throws: SyncFailure.self) { try await use() }
                #expect(failure?.code == .ledgerDamaged)
            }
            #expect(try findable(file) == 0)
        }
    }

    @Test func scopesAreFindableEachByItself() async throws {
        try await withPush { ledger, scope, job, file in
            let other = try await ledger.scope(
                integration: "shop",
                entityType: "other",
                resource: "rows",
                remoteIdentity: "https://a",
                localIdentity: "/shop.db#other"
            )
            for scope in [scope, other, scope, other] {
                let count = try await ledger.linkCount(in: scope)
                try await made((0..<30).map { ("l\(count + $0)", "r\(count + $0)") }, in: ledger, scope, job)
            }
            #expect(try await ledger.links(in: scope, remoteIDs: ["r5", "r59"]).allSatisfy(\.exists))
            #expect(try findable(file) == 60)
            #expect(try await ledger.linkCount(in: other) == 60)
            var gone = scope
            gone.id = 99
            #expect(try await ledger.links(in: gone, remoteIDs: ["r5"]) == [.none])
        }
    }

    @Test func draftFindsWhatWasPushedAndLeavesTheLedgerAsItIs() async throws {
        try await withPush { ledger, scope, job, file in
            try await made((0..<3000).map { ("l\($0)", "r\($0)") } + [("twin", "r3")], in: ledger, scope, job)
            let draft = try #require(try await ledger.draft(of: "shop", witness: Silent()).ledger as? Ledger)
            let plan = try await draft.running("plan", "shop", .push).id
            try await made([("new", "rnew")], in: draft, scope, plan)
            let found = try await draft.links(in: scope, remoteIDs: ["r3", "r2999", "rnew", "r3000"])
            #expect(try await draft.pairs(of: found.map(\.id)).map(\.localID) == ["twin", "l2999", "new"])
            #expect(found[3] == .none)
            #expect(try await draft.linkCount(in: scope) == 3001)
            try await draft.link([("l5", "r2999")], in: scope, job: plan)
            let pairs = try await draft.allPairs(in: scope)
            #expect(pairs["l5"] == "r2999" && pairs["l2999"] == nil && pairs.count == 3000)
            #expect(try await ledger.linkCount(in: scope) == 3001)
            #expect(try findable(file) == 0)
        }
    }

    @Test func ledgerOfAnOlderVersionHasAllItsLinksInTheIndex() async throws {
        try await withPush { ledger, scope, job, file in
            try await ledger.link([("A", "x"), ("B", "y")], in: scope, job: job)
            try ledger.close()
            try rawConnection(file).execute(
                """
                DROP INDEX link_remote;
                ALTER TABLE link DROP COLUMN remote_check;
                ALTER TABLE scope DROP COLUMN is_findable;
                CREATE UNIQUE INDEX link_remote ON link (scope_id, remote_id);
                DELETE FROM grdb_migrations WHERE identifier = '14-findable-links';
                """
            )
            let again = try Ledger(path: file)
            #expect(try findable(file) == 2)
            try await made([("C", "z"), ("A", "y")], in: again, scope, job)
            #expect(try await again.allPairs(in: scope) == ["A": "y", "C": "z"])
            #expect(try await again.integrityCheck() == [])
        }
    }

    private func withPush(_ body: (Ledger, LinkScope, String, String) async throws -> Void) async throws {
        try await LedgerFixture.withDirectory { fixture in
            let ledger = try Ledger(path: fixture.path)
            let job = try await ledger.running("push", "shop", .push)
            try await body(ledger, try await ledger.products(), job.id, fixture.path)
        }
    }

    private func settlement(_ changes: LinkChanges, _ job: String) -> PushSettlement {
        PushSettlement(batch: 0, job: job, links: changes, progress: JobProgress())
    }

    /// Links records that a service has just made.
    private func made(
        _ pairs: [(String, String)],
        in ledger: Ledger,
        _ scope: LinkScope,
        _ job: String
    ) async throws {
        var changes = LinkChanges()
        changes.areNew = true
        for (local, remote) in pairs { changes.append(localID: local, remoteID: remote) }
        try await ledger.settle(settlement(changes, job), in: scope)
    }

    /// How many links are in the index of remote identifiers.
    private func findable(_ file: String) throws -> Int64? {
        try rawConnection(file).number("SELECT count(*) FROM link WHERE remote_check IS NULL")
    }
}

private struct Silent: LedgerWitness {
    func didStartAnew(entityType: String) {}
    func willCommit(_ commit: PullCommit, in scope: LinkScope) {}
    func willSend(_ batch: OutboxBatch, in scope: LinkScope) {}
    func willSettle(_ settlement: PushSettlement, in scope: LinkScope) {}
    func willSetAside(_ records: [QuarantinedRecord], direction: Direction, in scope: LinkScope) {}
}
