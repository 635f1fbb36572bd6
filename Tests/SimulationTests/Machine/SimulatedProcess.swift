import FerryCore
import FerryEngine
import FerryTesting
import Foundation
import Synchronization

/// The process has died: whatever it still does has no effect.
struct ProcessDied: Error {}

/// One life of the daemon, from its start to its end or its death.
///
/// Everything it does to the world passes through here. After its death every call is refused before it has an effect,
/// so that the engine's unwinding is as good as none.
final class SimulatedProcess: Sendable {
    private struct State {
        var isDead = false
        var counts: [String: Int] = [:]
        var control: JobControl?
        var faults = 0
    }

    let number: Int
    let world: SimulatedWorld
    /// The random numbers of its engine.
    let random: ProcessRandom
    private let state = Mutex(State())

    init(number: Int, in world: SimulatedWorld) {
        self.number = number
        self.world = world
        random = ProcessRandom(world.dice.stream("engine", number))
    }

    var isDead: Bool { state.withLock { $0.isDead } }

    /// How many faults it has met so far, deaths and wishes to stop included.
    var faults: Int { state.withLock { $0.faults } }

    /// The control of the job that runs now.
    func set(_ control: JobControl?) { state.withLock { $0.control = control } }

    /// Whether a job runs that nobody has asked to stop.
    func countFault() { state.withLock { $0.faults += 1 } }

    /// Ends the process on the spot.
    func die(_ moment: String) -> ProcessDied {
        countFault()
        state.withLock { $0.isDead = true }
        world.trace.note("p\(number) DIES \(moment)")
        return ProcessDied()
    }

    /// Refuses what a dead process does.
    func checkAlive() throws {
        if isDead { throw ProcessDied() }
    }

    // MARK: Calls

    /// Begins a call of a port: other tasks, other people and the end may come first.
    func begin(_ name: String) async throws -> PortCall {
        try checkAlive()
        let number = state.withLock { state in
            state.counts[name, default: 0] += 1
            return state.counts[name, default: 0]
        }
        var random = world.dice.stream("p\(self.number).\(name)", number)
        let weather = world.weather
        if random.chance(0.5) {
            await Task.yield()
            try checkAlive()
        }
        if random.chance(weather.meddles) { world.meddle(&random) }
        if random.chance(weather.stops), let control = state.withLock({ $0.control }) {
            let stop: JobControl.Stop = random.chance(0.5) ? .cancelled : .interrupted
            countFault()
            world.trace.note("p\(self.number) is asked to stop: \(stop)")
            control.request(stop)
        }
        if random.chance(weather.dies / 2) { throw die("before \(name)#\(number)") }
        return PortCall(name: name, number: number, random: random, weather: weather)
    }

    /// Makes a call that may fail before or after its effect, or be the last one.
    func call<Value>(
        _ name: String,
        failing probability: (Weather) -> Double,
        with failure: (inout SeededRandom) -> SyncFailure,
        _ body: () async throws -> Value
    ) async throws -> Value {
        var call = try await begin(name)
        let fails = call.random.chance(probability(call.weather))
        let isAfter = call.random.chance(0.5)
        if fails, !isAfter {
            countFault()
            let failure = failure(&call.random)
            world.trace.note("p\(number) \(call) fails before its effect: \(failure.code.rawValue)")
            throw failure
        }
        let value: Value
        do {
            value = try await body()
        } catch let failure as SyncFailure {
            world.trace.note("p\(number) \(call) -> \(failure)")
            throw failure
        }
        try checkAlive()
        if fails {
            countFault()
            let failure = failure(&call.random)
            world.trace.note("p\(number) \(call) fails after its effect: \(failure.code.rawValue)")
            throw failure
        }
        if call.random.chance(call.weather.dies / 2) { throw die("after \(call)") }
        return value
    }
}

/// One call of a port, and the random numbers that belong to it.
struct PortCall: CustomStringConvertible {
    let name: String
    let number: Int
    var random: SeededRandom
    let weather: Weather

    var description: String { "\(name)#\(number)" }
}

/// The clock as a process has it: dead processes do not wait.
struct ProcessClock: WallClock {
    let process: SimulatedProcess

    var now: Date { process.world.clock.now }

    func sleep(until deadline: Date) async throws {
        _ = try await process.begin("clock.sleep")
        try await process.world.clock.sleep(until: deadline)
        try process.checkAlive()
        process.world.trace.note("p\(process.number) slept until \(deadline.timeIntervalSince1970 - 1_700_000_000)")
    }
}

/// Random numbers of one process.
final class ProcessRandom: RandomSource {
    private let state: Mutex<SeededRandom>

    init(_ random: SeededRandom) {
        state = Mutex(random)
    }

    func next() -> UInt64 { state.withLock { $0.next() } }
}
