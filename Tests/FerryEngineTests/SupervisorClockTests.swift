import FerryCore
import FerryEngine
import FerryLedger
import FerryTesting
import FoundationEssentials
import Testing

/// Schedules while the clock is set, the machine sleeps, or moves to another time zone.
@Suite struct SupervisorClockTests {
    /// A sleep that lasts hours longer than asked, as one does while the machine is suspended.
    @Test(arguments: [
        (SyncSchedule.CatchUp.one, SyncSchedule.Overlap.skip, 1), (.one, .queue, 1), (.none, .skip, 0),
        (.none, .queue, 0), (.all, .skip, 9), (.all, .queue, 9),
    ])
    func afterASuspendMissedRunsFollowTheFile(
        catchUp: SyncSchedule.CatchUp,
        overlap: SyncSchedule.Overlap,
        count: Int
    ) async throws {
        let timing = ScheduleTiming.cron(try CronExpression(parsing: "30 * * * *"))
        let schedule = SyncSchedule(timing: timing, catchUp: catchUp, overlap: overlap)
        try await SupervisorWorld.with([try Self.integration(schedule)]) { world in
            await world.clock.waitForSleepers()
            let next = try await world.plannedRun()
            world.clock.set(to: next + 8 * 3600 + 600)
            try await world.eventually("the run after the suspend is planned") {
                try await world.nextRun("a") == next + 9 * 3600
            }
            try await world.eventually(finished: count)
            world.clock.set(to: next + 9 * 3600)
            try await world.eventually(finished: count + 1)
            #expect(try await world.jobs().count == count + 1)
        }
    }

    /// A clock that is a year ahead for a while, as one whose first answer from a time server was wrong.
    @Test(arguments: [SyncSchedule.CatchUp.one, .none])
    func aClockThatJumpsAYearAheadAndBackNeitherStormsNorStops(catchUp: SyncSchedule.CatchUp) async throws {
        let schedule = SyncSchedule(timing: .every(.seconds(60)), catchUp: catchUp)
        try await SupervisorWorld.with([try Self.integration(schedule)]) { world in
            try await world.eventually(finished: 1)
            let next = try await world.nextRun("a")
            let year = 365 * 86_400.0
            world.clock.set(to: next + year + 5)
            try await world.eventually("it is planned a year ahead") {
                try await world.nextRun("a") == next + year + 60
            }
            let count = catchUp == .one ? 2 : 1
            try await world.eventually(finished: count)
            try await world.setBack(to: next - 20, planning: next)
            world.clock.set(to: next)
            try await world.eventually(finished: count + 1)
            world.clock.set(to: next + 60)
            try await world.eventually(finished: count + 2)
            #expect(try await world.jobs().count == count + 2)
        }
    }

    @Test func aClockThatIsCorrectedByMinutesDoesNotRepeatARun() async throws {
        let daily = SyncSchedule(timing: .cron(try CronExpression(parsing: "0 2 * * *")))
        try await SupervisorWorld.with([try Self.integration(daily)]) { world in
            let next = try await world.plannedRun()
            world.clock.set(to: next)
            try await world.eventually(finished: 1)
            await world.clock.waitForSleepers()
            world.clock.set(to: next - 600)
            await world.clock.waitForSleepers()
            #expect(try await world.nextRun("a") == next + 86_400)
            world.clock.set(to: next)
            await world.clock.waitForSleepers()
            world.clock.set(to: next + 86_400)
            try await world.eventually(finished: 2)
            #expect(try await world.jobs().count == 2)
        }
    }

    /// A run that has waited for more than a minute is late, but nobody missed it.
    @Test func aRunThatWaitsForALongOneIsRunThoughMissedOnesAreDropped() async throws {
        let gate = Gate()
        let schedule = SyncSchedule(timing: .every(.seconds(3600)), catchUp: .none, overlap: .queue)
        try await SupervisorWorld.with([try Self.integration(schedule)], gate: gate) { world in
            await gate.waitForArrivals(1)
            let next = try await world.nextRun("a")
            await world.clock.waitForSleepers()
            let turns = world.turns.value
            world.clock.set(to: next)
            try await world.eventually("the run waits") { world.turns.value > turns }
            world.clock.set(to: next + 1800)
            world.reload([try Self.integration(schedule)])
            gate.open()
            try await world.eventually(finished: 2)
            try await world.eventually("the next one is planned") { try await world.nextRun("a") == next + 3600 }
        }
    }

    @Test func hundredsOfMissedRunsAreMadeUpForOneAtATime() async throws {
        let gate = Gate()
        let schedule = SyncSchedule(timing: .every(.seconds(120)), catchUp: .all)
        try await SupervisorWorld.with([try Self.integration(schedule)], gate: gate) { world in
            gate.open()
            try await world.eventually(finished: 1)
            let next = try await world.nextRun("a")
            world.clock.set(to: next + 299 * 120 + 100)
            try await world.eventually(finished: 301)
            #expect(gate.most == 1)
            #expect(try await world.jobs().count == 301)
            #expect(try await world.nextRun("a") == next + 300 * 120)
        }
    }

