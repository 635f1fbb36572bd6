import FerryCore
import FerryLedger
import FoundationEssentials
import Testing

/// What is kept of an integration, and what people do with it.
@Suite struct StateTests {
    @Test func showsWhatIsKeptOfEachType() async throws {
        try await LedgerFixture.with { ledger in
            #expect(try await ledger.state(of: "shop").entities.isEmpty)
            let scope = try await Self.filled(ledger)
            let state = try await ledger.state(of: "shop")
            #expect(!state.isBusy)
            let entity = try #require(state.entities.first)
            #expect(state.entities.count == 1)
            #expect(entity.links == 3 && entity.tombstones == 1 && entity.setAside == 1 && entity.unsettled == 0)
            #expect(entity.origin.entityType == "product" && entity.origin.remoteIdentity == "https://a")
            #expect(entity.origin.pullCursor == PullCursor(value: "2026", fingerprint: 77))
            #expect(entity.origin.sweptAt == start)
            #expect(entity.origin.layouts == [Self.layout])
            #expect(entity.pushCursor?.latest.rawValue == "9")
            let records = [OutboxRecord(localID: "Z")]
            let batch = OutboxBatch(job: "job_0", operation: .create, idempotencyKey: "k", records: records)
            _ = try await ledger.send(batch, in: scope)
            #expect(try await ledger.state(of: "shop").entities.first?.unsettled == 1)
        }
    }

    @Test func whatIsImportedElsewhereIsWhatWasExported() async throws {
        try await LedgerFixture.with { source in
            _ = try await Self.filled(source)
            let state = try await source.state(of: "shop")
            let links = try await Self.links(of: source, state.revision)
            #expect(links.map(\.localID) == ["A", "B", "C"])
            #expect(links[1].missingScans == LinkedPair.tombstoneScans)
            #expect(links[2].remoteHash == hash(3) && links[2].localHash == hash(4) && links[2].payloadHash == hash(5))
            #expect(links[2].fieldHashes == [1, .max])

            try await LedgerFixture.with { ledger in
                let id = try await ledger.beginImport(of: state.entities.map(\.origin), for: "store_2", at: start)
                try await ledger.add(Array(links.prefix(2)), of: "product", toImport: id)
                // Nothing is there before all is.
                #expect(try await ledger.state(of: "store_2").entities.isEmpty)
                try await ledger.add(Array(links.suffix(1)), of: "product", toImport: id)
                let change = StateChange(.import, date: start, user: 1000)
                let finished = try await ledger.finishImport(id, links: 3, replaces: false, change)
                #expect(finished.integration == "store_2" && finished.change.links == 3)

                let copy = try await ledger.state(of: "store_2")
                #expect(copy.entities.map(\.origin) == state.entities.map(\.origin))
                #expect(copy.changes == [finished.change])
                #expect(try await Self.links(of: ledger, copy.revision, "store_2") == links)
                // What the other ledger had found out about its own file is not taken over.
                #expect(copy.entities.first?.pushCursor == nil && copy.entities.first?.setAside == 0)
                #expect(try rawConnection(ledger.path).number("SELECT count(*) FROM integration") == 1)
            }
        }
    }

    @Test func importedLinksBelongToTheTableThatTheNextJobNames() async throws {
        try await LedgerFixture.with { ledger in
            try await Self.importOne(into: ledger)
            let job = try await ledger.running("job_1", "shop")
            let scope = try await ledger.products(local: "another file")
            #expect(try await ledger.allPairs(in: scope) == ["A": "x"])
            #expect(try await ledger.products(local: "another file") == scope)
            #expect(try await ledger.job(job.id)?.notes == [])
            // From then on it is the only one.
            #expect(try await ledger.products(local: "a third") != scope)
        }
    }

    @Test func importedLinksOfAnotherServiceAreNotTakenUp() async throws {
        try await LedgerFixture.with { ledger in
            try await Self.importOne(into: ledger)
            _ = try await ledger.running("job_1", "shop")
            let scope = try await ledger.products(remote: "https://b")
            #expect(try await ledger.linkCount(in: scope) == 0)
        }
    }

    @Test func linksThatAreThereAreReplacedOnRequestOnly() async throws {
        try await LedgerFixture.with { ledger in
            let scope = try await Self.filled(ledger)
            await refused(.statePresent) { try await Self.importOne(into: ledger) }
            #expect(try await ledger.linkCount(in: scope) == 3)
            try await Self.importOne(into: ledger, replaces: true)
            #expect(try await ledger.allPairs(in: ledger.products()) == ["A": "x"])
        }
    }

