import FerryCore
import FoundationEssentials
import Logging

/// Lets a job wait for room on a full disk and go on from its last page by itself (design §10).
///
/// It is told to the meter too, since the disk that is full may be the ledger's own.
struct DiskWait: Sendable {
    let job: Job
    let ledger: any JobLedger
    let clock: any WallClock
    let control: JobControl
    let meter: ProgressMeter
    let logger: Logger

    /// How long it waits before it looks again, each time twice as long.
    private static let delays: ClosedRange<TimeInterval> = 5...60
    /// How long it goes on without getting any further: it keeps its integration's other jobs back.
    private static let limit: TimeInterval = 3600

    /// Runs `body`, again after a while as long as it fails for want of room.
    ///
    /// - Throws: what `body` throws, and ``JobControl/Stop`` when the job is asked to stop while it waits.
    func whileFull(_ body: () async throws -> Void) async throws {
        var standstill: (since: Date, records: Int, delay: TimeInterval)?
        while true {
            do {
                return try await body()
            } catch let failure as SyncFailure where failure.code == .diskFull && job.trigger != .once {
                let records = meter.progress.read
                if standstill?.records != records { standstill = (clock.now, records, Self.delays.lowerBound) }
                guard let now = standstill, clock.now < now.since.addingTimeInterval(Self.limit) else { throw failure }
                standstill?.delay = min(now.delay * 2, Self.delays.upperBound)
                try await wait(now.delay, after: failure)
            }
        }
    }

    private func wait(_ delay: TimeInterval, after failure: SyncFailure) async throws {
        logger.warning(
            "waits: \(failure)",
            metadata: [
                "wait": "\(Int(delay)) s", LogField.event: "\(NotableEvent.jobWaits.rawValue)",
                LogField.errorCode: "\(failure.code.rawValue)",
            ]
        )
        let wait = Job.Wait(reason: "disk full", until: clock.now.addingTimeInterval(delay))
        meter.wait = wait
        meter.count(wait: wait.reason)
        defer { meter.wait = nil }
        try await note(wait)
        // Another job may have the worker's place meanwhile.
        control.park()
        try await control.sleep(until: wait.until, clock: clock)
        try await control.resume()
        try await note(nil)
        if job.direction == .push { meter.beginPushAnew() }
    }

    /// Notes the wait where there is room for that.
    private func note(_ wait: Job.Wait?) async throws {
        do {
            // What was counted but could not be written down is done, and counted, again.
            if let kept = try await ledger.job(job.id)?.progress { meter.resume(from: kept) }
            try await ledger.note(job.id, progress: meter.progress, wait: wait)
        } catch let failure as SyncFailure where failure.code == .diskFull {
            logger.debug("the wait cannot be noted: \(failure)")
        }
    }
}
