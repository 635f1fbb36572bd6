import FerryCore
import FerryEngine
import FerryLedger
import FerryTesting
import FoundationEssentials
import Testing

/// Jobs that share an account.
@Suite struct JobGateTests {
    private static let account = AccountKey(rawValue: "x")

    private static func refused(for pause: Duration) -> BudgetedService.Site.Answer {
        .refused(RateSignal(isRefusal: true, pause: pause))
    }

    @Test func fiftyIntegrationsOfOneAccountNeverExceedItsBudget() async throws {
        let names = (0..<50).map { "x-\($0)" }
        let budget = RequestBudget(period: .seconds(1), requests: 20)
        try await BudgetWorld.with(names, budgets: [budget], pageSize: 1) { world in
            for name in names { _ = try await world.pull(name) }
            try await world.runUntil(finished: 50)
            // Each reads a page for each of the three records.
            #expect(world.site.seen.count == 150)
            #expect(world.site.most(of: Self.account, in: .seconds(1)) <= 20)
            let jobs = try await world.ledger.jobs(integration: nil, states: [], limit: 100, after: nil)
            #expect(jobs.allSatisfy { $0.state == .succeeded && $0.progress.retries == 0 })
        }
    }

    @Test func aWaitForTheBudgetIsTheJobsStateAndEndsAtOnceWhenItIsCancelled() async throws {
        let budget = RequestBudget(period: .seconds(3600), requests: 1)
        try await BudgetWorld.with(["x-1", "x-2"], budgets: [budget]) { world in
            _ = try await world.pull("x-1")
            try await world.runUntil(finished: 1)
            let id = try await world.pull("x-2")
            try await eventually("it waits") { try await world.job(id)?.state == .waiting }
            let wait = try #require(try await world.job(id)?.wait)
            #expect(wait.reason == "rate limit")
            #expect(wait.until == world.clock.now + 3600)
            try await world.supervisor.cancel(id)
            try await eventually("it ends") { try await world.job(id)?.state == .cancelled }
            #expect(world.site.seen.count == 1)
            #expect(world.budgets.waiting(of: Self.account) == 0)
        }
    }

    @Test func aPauseThatOneJobIsAskedForHoldsTheOthersOfItsAccountAndNobodyElse() async throws {
        try await BudgetWorld.with(["x-1", "x-2", "y-1"], budgets: []) { world in
            world.site.answer { number, account in
                number == 1 && account == Self.account ? Self.refused(for: .seconds(90)) : .good(.silent)
            }
            let first = try await world.pull("x-1")
            try await eventually("it waits") { try await world.job(first)?.state == .waiting }
            let second = try await world.pull("x-2")
            try await eventually("the other waits") { try await world.job(second)?.state == .waiting }
            let until = world.clock.now + 90
            #expect(try await world.job(first)?.wait == Job.Wait(reason: "rate limit", until: until))
            #expect(try await world.job(second)?.wait == Job.Wait(reason: "rate limit", until: until))
            let other = try await world.pull("y-1")
            try await eventually("another account's job ends") { try await world.job(other)?.state == .succeeded }
            #expect(world.site.seen.map(\.account.rawValue) == ["x", "y"])
            try await world.runUntil(finished: 3)
            let seen = world.site.seen.filter { $0.account == Self.account }.map(\.at)
            #expect(seen == [.zero, .seconds(90), .seconds(90)])
            // Waiting spends no attempt, and is counted as one request sent again.
            #expect(try await world.job(first)?.progress.retries == 1)
            #expect(try await world.job(second)?.progress.retries == 0)
        }
    }

    @Test func theJobThatWasRefusedKeepsItsPlaceInTheLine() async throws {
        try await BudgetWorld.with(["x-1", "x-2"], budgets: [], pageSize: 1) { world in
            world.site.answer { number, account in
                number == 1 && account == Self.account ? Self.refused(for: .seconds(90)) : .good(.silent)
            }
            let first = try await world.pull("x-1")
            try await eventually("it waits at the gate") { world.budgets.waiting(of: Self.account) == 1 }
            _ = try await world.pull("x-2")
            try await eventually("both wait") { world.budgets.waiting(of: Self.account) == 2 }
            world.site.answer { number, _ in
                // Whose request this is shows in whose job goes on.
                number == 2 ? Self.refused(for: .seconds(90)) : .good(.silent)
            }
            world.clock.advance(by: .seconds(90))
            try await eventually("the first is refused again") {
                world.supervisor.progress[first]?.retries == 2
            }
            try await world.runUntil(finished: 2)
        }
    }

    @Test func jobsThatWaitLeaveTheirWorkersToOthersAndNoMoreRunAtOnceThanThereAre() async throws {
        let names = (0..<6).map { "x-\($0)" } + ["y-1"]
        try await BudgetWorld.with(names, budgets: [], workers: 2, pageSize: 1) { world in
            world.site.answer { number, account in
                number <= 2 && account == Self.account ? Self.refused(for: .seconds(3600)) : .good(.silent)
            }
            for name in names.dropLast() { _ = try await world.pull(name) }
            try await eventually("all of the account wait") {
                try await world.ledger.jobs(integration: nil, states: [.waiting], limit: 100, after: nil).count == 6
            }
            let other = try await world.pull("y-1")
            try await eventually("another account's job ends") { try await world.job(other)?.state == .succeeded }
            try await world.runUntil(finished: 7)
            #expect(world.site.most <= 2)
            #expect(world.site.seen.count == 2 + 7 * 3 || world.site.seen.count == 1 + 7 * 3)
        }
    }

    @Test func aShutdownEndsAWaitAndTheJobGoesOnLater() async throws {
        let budget = RequestBudget(period: .seconds(3600), requests: 1)
        try await BudgetWorld.with(["x-1", "x-2"], budgets: [budget]) { world in
            _ = try await world.pull("x-1")
            try await world.runUntil(finished: 1)
            let id = try await world.pull("x-2")
            try await eventually("it waits") { try await world.job(id)?.state == .waiting }
            world.supervisor.shutDown()
            try await eventually("it is queued") { try await world.job(id)?.state == .queued }
        }
    }
}
