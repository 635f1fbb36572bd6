import FerryCore
import FerryLedger
import FoundationEssentials
import Synchronization

/// The real ledger, on a disk that can be full.
final class FlakyLedger: JobLedger, SyncLedger {
    /// A switch.
    final class Switch: Sendable {
        private let state = Mutex(false)
        var isOn: Bool { state.withLock { $0 } }
        func set(_ isOn: Bool) { state.withLock { $0 = isOn } }
    }

    let ledger: Ledger
    let isFailing = Switch()
    /// How many calls have failed.
    let failures = Counter(0)

    init(ledger: Ledger) {
        self.ledger = ledger
    }

    fileprivate func check() throws {
        guard isFailing.isOn else { return }
        failures.add(1)
        throw SyncFailure(.local, .diskFull, "the disk is full", hint: "make room")
    }
}

// Every call fails while the disk is full.
extension FlakyLedger {
    func enqueue(_ job: Job) async throws -> Job {
        try check()
        return try await ledger.enqueue(job)
    }

    func claim(at now: Date) async throws -> Job? {
        try check()
        return try await ledger.claim(at: now)
    }

    func claim(_ id: String, at now: Date) async throws -> Job? {
        try check()
        return try await ledger.claim(id, at: now)
    }

    func note(_ id: String, progress: JobProgress, wait: Job.Wait?) async throws {
        try check()
        return try await ledger.note(id, progress: progress, wait: wait)
    }

    func finish(_ id: String, as state: JobState, at now: Date, progress: JobProgress, failure: JobFailure?)
        async throws
    {
        try check()
        return try await ledger.finish(id, as: state, at: now, progress: progress, failure: failure)
    }

    func requeueInterrupted() async throws -> [String] {
        try check()
        return try await ledger.requeueInterrupted()
    }

    func requeue(_ id: String, progress: JobProgress) async throws {
        try check()
        return try await ledger.requeue(id, progress: progress)
    }

    func cancelQueued(_ id: String, at now: Date) async throws -> Bool {
        try check()
        return try await ledger.cancelQueued(id, at: now)
    }

    func job(_ id: String) async throws -> Job? {
        try check()
        return try await ledger.job(id)
    }

    func jobs(integration: String?, states: [JobState], limit: Int, after cursor: String?) async throws -> [Job] {
        try check()
        return try await ledger.jobs(integration: integration, states: states, limit: limit, after: cursor)
    }

    func histories() async throws -> [String: IntegrationHistory] {
        try check()
        return try await ledger.histories()
    }

    func prune(before date: Date, maximum: Int) async throws {
        try check()
        return try await ledger.prune(before: date, maximum: maximum)
    }

    func nextRuns() async throws -> [ScheduleKey: Date] {
        try check()
        return try await ledger.nextRuns()
    }

    func setNextRun(_ date: Date?, for key: ScheduleKey) async throws {
        try check()
        return try await ledger.setNextRun(date, for: key)
    }

    func scope(integration: String, entityType: String, resource: String, remoteIdentity: String, localIdentity: String)
        async throws -> LinkScope
    {
        try check()
        return try await ledger.scope(
            integration: integration,
            entityType: entityType,
            resource: resource,
            remoteIdentity: remoteIdentity,
            localIdentity: localIdentity
        )
    }

    func links(in scope: LinkScope, remoteIDs: PackedStrings) async throws -> [Link] {
        try check()
        return try await ledger.links(in: scope, remoteIDs: remoteIDs)
    }

    func links(in scope: LinkScope, localIDs: PackedStrings) async throws -> [Link] {
        try check()
        return try await ledger.links(in: scope, localIDs: localIDs)
    }

    func links(in scope: LinkScope, after: Int64, limit: Int) async throws -> [LinkedPair] {
        try check()
        return try await ledger.links(in: scope, after: after, limit: limit)
    }

    func fieldHashes(of links: [Int64]) async throws -> [[UInt64]] {
        try check()
        return try await ledger.fieldHashes(of: links)
    }

    func pairs(of links: [Int64]) async throws -> [LinkedPair] {
        try check()
        return try await ledger.pairs(of: links)
    }

    func highestLink() async throws -> Int64 {
        try check()
        return try await ledger.highestLink()
    }

