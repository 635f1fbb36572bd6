import FerryCore
import FerryEngine
import FerryLedger
import FerryTesting
import Foundation
import Synchronization
import Testing

@Suite struct AccountBudgetsTests {
    private let account = AccountKey(rawValue: "https://a:443 1")
    private let tenAMinute = [RequestBudget(period: .seconds(60), requests: 10)]

    /// The budgets as they are in a ledger.
    private func budgets(_ world: EngineWorld, wall: MachineTime? = nil) throws -> AccountBudgets {
        let clock = world.clock
        let records = try world.ledger.accountRecords()
        let machineTime: (@Sendable () -> MachineTime)? = wall.map { time in { @Sendable in time } }
        return AccountBudgets(
            ledger: world.ledger,
            records: records,
            clock: clock,
            elapsed: { clock.elapsed },
            machineTime: machineTime,
            logger: silence
        )
    }

    /// Makes requests until one would have to wait.
    private func spend(_ budgets: AccountBudgets, _ drawn: [RequestBudget]) async throws -> [RequestPermit] {
        let gate = budgets.briefGate(patience: .zero)
        var permits: [RequestPermit] = []
        while let permit = try? await gate.admit(account, drawing: drawn) { permits.append(permit) }
        return permits
    }

    @Test func aKilledProgramComesBackWithNoMoreThanItHad() async throws {
        try await EngineWorld.with { world in
            let first = try budgets(world)
            let gate = first.briefGate(patience: .zero)
            var permits: [RequestPermit] = []
            for _ in 0..<7 { permits.append(try await gate.admit(account, drawing: tenAMinute)) }
            for permit in permits.dropLast(2) { await gate.settle(permit, .silent) }
            // Two have no answer yet: killed here.
            let second = try budgets(world)
            #expect(try await spend(second, tenAMinute).count == 3)
            world.clock.advance(by: .seconds(59))
            #expect(try await spend(second, tenAMinute).isEmpty)
            world.clock.advance(by: .seconds(1))
            // What was under way may have arrived only after the restart.
            #expect(try await spend(second, tenAMinute).isEmpty)
            world.clock.advance(by: .seconds(1))
            #expect(try await spend(second, tenAMinute).count == 7)
        }
    }

    /// Threads that are kept waiting just after they have looked at the clock do as if time ran backwards.
    @Test func noWindowSeesMoreThanTheBudgetWhereThreadsAreHeldUp() async throws {
        let clock = ContinuousClock()
        let start = clock.now
        let budgets = AccountBudgets(
            ledger: nil,
            clock: ManualClock(),
            elapsed: {
                let now = start.duration(to: clock.now)
                if UInt8.random(in: 0..<8) == 0 { usleep(.random(in: 0..<20_000)) }
                return now
            },
            logger: silence
        )
        let gate = budgets.briefGate(patience: .zero)
        let drawn = [RequestBudget(period: .milliseconds(40), requests: 4)]
        let seen = Order<Duration>()
        await withTaskGroup { group in
            for _ in 0..<4 {
                group.addTask { [account] in
                    while seen.elements.count < 60 {
                        guard let permit = try? await gate.admit(account, drawing: drawn) else {
                            await Task.yield()
                            continue
                        }
                        seen.append(start.duration(to: clock.now))
                        await gate.settle(permit, .silent)
                    }
                }
            }
        }
        let times = seen.elements.sorted()
        let most = times.indices.map { first in times[first...].prefix { $0 - times[first] < .milliseconds(40) }.count }
        #expect(most.max() ?? 0 <= 4)
    }

