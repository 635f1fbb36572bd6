import FerryAPI
import FerryConfiguration
public import FerryCore
import FerryEngine
import FerryHTTP
import FerryLedger
import FoundationEssentials
import Glibc
public import Logging
import UnixSignals

/// Runs one job in the foreground, without a daemon: `ferryd once`.
public struct SingleRun: Sendable {
    let options: DaemonOptions
    let integration: String
    let direction: Direction
    let entityIDs: [String]?
    let jobOptions: JobOptions
    let printsJSON: Bool
    let logger: Logger

    /// A run of one direction of an integration, restricted to `entityIDs` if there are any.
    public init(
        _ options: DaemonOptions,
        integration: String,
        direction: Direction,
        entityIDs: [String]? = nil,
        jobOptions: JobOptions = JobOptions(),
        printsJSON: Bool,
        logger: Logger
    ) {
        self.options = options
        self.integration = integration
        self.direction = direction
        self.entityIDs = entityIDs
        self.jobOptions = jobOptions
        self.printsJSON = printsJSON
        self.logger = logger
    }

    /// Runs the job to its end.
    ///
    /// A job that an earlier run left unfinished goes on from where it stopped, as the next attempt.
    ///
    /// - Returns: the exit code (design §9): 0 when it succeeded, 6 when some records were refused or held, 3 when
    ///   the configuration is wrong, 1 when it failed.
    public func run() async throws -> Int32 {
        let parts = try await Parts(options, logger: logger)
        defer { parts.client.shutdown() }
        guard let integration = try configured(in: parts) else { return 3 }
        _ = try await parts.ledger.requeueInterrupted()
        let now = parts.clock.now
        let queued = try await parts.ledger.enqueue(
            FerryCore.Job(
                id: JobIdentifier.make(at: now),
                integration: integration.id,
                direction: direction,
                entityIDs: entityIDs,
                options: jobOptions,
                trigger: .once,
                queuedAt: now
            )
        )
        guard let job = try await parts.ledger.claim(queued.id, at: now) else {
            throw SyncFailure(.local, .jobNotFound, "the job '\(queued.id)' cannot be started", hint: "try again")
        }
        // The job needs little of what the start has touched.
        RestingMemory().update(isBusy: true)
        let control = JobControl()
        let meter = ProgressMeter(from: job.progress)
        let ended = try await withThrowingTaskGroup { group in
            group.addTask {
                for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) {
                    control.request(.interrupted)
                }
                return FerryCore.Job?.none
            }
            if !printsJSON, isatty(STDERR_FILENO) == 1 {
                group.addTask {
                    await showProgress(of: meter)
                    return nil
                }
            }
            group.addTask {
                try await parts.engine.run(job, of: integration, control: control, meter: meter)
            }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            return job
        }
        try report(ended)
        return Self.exitCode(of: ended)
    }

    /// The integration, once what is wrong with its file has been said.
    func configured(in parts: Parts) throws -> Integration? {
        guard let entry = parts.registry[integration] else {
            let known = parts.registry.all.map(\.id).joined(separator: ", ")
            // A file whose very identifier cannot be read is not in the registry: say what is wrong with it.
            for diagnostic in parts.configuration.diagnostics { writeError("\(diagnostic)\n") }
            throw SyncFailure(
                .config,
                .integrationNotFound,
                "there is no integration '\(integration)' in '\(options.configurationDirectory)'",
                hint: known.isEmpty ? "put its file into 'integrations/' there" : "there are: \(known)"
            )
        }
        let diagnostics = parts.configuration.diagnostics.filter { diagnostic in
            parts.configuration.integrations.contains { $0.id == integration && $0.diagnostics.contains(diagnostic) }
                || diagnostic.file.hasSuffix("/ferry.yaml")
        }
        for diagnostic in diagnostics { writeError("\(diagnostic)\n") }
        return entry.integration
    }

    // MARK: What people see

    private func showProgress(of meter: ProgressMeter) async {
        // The end of the sleep by cancellation is the end of the job.
        while (try? await Task.sleep(for: .milliseconds(100))) != nil {
            let progress = meter.progress
            let total = progress.total.map { " of \($0)" } ?? ""
            let line =
                "\(direction.rawValue) \(integration): \(progress.read)\(total) read, \(progress.created) created, "
                + "\(progress.updated) updated, \(progress.unchanged) unchanged"
            writeError("\r\u{1B}[K\(line)")
        }
        writeError("\r\u{1B}[K")
    }

    private func report(_ job: FerryCore.Job) throws {
        if printsJSON {
            let text = try WireFormat.encode(JobSummary(job: FerryAPI.Job(job)))
            print(String(decoding: text, as: UTF8.self))
            return
        }
        let progress = job.progress
        var counts = [
            "\(progress.read) read", "\(progress.created) created", "\(progress.updated) updated",
            "\(progress.unchanged) unchanged", "\(progress.deleted) deleted",
        ]
        if progress.quarantined > 0 { counts.append("\(progress.quarantined) refused") }
        if progress.held > 0 { counts.append("\(progress.held) held") }
        if progress.skipped > 0 { counts.append("\(progress.skipped) skipped") }
        let refusedValues = progress.refusals.reduce(0) { $0 + $1.count }
        if refusedValues > 0 { counts.append("\(refusedValues) \(refusedValues == 1 ? "value" : "values") refused") }
        var line = "\(direction.rawValue) of '\(integration)' "
        line += job.state == .queued ? "was interrupted" : job.state.rawValue
        line += ": " + counts.joined(separator: ", ")
        if let start = job.startedAt, let end = job.finishedAt {
            let tenths = Int((end.timeIntervalSince(start) * 10).rounded())
            line += " in \(tenths / 10).\(tenths % 10) s"
        }
        print(line)
        for note in job.notes { writeError("note: \(note)\n") }
        if job.state == .queued { print("The same command goes on where it stopped.") }
        for refusals in progress.refusals { writeError("\(refusals)\n") }
        if let failure = job.failure {
            writeError("\(failure.message) [\(failure.code.rawValue)]\n")
            if let hint = failure.hint { writeError("hint: \(hint)\n") }
        }
    }

    private func writeError(_ text: String) {
        _ = Array(text.utf8).withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    private static func exitCode(of job: FerryCore.Job) -> Int32 {
        switch job.state {
        case .succeeded: 0
        case .partial: 6
        case .queued, .running, .waiting, .failed, .cancelled: 1
        }
    }

    /// What `--json` prints.
    private struct JobSummary: Encodable {
        let job: FerryAPI.Job
    }
}
