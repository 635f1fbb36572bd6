import FerryCore
import FerryEngine
import FerryLedger
import FerryTesting
import FoundationEssentials
import Synchronization
import Testing

@Suite struct PullCursorTests {
    private func traits(
        pageSize: Int = 5,
        sweep: Duration? = nil,
        tombstone: String? = nil,
        scans: Bool = false
    ) -> ScriptedService.Traits {
        ScriptedService.Traits(
            pageSize: pageSize,
            isComplete: scans,
            hasCursor: true,
            tombstone: tombstone,
            sweepInterval: sweep
        )
    }

    private func full(_ world: EngineWorld, _ integration: Integration) async throws -> Job {
        var asked = Job(
            id: "job_full_\(world.clock.now.timeIntervalSince1970)",
            integration: integration.id,
            direction: .pull,
            trigger: .manual,
            queuedAt: world.clock.now
        )
        asked.options.isFull = true
        let job = try await world.ledger.claim(world.ledger.enqueue(asked).id, at: world.clock.now)
        return try await world.run(#require(job), of: integration)
    }

    @Test func aPullBeginsWhereTheLastOneEnded() async throws {
        try await EngineWorld.with(traits()) { world in
            world.seedRemote(12)
            let products = try Products.integration([.pull])
            #expect(try await world.pull(products).progress.read == 12)
            #expect(try await world.pull(products).progress.read == 0)
            world.changeRemote { table in table.insert(Products.record(13), id: "r13") }
            let job = try await world.pull(products)
            #expect(job.progress.read == 1 && job.progress.created == 1)
            #expect(try await world.rows(["sku"]).count == 13)
        }
    }

    @Test func theCursorIsAsFarAsThePagesThatAreInPlace() async throws {
        try await EngineWorld.with(traits()) { world in
            world.seedRemote(20)
            let products = try Products.integration([.pull])
            world.service.state.withLock { state in
                state.beforePage = { number in
                    if number == 3 { throw SyncFailure(.contract, .contractShape, "no page") }
                }
            }
            #expect(try await world.pull(products).state == .failed)
            world.service.state.withLock { $0.beforePage = nil }
            #expect(try await world.pull(products).progress.read == 10)
            #expect(try await world.rows(["sku"]).count == 20)
        }
    }

    @Test func aJobForSomeEntitiesReadsAllAndLeavesTheCursor() async throws {
        try await EngineWorld.with(traits()) { world in
            world.seedRemote(12)
            let products = try Products.integration([.pull])
            let restricted = try await world.pull(products, entityIDs: [Products.sku(3)])
            #expect(restricted.progress.read == 12 && restricted.progress.created == 1)
            #expect(try await world.pull(products).progress.read == 12)
            #expect(try await world.pull(products, entityIDs: [Products.sku(3)]).progress.read == 12)
            #expect(try await world.pull(products).progress.read == 0)
        }
    }

    @Test func everythingIsReadAgainWhenItIsAskedForOrMappedAnew() async throws {
        try await EngineWorld.with(traits(scans: true)) { world in
            world.seedRemote(12)
            let products = try Products.integration([.pull])
            _ = try await world.pull(products)
            #expect(try await full(world, products).progress.read == 12)
            #expect(try await world.pull(products).progress.read == 0)

            let fewer = try Products.integration([.pull], mappings: [Products.field("sku"), Products.field("name")])
            #expect(try await world.pull(fewer).progress.read == 12)
            #expect(try await world.pull(fewer).progress.read == 0)
            // What was passed over before deletes were propagated has to be seen.
            let propagating = try Products.integration(
                [.pull],
                deletes: .propagate,
                mappings: [Products.field("sku"), Products.field("name")]
            )
            world.changeRemote { $0.remove("r12") }
            let job = try await world.pull(propagating)
            #expect(job.progress.read == 11 && job.progress.deleted == 1)
        }
    }

    /// What was set aside did not change since, so that a pull that begins where the last one ended does not see it.
    @Test(arguments: [JobOptions.SetAside.retry, .retryOnly])
    func aRetryReadsWhatWasSetAsideBehindTheCursor(_ setAside: JobOptions.SetAside) async throws {
        try await EngineWorld.with(traits()) { world in
            world.seedRemote(12)
            world.changeRemote { $0.insert(Products.record(3, name: "The other one"), id: "r33") }
            let products = try Products.integration([.pull])
            #expect(try await world.pull(products).progress.quarantined == 1)
            world.changeRemote { $0.remove("r3") }
            #expect(try await world.pull(products).progress.read == 0)
            let job = try await world.pull(products, options: JobOptions(setAside: setAside))
            #expect(job.state == .succeeded && job.progress.read == 12 && job.progress.updated == 1)
            #expect(try await world.quarantine(.pull).isEmpty)
            #expect(try await world.pull(products).progress.read == 0)
        }
    }

    /// A page of nothing but deleted records is no empty source: they are what was asked for.
    @Test func aTableWhoseRecordsAreAllSaidToBeDeletedIsNotEmpty() async throws {
        try await EngineWorld.with(traits(tombstone: "gone", scans: true)) { world in
            world.seedRemote(3)
            let products = try Products.integration([.pull], deletes: .propagate)
            _ = try await world.pull(products)
            world.changeRemote { table in
                table.records = []
                for number in 1...3 {
                    table.insert(Products.record(number) + [(key: "gone", value: true)], id: "r\(number)")
                }
            }
            let job = try await full(world, products)
            #expect(job.state == .succeeded && job.progress.deleted == 3)
        }
    }

    @Test func aFullJobThatIsInterruptedStaysFull() async throws {
        try await EngineWorld.with(traits()) { world in
            world.seedRemote(20)
            let products = try Products.integration([.pull])
            _ = try await world.pull(products)
            var asked = Job(
                id: "job_full",
                integration: products.id,
                direction: .pull,
                trigger: .manual,
                queuedAt: world.clock.now
            )
            asked.options.isFull = true
            let claimed = try await world.ledger.claim(world.ledger.enqueue(asked).id, at: world.clock.now)
            let control = JobControl()
            // Before it has read anything.
            control.request(.interrupted)
            #expect(try await world.run(#require(claimed), of: products, control: control).state == .queued)
            let again = try #require(try await world.ledger.claim("job_full", at: world.clock.now))
            #expect(again.options.isFull && again.attempt == 2)
            #expect(try await world.run(again, of: products).progress.read == 20)
        }
    }

    @Test func nothingIsDeletedAfterAScanThatSomethingMayHaveEscaped() async throws {
        try await EngineWorld.with(ScriptedService.Traits(isConclusive: false)) { world in
            world.seedRemote(20)
            let products = try Products.integration([.pull], deletes: .propagate)
            _ = try await world.pull(products)
            world.changeRemote { $0.remove("r5") }
            for _ in 0..<3 { #expect(try await world.pull(products).progress.deleted == 0) }
        }
    }

    @Test func tombstonesOfEarlierPullsAreDeletedByTheNextThatMay() async throws {
        try await EngineWorld.with(traits(tombstone: "gone")) { world in
            world.seedRemote(30)
            var products = try Products.integration([.pull], deletes: .propagate)
            _ = try await world.pull(products)
            // At the end of a table that grows there, so that only those are read.
            world.changeRemote { table in
                for number in 1...15 {
                    table.insert(Products.record(number) + [(key: "gone", value: true)], id: "r\(number)")
                }
                table.insert(Products.record(31), id: "r31")
                // Unknown here, and deleted there: nothing to do.
                table.insert(Products.record(32) + [(key: "gone", value: true)], id: "r32")
            }
            let guarded = try await world.pull(products)
            #expect(guarded.failure?.code == .deletesGuarded && guarded.progress.deleted == 0)
            #expect(guarded.progress.read == 17 && guarded.progress.created == 1 && guarded.progress.unchanged == 1)
            #expect(try await world.rows(["sku"]).count == 31)

            products.deleteGuard = DeleteGuard(share: 1, count: 1000)
            let allowed = try await world.pull(products)
            #expect(allowed.state == .succeeded && allowed.progress.read == 0 && allowed.progress.deleted == 15)
            #expect(try await world.rows(["sku"]).count == 16)
        }
    }

    @Test func aTombstoneOfARecordThatIsNewDeletesItInTheSameScan() async throws {
        try await EngineWorld.with(traits(tombstone: "gone", scans: true)) { world in
            world.seedRemote(7)
            world.changeRemote { $0.insert(Products.record(1) + [(key: "gone", value: true)], id: "r1") }
            let products = try Products.integration([.pull], deletes: .propagate)
            let job = try await world.pull(products)
            #expect(job.progress.created == 7 && job.progress.deleted == 1)
            #expect(try await world.rows(["sku"]).count == 6)
        }
    }

    @Test func aLookAtAllIdentifiersIsTakenWhenItIsTime() async throws {
        try await EngineWorld.with(traits(sweep: .seconds(3600))) { world in
            world.seedRemote(30)
            let products = try Products.integration([.pull], deletes: .propagate)
            _ = try await world.pull(products)
            world.changeRemote { $0.remove("r5") }
            #expect(try await world.pull(products).progress.deleted == 0)
            world.clock.advance(by: .seconds(3500))
            #expect(try await world.pull(products).progress.deleted == 0)
            world.clock.advance(by: .seconds(200))
            let job = try await world.pull(products)
            #expect(job.progress.deleted == 1 && job.progress.read == 0)
            // On request, and when the clock was set back.
            world.changeRemote { $0.remove("r6") }
            #expect(try await full(world, products).progress.deleted == 1)
            world.changeRemote { $0.remove("r7") }
            world.clock.set(to: world.clock.now.addingTimeInterval(-100_000))
            #expect(try await world.pull(products).progress.deleted == 1)
        }
    }

    @Test func aLookThatBreaksOffIsNoneAndOneThatFindsNothingIsGuarded() async throws {
        try await EngineWorld.with(traits(sweep: .zero)) { world in
            world.seedRemote(30)
            let products = try Products.integration([.pull], deletes: .propagate)
            _ = try await world.pull(products)
            let records = world.remote.records
            world.changeRemote { $0.records = [] }
            let guarded = try await world.pull(products)
            #expect(guarded.failure?.code == .deletesGuarded && guarded.progress.deleted == 0)
            world.changeRemote { $0.records = Array(records.dropFirst()) }
            world.forgetRequests()
            world.service.state.withLock { state in
                state.beforePage = { if $0 == 4 { throw SyncFailure(.contract, .contractShape, "no page") } }
            }
            let broken = try await world.pull(products)
            #expect(broken.state == .failed && broken.progress.deleted == 0)
            world.service.state.withLock { $0.beforePage = nil }
            #expect(try await world.pull(products).progress.deleted == 1)
        }
    }

    @Test func aLookIsNotTakenForSomeEntitiesOrWhereDeletesAreKept() async throws {
        try await EngineWorld.with(traits(sweep: .zero)) { world in
            world.seedRemote(30)
            let keeping = try Products.integration([.pull])
            let products = try Products.integration([.pull], deletes: .propagate)
            _ = try await world.pull(products)
            world.changeRemote { $0.remove("r5") }
            #expect(try await world.pull(products, entityIDs: [Products.sku(5)]).progress.deleted == 0)
            _ = try await world.pull(keeping)
            #expect(try await world.pull(keeping).progress.deleted == 0)
            #expect(try await world.rows(["sku"]).count == 30)
        }
    }
}