    @Test func whatIsNotWholeIsNotPutInPlace() async throws {
        try await LedgerFixture.with { ledger in
            let change = StateChange(.import, date: start, user: 0)
            let id = try await ledger.beginImport(of: [Self.origin], for: "shop", at: start)
            try await ledger.add([TransferredLink(localID: "A", remoteID: "x")], of: "product", toImport: id)
            await refused(.stateInvalid) {
                try await ledger.add([TransferredLink(localID: "B", remoteID: "x")], of: "product", toImport: id)
            }
            await refused(.stateInvalid) {
                try await ledger.add([TransferredLink(localID: "A", remoteID: "y")], of: "product", toImport: id)
            }
            await refused(.stateInvalid) {
                try await ledger.add([TransferredLink(localID: "C", remoteID: "z")], of: "customer", toImport: id)
            }
            await refused(.stateInvalid) {
                _ = try await ledger.finishImport(id, links: 2, replaces: true, change)
            }
            #expect(try await ledger.state(of: "shop").entities.isEmpty)
            // One that is begun later takes its place.
            _ = try await ledger.beginImport(of: [Self.origin], for: "shop", at: start)
            for gone in [id, "", "*", "../shop"] {
                await refused(.stateInvalid) {
                    _ = try await ledger.finishImport(gone, links: 1, replaces: true, change)
                }
            }
            #expect(try rawConnection(ledger.path).number("SELECT count(*) FROM scope") == 1)
        }
    }

    @Test func importsThatNobodyFinishesAreForgottenInTime() async throws {
        try await LedgerFixture.with { ledger in
            let old = try await ledger.beginImport(of: [Self.origin], for: "a_b", at: start)
            let link = [TransferredLink(localID: "A", remoteID: "x")]
            // Another integration's, whose name only looks alike.
            _ = try await ledger.beginImport(of: [Self.origin], for: "a-b", at: start + 10)
            try await ledger.add(link, of: "product", toImport: old)
            try await ledger.prune(before: start + 5, maximum: 1000)
            await refused(.stateInvalid) { try await ledger.add(link, of: "product", toImport: old) }
            let raw = try rawConnection(ledger.path)
            #expect(try raw.number("SELECT count(*) FROM scope") == 1)
            #expect(try raw.number("SELECT count(*) FROM link") == 0)
        }
    }

    @Test func whileAJobRunsNothingIsTouched() async throws {
        try await LedgerFixture.with { ledger in
            let scope = try await Self.filled(ledger)
            let revision = try await ledger.state(of: "shop").revision
            let id = try await ledger.beginImport(of: [Self.origin], for: "shop", at: start)
            let job = try await ledger.running("job_2", "shop")
            #expect(try await ledger.state(of: "shop").isBusy)
            let change = StateChange(.reset, date: start, user: 0)
            await refused(.integrationBusy) { _ = try await ledger.reset("shop", entityTypes: nil, change) }
            await refused(.integrationBusy) { _ = try await Self.links(of: ledger, revision) }
            await refused(.integrationBusy) { _ = try await ledger.finishImport(id, links: 0, replaces: true, change) }
            try await ledger.finish(job.id, as: .succeeded, at: start, progress: JobProgress(), failure: nil)
            // What was read before is of another state than what would be read now.
            await refused(.stateChanged) { _ = try await Self.links(of: ledger, revision) }
            #expect(try await ledger.linkCount(in: scope) == 3)
        }
    }

    @Test func aResetForgetsAllOfATypeAndNothingOfOthers() async throws {
        try await LedgerFixture.with { ledger in
            _ = try await Self.filled(ledger)
            let customers = try await ledger.scope(
                integration: "shop",
                entityType: "customer",
                resource: "rows",
                remoteIdentity: "https://a",
                localIdentity: "store"
            )
            let change = StateChange(.reset, date: start, user: 1000)
            let noted = try await ledger.reset("shop", entityTypes: ["product"], change)
            #expect(noted.links == 3 && noted.entityTypes == ["product"])
            let state = try await ledger.state(of: "shop")
            #expect(state.entities.map(\.origin.entityType) == ["customer"])
            #expect(state.changes == [noted])
            #expect(try await ledger.linkCount(in: customers) == 0)
            let raw = try rawConnection(ledger.path)
            for table in ["link", "pull_state", "push_state", "quarantine", "field_layout"] {
                #expect(try raw.number("SELECT count(*) FROM \(table)") == 0, "\(table)")
            }
        }
    }

