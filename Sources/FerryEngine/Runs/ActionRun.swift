import FerryCore
import FoundationEssentials
import Logging

/// Asks a service for work once, and waits until it is over.
///
/// That it is about to be asked is in the ledger before the request leaves, and what the work is called as soon as the
/// answer is there: a job that goes on after a crash follows what it has asked for, and asks for nothing twice.
struct ActionRun {
    private let action: any RemoteAction
    private let entity: EntityMapping
    private let context: JobContext

    init(_ action: any RemoteAction, of entity: EntityMapping, context: JobContext) {
        self.action = action
        self.entity = entity
        self.context = context
    }

    func run() async throws {
        let scope = try await context.ledger.scope(
            integration: context.integration.id,
            entityType: entity.type,
            resource: entity.resource,
            remoteIdentity: context.remote.identity,
            localIdentity: ""
        )
        let checkpoint = try await context.ledger.checkpoint(of: context.job.id, in: scope)
        // Done by an earlier attempt of this job.
        guard checkpoint?.isComplete != true else { return }
        context.meter.update { $0.read += 1 }
        let asked: AskedWork
        if let kept = AskedWork(checkpoint?.position) { asked = kept } else { asked = try await ask(in: scope) }
        try await follow(asked)
        context.meter.update { $0.created += 1 }
        try await keep(asked, isComplete: true, in: scope)
    }

    private func ask(in scope: LinkScope) async throws -> AskedWork {
        let before = try await context.withRetries { _ in try await action.trace() }
        var asked = AskedWork(time: context.clock.now, before: before)
        do {
            asked.id = try await context.withRetries(isRepeatable: false) { [asked] _ in
                // Before each request that may reach the service.
                try await keep(asked, isComplete: false, in: scope)
                return try await start(in: scope)
            }
        } catch let failure as SyncFailure where failure.effect == .unknown {
            context.logger.warning(
                "whether '\(entity.type)' has begun is not known: \(failure.message)",
                metadata: [
                    LogField.entityType: "\(entity.type)", LogField.errorCode: "\(failure.code.rawValue)",
                ]
            )
            return asked
        }
        try await keep(asked, isComplete: false, in: scope)
        return asked
    }

    private func start(in scope: LinkScope) async throws -> String? {
        do {
            return try await action.start()
        } catch let failure as SyncFailure where failure.effect == .none {
            try await forget(in: scope)
            throw failure
        } catch let stop as JobControl.Stop {
            // A stop comes before the request, or after its answer.
            try await forget(in: scope)
            throw stop
        }
    }

    /// Nothing has begun: another attempt may ask.
    private func forget(in scope: LinkScope) async throws {
        try await keep(nil, isComplete: false, in: scope)
    }

    private func keep(_ asked: AskedWork?, isComplete: Bool, in scope: LinkScope) async throws {
        let commit = PullCommit(
            job: context.job.id,
            links: LinkChanges(),
            checkpoint: Checkpoint(position: asked?.text, isComplete: isComplete),
            progress: context.progress
        )
        try await context.ledger.commitPull(commit, in: scope)
    }

    // MARK: Following

    /// Looks again and again how the work stands.
    ///
    /// - Throws: ``SyncFailure`` when it has failed, or takes longer than it may.
    private func follow(_ asked: AskedWork) async throws {
        let pace = action.pace
        let end = asked.time.addingTimeInterval(pace.patience / .seconds(1))
        var delay = pace.firstWait
        while true {
            switch try await context.withRetries({ _ in try await state(of: asked) }) {
            case .done: return
            case .failed(let reason):
                throw SyncFailure(
                    .record,
                    .actionFailed,
                    "'\(entity.type)' has failed at the service: \(reason)",
                    hint: "see there why, then run this again"
                )
            case .running: break
            }
            let now = context.clock.now
            guard now < end else { throw outcomeUnknown(asked, after: pace.patience) }
            // A clock that was set back must not make it wait for as long.
            let left = Duration.seconds(min(end.timeIntervalSince(now), pace.patience / .seconds(1)))
            try await context.wait(for: min(delay, left), reason: "the service's work")
            delay = min(delay * 3 / 2, pace.longestWait)
        }
    }

    private func state(of asked: AskedWork) async throws -> ActionState {
        if let id = asked.id, let state = try await action.state(of: id) { return state }
        let trace = try await action.trace()
        return trace != nil && trace != asked.before ? .done : .running
    }

    private func outcomeUnknown(_ asked: AskedWork, after patience: Duration) -> SyncFailure {
        let name = asked.id.map { ", which the service calls '\($0)'," } ?? ""
        return SyncFailure(
            .transient,
            .actionUnknown,
            asked.id == nil
                ? "whether '\(entity.type)' has begun is not known, and nothing shows within \(patience) that it is done"
                : "'\(entity.type)'\(name) is not over within \(patience)",
            hint: "see at the service what became of it; it is not asked for again before the next run"
        )
    }
}

/// Work that a job has asked for, or was about to, as its checkpoint keeps it.
struct AskedWork: Sendable, Equatable {
    /// When it was asked for, by this machine's clock.
    var time: Date
    /// What the service calls it; `nil` as long as that is not known.
    var id: String?
    /// What the service showed of earlier work.
    var before: String?

    init(time: Date, id: String? = nil, before: String?) {
        // A checkpoint keeps milliseconds.
        self.time = Date(timeIntervalSince1970: (time.timeIntervalSince1970 * 1000).rounded(.down) / 1000)
        self.id = id
        self.before = before
    }

    /// The work of a checkpoint: the time in milliseconds, how many bytes the texts have, a line's end, and the texts.
    init?(_ text: String?) {
        guard let bytes = text?.utf8, let line = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let numbers = String(decoding: bytes[..<line], as: UTF8.self).split(separator: " ").map { Int($0) }
        guard numbers.count == 3, let asked = numbers[0], let idCount = numbers[1], let beforeCount = numbers[2],
            max(idCount, 0) + max(beforeCount, 0) == bytes.distance(from: line, to: bytes.endIndex) - 1
        else { return nil }
        let texts = bytes[bytes.index(after: line)...]
        time = Date(timeIntervalSince1970: Double(asked) / 1000)
        id = idCount < 0 ? nil : String(decoding: texts.prefix(idCount), as: UTF8.self)
        before = beforeCount < 0 ? nil : String(decoding: texts.suffix(beforeCount), as: UTF8.self)
    }

    /// The work as a checkpoint keeps it; a text that is not there has -1 bytes.
    var text: String {
        let milliseconds = Int((time.timeIntervalSince1970 * 1000).rounded())
        return "\(milliseconds) \(id?.utf8.count ?? -1) \(before?.utf8.count ?? -1)\n\(id ?? "")\(before ?? "")"
    }
}
