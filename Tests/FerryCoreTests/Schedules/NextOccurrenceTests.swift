import FerryCore
import Foundation
import Testing

struct NextOccurrenceTests {
    private let anchor = Date(timeIntervalSince1970: 1_800_000_000)

    @Test func isDueAtTheAnchorAndEverySpanAroundIt() {
        let timing = ScheduleTiming.every(.seconds(600))
        func next(_ offset: TimeInterval) -> TimeInterval? {
            timing.next(after: anchor + offset, anchor: anchor, in: .utc)?.timeIntervalSince(anchor)
        }
        #expect(next(0) == 600)
        #expect(next(0.001) == 600)
        #expect(next(599.999) == 600)
        #expect(next(600) == 1200)
        #expect(next(-0.001) == 0)
        #expect(next(-600) == 0)
        #expect(next(-601) == -600)
    }

    @Test(arguments: [
        Duration.milliseconds(1500), .seconds(1), .seconds(7), .microseconds(1_333_333), .seconds(86_400),
    ])
    func doesNotDriftOverManyRuns(_ span: Duration) throws {
        let anchor = anchor + 0.123_456
        let timing = ScheduleTiming.every(span)
        var date = anchor
        for run in 1...5000 {
            let next = try #require(timing.next(after: date, anchor: anchor, in: .utc))
            #expect(next > date)
            #expect(abs(next.timeIntervalSince(anchor) - span / .seconds(1) * Double(run)) < 0.000_001)
            date = next
        }
    }

    @Test(arguments: [Duration.zero, .seconds(-5), .nanoseconds(1)])
    func waitsASecondAtLeast(_ span: Duration) {
        #expect(ScheduleTiming.every(span).next(after: anchor, anchor: anchor, in: .utc) == anchor + 1)
    }

    @Test func bearsEndlessSpansAndDates() {
        for date in [Date.distantPast, .distantFuture, Date(timeIntervalSince1970: .infinity)] {
            _ = ScheduleTiming.every(.seconds(Int64.max)).next(after: date, anchor: anchor, in: .utc)
            _ = ScheduleTiming.every(.seconds(1)).next(after: date, anchor: anchor, in: .utc)
            _ = ScheduleTiming.every(.seconds(1)).next(after: anchor, anchor: date, in: .utc)
        }
    }

    @Test func delaysEveryRunOfAKeyByTheSameWholeMilliseconds() throws {
        let schedule = SyncSchedule(timing: .cron(try CronExpression(parsing: "*/5 * * * *")), jitter: .seconds(30))
        let delay = schedule.delay(for: "products/push")
        #expect(delay >= .zero && delay <= .seconds(30))
        let seconds = delay / .seconds(1)
        var date = anchor
        for run in 0..<2000 {
            let next = try #require(schedule.next(after: date, key: "products/push", anchor: anchor, zone: .utc))
            let expected = anchor.timeIntervalSince1970 + Double(run) * 300 + seconds
            #expect(abs(next.timeIntervalSince1970 - expected) < 0.000_001)
            #expect(next > date)
            date = next
        }
    }

    @Test func findsADelayedRunWhoseWrittenTimeIsOver() throws {
        let schedule = SyncSchedule(timing: .every(.seconds(600)), jitter: .seconds(300))
        let delay = schedule.delay(for: "products/pull") / .seconds(1)
        try #require(delay > 1)
        let next = schedule.next(after: anchor + 1, key: "products/pull", anchor: anchor, zone: .utc)
        #expect(next.map { abs($0.timeIntervalSince(anchor) - delay) < 0.000_001 } == true)
    }

    @Test func spreadsKeysOverTheWholeJitter() {
        let schedule = SyncSchedule(timing: .every(.seconds(600)), jitter: .milliseconds(99))
        var counts = [Int](repeating: 0, count: 100)
        for key in 0..<10_000 {
            counts[Int(schedule.delay(for: "integration-\(key)/pull") / .milliseconds(1))] += 1
        }
        #expect(counts.allSatisfy { $0 > 40 && $0 < 200 })
    }

    @Test func keepsAKeysDelayAcrossRestarts() {
        // A new hash would move every run on the day of an update.
        let schedule = SyncSchedule(timing: .every(.seconds(600)), jitter: .seconds(3600))
        #expect(schedule.delay(for: "products/push") == .milliseconds(1_096_733))
        #expect(SyncSchedule(timing: .every(.seconds(600))).delay(for: "products/push") == .zero)
    }
}