    func linkCount(in scope: LinkScope) async throws -> Int {
        try check()
        return try await ledger.linkCount(in: scope)
    }

    func commitPull(_ commit: PullCommit, in scope: LinkScope) async throws {
        try check()
        return try await ledger.commitPull(commit, in: scope)
    }

    func checkpoint(of job: String, in scope: LinkScope) async throws -> Checkpoint? {
        try check()
        return try await ledger.checkpoint(of: job, in: scope)
    }

    func noteMissing(_ links: [Int64], seenAgain: [Int64], in scope: LinkScope) async throws {
        try check()
        return try await ledger.noteMissing(links, seenAgain: seenAgain, in: scope)
    }

    func send(_ batch: OutboxBatch, in scope: LinkScope) async throws -> Int64 {
        try check()
        return try await ledger.send(batch, in: scope)
    }

    func replace(_ batch: Int64, by parts: [OutboxBatch], in scope: LinkScope) async throws -> [Int64] {
        try check()
        return try await ledger.replace(batch, by: parts, in: scope)
    }

    func settle(_ settlement: PushSettlement, in scope: LinkScope) async throws {
        try check()
        return try await ledger.settle(settlement, in: scope)
    }

    func outbox(in scope: LinkScope) async throws -> [OutboxBatch] {
        try check()
        return try await ledger.outbox(in: scope)
    }

    func quarantinedHashes(in scope: LinkScope, direction: Direction, ids: PackedStrings) async throws -> [RecordHash] {
        try check()
        return try await ledger.quarantinedHashes(in: scope, direction: direction, ids: ids)
    }

    func quarantine(_ records: [QuarantinedRecord], direction: Direction, in scope: LinkScope) async throws {
        try check()
        return try await ledger.quarantine(records, direction: direction, in: scope)
    }

    func release(ids: PackedStrings, direction: Direction, in scope: LinkScope) async throws {
        try check()
        return try await ledger.release(ids: ids, direction: direction, in: scope)
    }

    func quarantine(of integration: String, limit: Int) async throws -> [QuarantineEntry] {
        try check()
        return try await ledger.quarantine(of: integration, limit: limit)
    }

    func keepCandidates(_ candidates: [AdoptionCandidate], in scope: LinkScope) async throws {
        try check()
        return try await ledger.keepCandidates(candidates, in: scope)
    }

    func candidates(in scope: LinkScope, matchValues: PackedStrings) async throws -> [AdoptionCandidate?] {
        try check()
        return try await ledger.candidates(in: scope, matchValues: matchValues)
    }

    func isAdopted(_ scope: LinkScope) async throws -> Bool {
        try check()
        return try await ledger.isAdopted(scope)
    }

    func setPaused(_ paused: Bool, integration: String) async throws {
        try check()
        return try await ledger.setPaused(paused, integration: integration)
    }

    func finishAdoption(in scope: LinkScope) async throws {
        try check()
        return try await ledger.finishAdoption(in: scope)
    }
}

extension FlakyLedger {
    func conflicts(of integration: String?, limit: Int) async throws -> [Conflict] {
        try check()
        return try await ledger.conflicts(of: integration, limit: limit)
    }

    func conflict(_ id: Int64) async throws -> Conflict? {
        try check()
        return try await ledger.conflict(id)
    }

    func resolve(_ id: Int64, taking side: ConflictSide?) async throws -> Bool {
        try check()
        return try await ledger.resolve(id, taking: side)
    }

    func resolutions(in scope: LinkScope) async throws -> [Int64: ConflictResolution] {
        try check()
        return try await ledger.resolutions(in: scope)
    }

    func isPulled(_ scope: LinkScope) async throws -> Bool {
        try check()
        return try await ledger.isPulled(scope)
    }

    func keepLayout(_ layout: FieldLayout, in scope: LinkScope) async throws -> [FieldLayout] {
        try check()
        return try await ledger.keepLayout(layout, in: scope)
    }

    func keepSightings(_ sightings: [Sighting], isFirst: Bool, in scope: LinkScope) async throws {
        try check()
        return try await ledger.keepSightings(sightings, isFirst: isFirst, in: scope)
    }

    func sightings(in scope: LinkScope, remoteIDs: PackedStrings) async throws -> [Sighting?] {
        try check()
        return try await ledger.sightings(in: scope, remoteIDs: remoteIDs)
    }
}