    @Test func aResetOfCursorsKeepsTheLinks() async throws {
        try await LedgerFixture.with { ledger in
            let scope = try await Self.filled(ledger)
            let change = StateChange(.reset, date: start, user: 1000, isWhole: false)
            #expect(try await ledger.reset("shop", entityTypes: nil, change).links == 0)
            let entity = try #require(try await ledger.state(of: "shop").entities.first)
            #expect(entity.links == 3 && entity.setAside == 1)
            #expect(entity.origin.pullCursor == nil && entity.origin.sweptAt == nil && entity.pushCursor == nil)
            #expect(try await ledger.products() == scope)
            #expect(try await ledger.state(of: "shop").changes.first?.isWhole == false)
        }
    }

    @Test func onlyTheNewestChangesAreKept() async throws {
        try await LedgerFixture.with { ledger in
            try await ledger.note(StateChange(.export, date: start, user: 7), of: "blog")
            for number in 0..<105 {
                let change = StateChange(.export, date: start + Double(number), user: 4_294_967_294, links: number)
                try await ledger.note(change, of: "shop")
            }
            let changes = try await ledger.state(of: "shop").changes
            #expect(changes.map(\.links) == Array((5..<105).reversed()))
            #expect(changes.first?.user == 4_294_967_294)
            #expect(try await ledger.state(of: "blog").changes.map(\.user) == [7])
        }
    }

    // MARK: Making

    private static let layout = FieldLayout(fingerprint: .max - 4, remotePaths: ["a", "b"], localPaths: ["c"])
    private static let origin = EntityOrigin(
        entityType: "product",
        resource: "rows",
        remoteIdentity: "https://a",
        isPulled: true
    )

    /// Fills a scope of every kind of thing that outlives a job.
    private static func filled(_ ledger: Ledger) async throws -> LinkScope {
        let job = try await ledger.running("job_1", "shop")
        let scope = try await ledger.products()
        var changes = LinkChanges()
        changes.append(localID: "A", remoteID: "x")
        changes.append(localID: "B", remoteID: "y")
        changes.append(
            localID: "C",
            remoteID: "z",
            remoteHash: hash(3),
            localHash: hash(4),
            payloadHash: hash(5),
            fieldHashes: [1, .max]
        )
        var commit = PullCommit(
            job: job.id,
            links: changes,
            checkpoint: Checkpoint(position: nil, isComplete: true),
            quarantined: [QuarantinedRecord(id: "q", contentHash: hash(1), code: .recordRefused, message: "No.")],
            progress: JobProgress()
        )
        commit.cursor = PullCursor(value: "2026", fingerprint: 77)
        try await ledger.commitPull(commit, in: scope)
        var deleted = PullCommit(
            job: job.id,
            links: LinkChanges(),
            checkpoint: Checkpoint(position: nil, isComplete: true),
            progress: JobProgress()
        )
        deleted.tombstones = ["y"]
        try await ledger.commitPull(deleted, in: scope)
        try await ledger.noteSweep(at: start, in: scope)
        _ = try await ledger.keepLayout(layout, in: scope)
        let cursor = PushCursor(
            fingerprint: 5,
            settled: nil,
            latest: ScanPosition(rawValue: "9"),
            latestAt: start,
            comparedAt: start
        )
        try await ledger.keep(cursor, in: scope)
        try await ledger.finish(job.id, as: .succeeded, at: start, progress: JobProgress(), failure: nil)
        return scope
    }

    private static func links(
        of ledger: Ledger,
        _ revision: String,
        _ integration: String = "shop"
    ) async throws -> [TransferredLink] {
        var links: [TransferredLink] = []
        var after: Int64 = 0
        while true {
            let page = try await ledger.links(
                of: integration,
                entityType: "product",
                revision: revision,
                after: after,
                limit: 2
            )
            guard !page.links.isEmpty else { return links }
            links += page.links
            after = page.last
        }
    }

    private static func importOne(into ledger: Ledger, replaces: Bool = false) async throws {
        let id = try await ledger.beginImport(of: [origin], for: "shop", at: start)
        try await ledger.add([TransferredLink(localID: "A", remoteID: "x")], of: "product", toImport: id)
        let change = StateChange(.import, date: start, user: 0)
        _ = try await ledger.finishImport(id, links: 1, replaces: replaces, change)
    }
}

/// Expects `body` to be refused with a code.
private func refused(
    _ code: ErrorCode,
    _ body: () async throws -> Void,
    sourceLocation: SourceLocation = #_sourceLocation
) async {
    do {
        try await body()
        Issue.record("it was not refused", sourceLocation: sourceLocation)
    } catch let failure as SyncFailure {
        #expect(failure.code == code, "\(failure)", sourceLocation: sourceLocation)
    } catch {
        Issue.record("\(error)", sourceLocation: sourceLocation)
    }
}
