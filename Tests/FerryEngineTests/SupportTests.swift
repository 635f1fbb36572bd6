import FerryCore
import FerryEngine
import FerryTesting
import FoundationEssentials
import Synchronization
import Testing

@Suite struct BoundedChannelTests {
    @Test func elementsComeOutInOrderAndThenTheEnd() async throws {
        let channel = BoundedChannel<Int>(capacity: 2)
        try await withThrowingTaskGroup { group in
            group.addTask {
                for number in 0..<1000 { _ = await channel.send(number) }
                channel.finish()
            }
            var received: [Int] = []
            while let number = try await channel.next() { received.append(number) }
            #expect(received == Array(0..<1000))
            try await group.waitForAll()
        }
    }

    @Test func theProducerIsNeverMoreThanTheCapacityAhead() async throws {
        let channel = BoundedChannel<Int>(capacity: 2)
        let sent = Counter(0)
        try await withThrowingTaskGroup { group in
            group.addTask {
                for _ in 0..<200 {
                    _ = await channel.send(0)
                    sent.add(1)
                }
                channel.finish()
            }
            var received = 0
            while try await channel.next() != nil {
                received += 1
                #expect(sent.value <= received + 2)
            }
            try await group.waitForAll()
        }
    }

    @Test func whatIsAtHandIsTakenWithoutWaitingIfItIsWanted() async throws {
        let channel = BoundedChannel<Int>(capacity: 2)
        #expect(channel.nextAtHand { _ in true } == nil)
        for number in 1...2 { _ = await channel.send(number) }
        async let third = channel.send(3)
        #expect(channel.nextAtHand { $0 == 2 } == nil)
        #expect(channel.nextAtHand { $0 == 1 } == 1)
        // It has made room.
        #expect(await third)
        #expect(try await channel.next() == 2 && channel.nextAtHand { _ in true } == 3)
    }

    @Test func aFailureComesAfterWhatWasSentBeforeIt() async throws {
        let channel = BoundedChannel<Int>(capacity: 2)
        _ = await channel.send(1)
        channel.finish(throwing: transient())
        #expect(try await channel.next() == 1)
        await #expect(throws: SyncFailure.self) { try await channel.next() }
    }

    @Test func aProducerThatWaitsForRoomIsToldThatNobodyTakesAnyMore() async throws {
        let channel = BoundedChannel<Int>(capacity: 1)
        #expect(await channel.send(1))
        async let second = channel.send(2)
        channel.abandon()
        #expect(await !second)
        #expect(await !channel.send(3))
    }
}

@Suite struct LinkSetTests {
    @Test func holdsWhatWasInsertedAndNothingElse() {
        var set = LinkSet()
        let numbers: [Int64] = [0, 1, 63, 64, 65, 1_000_000]
        for number in numbers { set.insert(number) }
        for number in numbers { #expect(set.contains(number)) }
        for number: Int64 in [2, 62, 66, 999_999, 1_000_001, 1 << 40] { #expect(!set.contains(number)) }
    }
}

@Suite struct LinkSetCountTests {
    @Test(arguments: [0, 1, 62, 63, 64, 65, 127, 128, 200, 1_000_000, 1_000_001, .max] as [Int64])
    func countsUpToANumber(last: Int64) {
        let numbers: Set<Int64> = [1, 62, 63, 64, 65, 128, 190, 1_000_000]
        var set = LinkSet()
        #expect(set.count(upTo: last) == 0)
        for number in numbers { set.insert(number) }
        set.insert(64)
        #expect(set.count(upTo: last) == numbers.count { $0 <= last })
    }
}

@Suite struct JobControlTests {
    @Test func theFirstReasonToStopCounts() throws {
        let control = JobControl()
        try control.check()
        control.request(.interrupted)
        control.request(.cancelled)
        #expect(throws: JobControl.Stop.interrupted) { try control.check() }
    }

    @Test func aWaitEndsAtItsDeadline() async throws {
        let (control, clock) = (JobControl(), ManualClock())
        let deadline = clock.now + 60
        async let wait: Void = control.sleep(until: deadline, clock: clock)
        await clock.waitForSleepers()
        clock.set(to: deadline)
        try await wait
    }

    @Test func aStopEndsAWaitAtOnceWheneverItComes() async throws {
        for isEarly in [true, false] {
            let (control, clock) = (JobControl(), ManualClock())
            if isEarly { control.request(.cancelled) }
            async let wait: Void = control.sleep(until: .distantFuture, clock: clock)
            if !isEarly {
                await clock.waitForSleepers()
                control.request(.cancelled)
            }
            let outcome: Result<Void, any Error>
            do {
                outcome = .success(try await wait)
            } catch {
                outcome = .failure(error)
            }
            #expect(throws: JobControl.Stop.cancelled) { try outcome.get() }
        }
    }

    @Test func aCancelledTaskDoesNotWait() async throws {
        let (control, clock) = (JobControl(), ManualClock())
        await withTaskGroup { group in
            group.addTask {
                await #expect(throws: CancellationError.self) {
                    try await control.sleep(until: .distantFuture, clock: clock)
                }
            }
            await clock.waitForSleepers()
            group.cancelAll()
        }
    }
}

@Suite struct WakeSignalTests {
    @Test func aSignalThatCameBeforeTheWaitEndsIt() async {
        let signal = WakeSignal()
        signal.signal()
        await signal.wait(until: nil, clock: ManualClock())
    }

    @Test func aSignalEndsOneWait() async throws {
        let (signal, clock) = (WakeSignal(), ManualClock())
        signal.signal()
        await signal.wait(until: .distantFuture, clock: clock)
        async let second: Void = signal.wait(until: clock.now + 10, clock: clock)
        await clock.waitForSleepers()
        clock.advance(by: .seconds(10))
        await second
    }

    @Test func noSignalIsLostBetweenTwoWaits() async throws {
        let (signal, clock) = (WakeSignal(), ManualClock())
        let given = Counter(0)
        await withTaskGroup { group in
            group.addTask {
                for _ in 0..<500 {
                    given.add(1)
                    signal.signal()
                    await Task.yield()
                }
            }
            // Each wait ends, and whoever looks after it sees all that was signalled before: this ends, or it hangs.
            while given.value < 500 { await signal.wait(until: nil, clock: clock) }
        }
    }

    @Test func aCancelledTaskDoesNotWaitForASignal() async {
        let (signal, clock) = (WakeSignal(), ManualClock())
        await withTaskGroup { group in
            group.addTask { await signal.wait(until: .distantFuture, clock: clock) }
            await clock.waitForSleepers()
            group.cancelAll()
        }
    }
}

/// A counter that tasks share.
final class Counter: Sendable {
    private let state: Mutex<Int>
    init(_ value: Int) { state = Mutex(value) }
    var value: Int { state.withLock { $0 } }
    func add(_ number: Int) { state.withLock { $0 += number } }
}