    @Test func noWindowSeesMoreThanTheBudgetWhateverIsKilledWhen() async throws {
        for seed in 1...12 as ClosedRange<UInt64> {
            var random = SeededRandom(seed: seed)
            try await EngineWorld.with { world in
                let budget = RequestBudget(
                    period: .seconds(1),
                    requests: Int.random(in: 1...40, using: &random)
                )
                var current = try budgets(world)
                var underWay: [(permit: RequestPermit, index: Int)] = []
                var times: [Duration] = []
                for _ in 0..<500 {
                    world.clock.advance(by: .milliseconds(Int.random(in: 0...60, using: &random)))
                    switch Int.random(in: 0..<30, using: &random) {
                    case 0:
                        current = try budgets(world)
                        // What was under way may arrive after the restart.
                        for request in underWay {
                            times[request.index] =
                                world.clock.elapsed + .milliseconds(Int.random(in: 0..<1000, using: &random))
                        }
                        underWay = []
                    case 1..<12:
                        guard let request = underWay.popLast() else { continue }
                        await current.briefGate(patience: .zero).settle(request.permit, .silent)
                    default:
                        let gate = current.briefGate(patience: .zero)
                        guard let permit = try? await gate.admit(account, drawing: [budget]) else { continue }
                        underWay.append((permit, times.count))
                        times.append(world.clock.elapsed)
                    }
                }
                times.sort()
                let most =
                    times.indices.map { first in
                        times[first...].prefix { $0 - times[first] < .seconds(1) }.count
                    }.max() ?? 0
                #expect(most <= budget.requests, "seed \(seed): \(most) of \(budget.requests)")
                #expect(times.count > budget.requests, "seed \(seed)")
            }
        }
    }

    @Test func aClockThatWasSetWhileTheProgramWasDeadChangesNothing() async throws {
        try await EngineWorld.with { world in
            let before = MachineTime(wall: 1_700_000_000_000, boot: "b", uptime: 100_000)
            #expect(try await spend(try budgets(world, wall: before), tenAMinute).count == 10)
            // Ten seconds later, by a clock that is five hours ahead; then by one that is five hours behind.
            for hours: Int64 in [5, -5] {
                let after = MachineTime(wall: before.wall + hours * 3_600_000, boot: "b", uptime: 110_000)
                let restarted = try budgets(world, wall: after)
                #expect(try await spend(restarted, tenAMinute).isEmpty)
            }
            let rebooted = MachineTime(wall: before.wall - 1_000_000, boot: "c", uptime: 1000)
            let restarted = try budgets(world, wall: rebooted)
            #expect(try await spend(restarted, tenAMinute).isEmpty)
            world.clock.advance(by: .seconds(61))
            #expect(try await spend(restarted, tenAMinute).count == 10)
        }
    }

    @Test func whatIsSpentIsWrittenDownAheadInBlocks() async throws {
        try await EngineWorld.with { world in
            let quick = [RequestBudget(period: .seconds(1), requests: 100)]
            let counting = CountingLedger(world.ledger)
            let clock = world.clock
            let budgets = AccountBudgets(ledger: counting, clock: clock, elapsed: { clock.elapsed }, logger: silence)
            #expect(try await spend(budgets, quick).count == 100)
            // A quarter of a second's worth at a time.
            #expect(counting.writes == 4)
            let kept = try #require(try world.ledger.accountRecords().first?.budgets.first)
            #expect(kept.outstanding == 100)
        }
    }

    @Test func nothingIsWrittenDownWhereThereIsNoBudget() async throws {
        try await EngineWorld.with { world in
            let counting = CountingLedger(world.ledger)
            let clock = world.clock
            let budgets = AccountBudgets(ledger: counting, clock: clock, elapsed: { clock.elapsed }, logger: silence)
            let gate = budgets.briefGate(patience: .zero)
            for _ in 0..<1000 { await gate.settle(try await gate.admit(account, drawing: []), .silent) }
            #expect(counting.writes == 0)
        }
    }