    @Test func anIntegrationThatWasDisabledMakesUpForNothing() async throws {
        let schedule = SyncSchedule(timing: .cron(try CronExpression(parsing: "0 * * * *")), catchUp: .all)
        let integration = try Self.integration(schedule)
        try await SupervisorWorld.with([integration]) { world in
            let next = try await world.plannedRun()
            var disabled = integration
            disabled.isEnabled = false
            world.reload([disabled])
            try await world.eventually("its next run is forgotten") { try await world.ledger.nextRuns().isEmpty }
            world.clock.set(to: next + 30 * 86_400 + 60)
            world.reload([integration])
            #expect(try await world.plannedRun() == next + 30 * 86_400 + 3600)
            #expect(try await world.jobs().isEmpty)
        }
    }

    @Test func anIntegrationWhoseFileIsBrokenKeepsItsNextRun() async throws {
        let schedule = SyncSchedule(timing: .every(.seconds(3600)))
        let key = ScheduleKey(integration: "a", direction: .pull)
        try await SupervisorWorld.with([]) { world in
            try await world.ledger.setNextRun(world.clock.now - 60, for: key)
            // As after a start with a file that has no good revision.
            world.registry.replace(by: [.init(id: "a", integration: nil, problems: ["no"])])
        } running: { world in
            try await world.eventually("the schedules are planned") { world.turns.value > 0 }
            #expect(try await world.ledger.nextRuns()[key] != nil)
            world.reload([try Self.integration(schedule)])
            try await world.eventually(finished: 1)
        }
    }

    // MARK: Time zones

    @Test func schedulesMoveWithTheHost() async throws {
        let schedule = SyncSchedule(timing: .calendar(try CalendarExpression(parsing: "09:00")))
        try await SupervisorWorld.with([try Self.integration(schedule)]) { world in
            // 22:13:20 on 14 November 2023, in UTC.
            let next = try await world.plannedRun()
            #expect(RFC3339.format(next) == "2023-11-15T09:00:00Z")
            try world.hostZone.set("America/New_York")
            await world.clock.waitForSleepers()
            // Within a minute, whatever else is to do.
            world.clock.advance(by: .seconds(60))
            try await world.eventually("it is planned in New York's time") {
                try await world.nextRun("a") == next + 5 * 3600
            }
            try await world.eventually("everybody sees it") {
                world.supervisor.nextRuns.values.map { $0 } == [next + 5 * 3600]
            }
            world.clock.set(to: next)
            await world.clock.waitForSleepers()
            #expect(try await world.jobs().isEmpty)
            world.clock.set(to: next + 5 * 3600)
            try await world.eventually(finished: 1)

            // At ten in New York to Apia, where it is four in the morning of the next day.
            world.clock.set(to: next + 6 * 3600)
            try world.hostZone.set("Pacific/Apia")
            try await world.eventually("it is planned in Apia's time") {
                world.clock.advance(by: .seconds(60))
                return try await world.nextRun("a") == next + 11 * 3600
            }
            #expect(try await world.jobs().count == 1)
        }
    }

    @Test func aMoveThatSkipsARunMakesUpForItOnceAndStormsNothing() async throws {
        var integrations = [try Self.integration(SyncSchedule(timing: .cron(try CronExpression(parsing: "0 9 * * *"))))]
        var frequent = try Self.integration(SyncSchedule(timing: .cron(try CronExpression(parsing: "*/5 * * * *"))))
        frequent.id = "b"
        frequent.entities[0].type = "b"
        integrations.append(frequent)
        try await SupervisorWorld.with(integrations) { world in
            let start = world.clock.now
            try world.hostZone.set("America/New_York")
            world.supervisor.replan()
            try await world.eventually("it is planned in New York's time") {
                let next = try await world.nextRun("a")
                return try await world.ledger.nextRuns().count == 2
                    && next == Date(timeIntervalSince1970: 1_700_056_800)
            }
            // It is 11:13 of the next day in Auckland: nine o'clock is over.
            try world.hostZone.set("Pacific/Auckland")
            world.supervisor.replan()
            try await world.eventually(finished: 1)
            try await world.eventually("the run after it is planned") {
                // Nine o'clock in Auckland, the day after.
                try await world.nextRun("a") == Date(timeIntervalSince1970: 1_700_078_400)
            }
            #expect(world.clock.now == start)
            #expect(try await world.jobs().map(\.integration) == ["a"])
        }
    }

    private static func integration(_ schedule: SyncSchedule) throws -> Integration {
        var integration = try Products.integration([])
        integration.id = "a"
        integration.entities[0].type = "a"
        integration.schedules = [.pull: schedule]
        return integration
    }
}

extension SupervisorWorld {
    /// The next run of the integration `a`, once it is planned.
    fileprivate func plannedRun() async throws -> Date {
        try await eventually("a next run") { try await nextRun("a") > clock.now }
        return try await nextRun("a")
    }

    /// Sets the clock back, and waits until the next run is planned for a time.
    fileprivate func setBack(to date: Date, planning next: Date) async throws {
        clock.set(to: date)
        try await eventually("it is planned anew") {
            // Again and again, since this clock stands still: the loop may just have been about to sleep.
            clock.advance(by: .milliseconds(-1))
            return try await nextRun("a") == next
        }
    }
}
