import FerryCore
import FerryEngine
import FerryLedger
import FerryTesting
import Testing

/// How plans go beside each other, beside jobs, and how they end early.
@Suite struct PlannerTests {
    @Test func noMoreThanAFewPlansAreMadeAtOnce() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(3)
            let products = try Products.integration([.pull])
            let gate = Gate()
            let planner = world.planner(GatedEnds(world: world, gate: gate))
            try await withThrowingTaskGroup { group in
                for _ in 0..<Planner.maximumPlans {
                    group.addTask { try await planner.plan(products, direction: .pull).progress.created }
                }
                await gate.waitForArrivals(Planner.maximumPlans)
                await #expect { try await planner.plan(products, direction: .pull) } throws: { error in
                    (error as? SyncFailure)?.code == .daemonBusy
                }
                gate.open()
                for try await created in group { #expect(created == 3) }
            }
            #expect(try await planner.plan(products, direction: .pull).progress.created == 3)
        }
    }

    @Test func aCancelledPlanEndsAndMakesRoom() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(3)
            let products = try Products.integration([.pull])
            let gate = Gate()
            let planner = world.planner(GatedEnds(world: world, gate: gate))
            await withTaskGroup { group in
                for _ in 0..<Planner.maximumPlans {
                    group.addTask {
                        await #expect(throws: CancellationError.self) {
                            try await planner.plan(products, direction: .pull)
                        }
                    }
                }
                await gate.waitForArrivals(Planner.maximumPlans)
                group.cancelAll()
                gate.open()
            }
            #expect(try await planner.plan(products, direction: .pull).progress.created == 3)
        }
    }

    @Test func aPlannerThatIsShutDownEndsItsPlansAndMakesNoMore() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(3)
            let products = try Products.integration([.pull])
            let gate = Gate()
            let planner = world.planner(GatedEnds(world: world, gate: gate))
            @Sendable func expectStop() async {
                let failure = await #expect(throws: SyncFailure.self) {
                    try await planner.plan(products, direction: .pull)
                }
                #expect(failure?.code == .daemonStopping)
            }
            await withTaskGroup { group in
                group.addTask { await expectStop() }
                await gate.waitForArrivals(1)
                planner.shutDown()
                gate.open()
            }
            await expectStop()
        }
    }

    @Test func aPlanBesideARunningJobDisturbsItNot() async throws {
        try await EngineWorld.with(ScriptedService.Traits(pageSize: 10)) { world in
            world.seedRemote(100)
            let products = try Products.integration([.pull])
            let planner = world.planner()
            // A plan for every page that the job reads, while it is at work.
            let plans = Counter(0)
            let job = try await world.claimed(.pull, of: products)
            try await withThrowingTaskGroup { group in
                let isOver = Flag()
                group.addTask {
                    while !isOver.isSet {
                        let plan = try await planner.plan(products, direction: .pull)
                        #expect(plan.failure == nil && plan.progress.read == 100)
                        plans.add(1)
                    }
                }
                let ended = try await world.run(job, of: products)
                #expect(ended.state == .succeeded && ended.progress.created == 100)
                isOver.set()
                try await group.waitForAll()
            }
            #expect(try await world.rows(["sku"]).count == 100)
            #expect(try await world.plan(products, .pull).isEmpty)
        }
    }

    @Test func aPlanIsInNoListOfJobs() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(3)
            _ = try await world.plan(Products.integration([.pull]), .pull)
            let jobs = try await world.ledger.jobs(integration: nil, states: [], limit: 10, after: nil)
            #expect(jobs.isEmpty)
            #expect(try await world.ledger.histories().isEmpty)
        }
    }
}

private struct GatedEnds: EndpointProvider {
    let world: EngineWorld
    let gate: Gate

    func remote(for integration: Integration, gate requests: any RequestGate) throws -> any RemoteService {
        GatedService(inner: world.service, gate: gate)
    }

    func store(for integration: Integration) throws -> any LocalStore { world.store }
}
