import FerrySandbox
import FerryTesting
import Glibc
import Synchronization

/// When a process is killed.
enum KillMoment: Sendable, CustomStringConvertible {
    /// So many milliseconds after its start: start-up, and whatever comes soon after.
    case afterStart(milliseconds: Int)
    /// So many milliseconds after its n-th answer: between two requests, or while the next is under way.
    case afterAnswer(Int, milliseconds: Int)
    /// When its n-th request has arrived, right before it takes effect: the effect happens all the same.
    case uponArrival(Int)

    /// A moment of a run that sends about `requests` requests.
    init(requests: Int, using random: inout SeededRandom) {
        switch Int.random(in: 0..<10, using: &random) {
        case 0: self = .afterStart(milliseconds: Int.random(in: 0...250, using: &random))
        case 1..<5: self = .uponArrival(Int.random(in: 1...requests, using: &random))
        default:
            self = .afterAnswer(
                Int.random(in: 1...requests, using: &random),
                milliseconds: Int.random(in: 0...20, using: &random)
            )
        }
    }

    var description: String {
        switch self {
        case .afterStart(let milliseconds): "\(milliseconds) ms after the start"
        case .afterAnswer(let number, let milliseconds): "\(milliseconds) ms after answer \(number)"
        case .uponArrival(let number): "upon arrival of request \(number)"
        }
    }
}

/// Kills a process at its moment.
struct Killer {
    private let moment: KillMoment
    private let sandbox: Sandbox
    private let answersBefore: Int
    private let target: Target

    /// The process to kill, known only after the sandbox was told when.
    private final class Target: Sendable {
        let pid = Mutex<Int32>(0)

        func strike() {
            pid.withLock { pid in
                if pid != 0 { Glibc.kill(pid, SIGKILL) }
            }
        }
    }

    /// A killer that counts requests from now on.
    init(_ moment: KillMoment, in sandbox: Sandbox) {
        self.moment = moment
        self.sandbox = sandbox
        answersBefore = sandbox.requests.count
        target = Target()
        if case .uponArrival(let number) = moment {
            sandbox.faults.add(FaultRule(.drift { [target] _ in target.strike() }, nth: number))
        }
    }

    /// Kills `program` at the moment, or when there is nothing left to interrupt.
    func kill(_ program: Program, unless isDone: () async -> Bool = { false }) async throws {
        target.pid.withLock { $0 = program.identifier }
        defer { target.pid.withLock { $0 = 0 } }
        switch moment {
        case .afterStart(let milliseconds): try await pause(milliseconds)
        case .afterAnswer(let number, let milliseconds):
            let sandbox = sandbox
            let wanted = answersBefore + number
            try await wait(for: program, unless: isDone) { sandbox.requests.count >= wanted }
            try await pause(milliseconds)
        case .uponArrival: try await wait(for: program, unless: isDone) { false }
        }
        program.send(SIGKILL)
        _ = try await program.end()
    }

    /// Not a wait for a condition: the milliseconds are the experiment, drawn from the seed.
    private func pause(_ milliseconds: Int) async throws {
        try await Task.sleep(for: .milliseconds(milliseconds))
    }

    private func wait(
        for program: Program,
        unless isDone: () async -> Bool,
        until condition: () -> Bool
    ) async throws {
        let end = ContinuousClock.now + .seconds(60)
        var looks = 0
        while program.isRunning, !condition() {
            guard ContinuousClock.now < end else { throw NeverHappened(description: "never happened: \(moment)") }
            looks += 1
            // Asking the daemon costs it time: the sandbox's log is looked at much more often.
            if looks.isMultiple(of: 20), await isDone() { return }
            try await Task.sleep(for: .milliseconds(1))
        }
    }
}