    @Test func aRequestThatCannotBeWrittenDownIsNotMade() async throws {
        try await EngineWorld.with { world in
            let counting = CountingLedger(world.ledger)
            counting.isFull.set()
            let clock = world.clock
            let budgets = AccountBudgets(ledger: counting, clock: clock, elapsed: { clock.elapsed }, logger: silence)
            let failure = await #expect(throws: SyncFailure.self) {
                _ = try await budgets.briefGate(patience: .zero).admit(account, drawing: tenAMinute)
            }
            #expect(failure?.code == .diskFull)
            #expect(budgets.waiting(of: account) == 0)
        }
    }

    @Test func aPauseThatTheServiceAsksForHoldsEverybodyAndSurvivesARestart() async throws {
        try await EngineWorld.with { world in
            let first = try budgets(world)
            let gate = first.briefGate(patience: .zero)
            let permit = try await gate.admit(account, drawing: [])
            await gate.settle(permit, RateSignal(isRefusal: true, pause: .seconds(3600)))
            #expect(try await spend(first, []).isEmpty)
            _ = try await gate.admit(AccountKey(rawValue: "https://b:443 1"), drawing: [])

            world.clock.advance(by: .seconds(600))
            let second = try budgets(world)
            let failure = await #expect(throws: SyncFailure.self) {
                _ = try await second.briefGate(patience: .seconds(3)).admit(account, drawing: [])
            }
            #expect(failure?.code == .serviceRateLimited)
            #expect(failure?.retryAfter == .seconds(3000))
            #expect(failure?.message.contains("3000 s") == true)
            world.clock.advance(by: .seconds(3000))
            _ = try await second.briefGate(patience: .zero).admit(account, drawing: [])
        }
    }

    @Test func afterAPauseOneRequestGoesFirst() async throws {
        try await EngineWorld.with { world in
            let budgets = try budgets(world)
            let gate = budgets.briefGate(patience: .zero)
            await gate.settle(try await gate.admit(account, drawing: []), RateSignal(pause: .seconds(5)))
            world.clock.advance(by: .seconds(5))
            let probe = try await gate.admit(account, drawing: [])
            await #expect(throws: SyncFailure.self) { _ = try await gate.admit(account, drawing: []) }
            await gate.settle(probe, .silent)
            for _ in 0..<50 { _ = try await gate.admit(account, drawing: []) }
        }
    }

    @Test func aRefusalWithoutAWordIsWaitedOutLongerEachTime() async throws {
        try await EngineWorld.with { world in
            let gate = try budgets(world).briefGate(patience: .zero)
            for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
                let permit = try await gate.admit(account, drawing: [])
                await gate.settle(permit, RateSignal(isRefusal: true))
                world.clock.advance(by: .seconds(seconds) - .milliseconds(1))
                await #expect(throws: SyncFailure.self) { _ = try await gate.admit(account, drawing: []) }
                world.clock.advance(by: .milliseconds(1))
            }
            await gate.settle(try await gate.admit(account, drawing: []), .silent)
            let permit = try await gate.admit(account, drawing: [])
            await gate.settle(permit, RateSignal(isRefusal: true))
            world.clock.advance(by: .seconds(1))
            _ = try await gate.admit(account, drawing: [])
        }
    }

    @Test func whatTheServiceSaysIsLeftIsNotExceededByRequestsUnderWay() async throws {
        try await EngineWorld.with { world in
            let gate = try budgets(world).briefGate(patience: .zero)
            let first = try await gate.admit(account, drawing: [])
            let second = try await gate.admit(account, drawing: [])
            await gate.settle(first, RateSignal(remaining: 3, reset: .seconds(30)))
            // One of the three is the second's, which the service may not have counted yet.
            _ = try await gate.admit(account, drawing: [])
            let last = try await gate.admit(account, drawing: [])
            await #expect(throws: SyncFailure.self) { _ = try await gate.admit(account, drawing: []) }
            await gate.settle(second, RateSignal(remaining: 2, reset: .seconds(30)))
            await gate.settle(last, RateSignal(remaining: 0, reset: .seconds(30)))
            world.clock.advance(by: .milliseconds(29_999))
            await #expect(throws: SyncFailure.self) { _ = try await gate.admit(account, drawing: []) }
        }
    }

    @Test func nobodyAsksBeforeTheResetOnceNothingIsLeft() async throws {
        try await EngineWorld.with { world in
            let gate = try budgets(world).briefGate(patience: .zero)
            let permit = try await gate.admit(account, drawing: [])
            await gate.settle(permit, RateSignal(remaining: 0, reset: .seconds(30)))
            world.clock.advance(by: .milliseconds(29_999))
            await #expect(throws: SyncFailure.self) { _ = try await gate.admit(account, drawing: []) }
            world.clock.advance(by: .milliseconds(1))
            _ = try await gate.admit(account, drawing: [])
        }
    }

    @Test func aNamedBudgetThatIsUsedUpHoldsOnlyItsOwnRequests() async throws {
        try await EngineWorld.with { world in
            let gate = try budgets(world).briefGate(patience: .zero)
            let search = RequestBudget(name: "search", period: .seconds(60), requests: 30)
            let permit = try await gate.admit(account, drawing: [search])
            await gate.settle(permit, RateSignal(remaining: 0, reset: .seconds(30)))
            _ = try await gate.admit(account, drawing: [])
            await #expect(throws: SyncFailure.self) { _ = try await gate.admit(account, drawing: [search]) }
        }
    }

    @Test func aServiceThatSaysNothingOfTheResetMeansTheBudgetsPeriod() async throws {
        try await EngineWorld.with { world in
            let gate = try budgets(world).briefGate(patience: .zero)
            let budget = RequestBudget(period: .seconds(1), requests: 10)
            await gate.settle(try await gate.admit(account, drawing: [budget]), RateSignal(remaining: 0))
            await #expect(throws: SyncFailure.self) { _ = try await gate.admit(account, drawing: [budget]) }
            world.clock.advance(by: .seconds(1))
            _ = try await gate.admit(account, drawing: [budget])
        }
    }

    @Test func requestsAreMadeInTheOrderInWhichTheyCame() async throws {
        try await EngineWorld.with { world in
            let budgets = try budgets(world)
            let one = [RequestBudget(period: .seconds(10), requests: 1)]
            let gate = budgets.briefGate(patience: .seconds(1000))
            await gate.settle(try await gate.admit(account, drawing: one), .silent)
            let order = Order<Int>()
            try await withThrowingTaskGroup { group in
                for number in 0..<6 {
                    group.addTask { [account] in
                        let permit = try await gate.admit(account, drawing: one)
                        order.append(number)
                        await gate.settle(permit, .silent)
                    }
                    try await eventually("request \(number) waits") { budgets.waiting(of: account) == number + 1 }
                }
                for count in 1...6 {
                    await world.clock.waitForSleepers()
                    world.clock.advance(by: .seconds(10))
                    try await eventually("request \(count) is made") { order.elements.count == count }
                }
                try await group.waitForAll()
            }
            #expect(order.elements == Array(0..<6))
        }
    }

    @Test func aClockThatIsSetDuringAWaitNeitherShortensNorProlongsIt() async throws {
        try await EngineWorld.with { world in
            let budgets = try budgets(world)
            let one = [RequestBudget(period: .seconds(60), requests: 1)]
            let gate = budgets.briefGate(patience: .seconds(1000))
            await gate.settle(try await gate.admit(account, drawing: one), .silent)
            let isMade = Flag()
            try await withThrowingTaskGroup { group in
                group.addTask { [account] in
                    _ = try await gate.admit(account, drawing: one)
                    isMade.set()
                }
                await world.clock.waitForSleepers()
                world.clock.set(to: world.clock.now + 5 * 3600, passes: false)
                await world.clock.waitForSleepers()
                #expect(!isMade.isSet)
                world.clock.set(to: world.clock.now - 10 * 3600)
                await world.clock.waitForSleepers()
                #expect(!isMade.isSet)
                world.clock.advance(by: .seconds(60))
                try await group.waitForAll()
            }
            #expect(isMade.isSet)
        }
    }
}

/// What comes, in its order.
private final class Order<Element: Sendable>: Sendable {
    private let kept = Mutex<[Element]>([])
    var elements: [Element] { kept.withLock { $0 } }
    func append(_ element: Element) { kept.withLock { $0.append(element) } }
}

/// A ledger that counts what is written to it, on a disk that can be full.
private final class CountingLedger: BudgetLedger {
    let isFull = Flag()
    private let ledger: Ledger
    private let count = Mutex(0)

    init(_ ledger: Ledger) {
        self.ledger = ledger
    }

    var writes: Int { count.withLock { $0 } }

    func keep(_ record: AccountRecord) async throws {
        if isFull.isSet { throw SyncFailure(.local, .diskFull, "the disk is full") }
        count.withLock { $0 += 1 }
        try await ledger.keep(record)
    }
}
