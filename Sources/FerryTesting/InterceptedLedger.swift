public import FerryCore
public import FoundationEssentials

/// What comes between the engine and its ledger.
public protocol LedgerInterceptor: Sendable {
    /// Makes the call, or does not, and passes on its result.
    ///
    /// - Parameters:
    ///   - name: the method's name without its arguments' labels.
    ///   - isChange: whether the method writes.
    func call<Value: Sendable>(
        _ name: String,
        isChange: Bool,
        _ body: () async throws -> Value
    ) async throws -> Value
}

/// A ledger each of whose calls passes through an interceptor, which may let it fail.
public final class InterceptedLedger: JobLedger, SyncLedger {
    private let ledger: any JobLedger & SyncLedger
    private let interceptor: any LedgerInterceptor

    /// A ledger before another.
    public init(_ ledger: any JobLedger & SyncLedger, interceptor: any LedgerInterceptor) {
        self.ledger = ledger
        self.interceptor = interceptor
    }

    private func reading<Value: Sendable>(
        _ function: String = #function,
        _ body: () async throws -> Value
    ) async throws -> Value {
        try await interceptor.call(String(function.prefix { $0 != "(" }), isChange: false, body)
    }

    private func changing<Value: Sendable>(
        _ function: String = #function,
        _ body: () async throws -> Value
    ) async throws -> Value {
        try await interceptor.call(String(function.prefix { $0 != "(" }), isChange: true, body)
    }
}

// Every call of both ports.
extension InterceptedLedger {
    /// Passes through the interceptor.
    public func enqueue(_ job: Job) async throws -> Job {
        try await changing { try await ledger.enqueue(job) }
    }

    /// Passes through the interceptor.
    public func claim(at now: Date) async throws -> Job? {
        try await changing { try await ledger.claim(at: now) }
    }

    /// Passes through the interceptor.
    public func claim(_ id: String, at now: Date) async throws -> Job? {
        try await changing { try await ledger.claim(id, at: now) }
    }

    /// Passes through the interceptor.
    public func note(_ id: String, progress: JobProgress?, wait: Job.Wait?) async throws {
        try await changing { try await ledger.note(id, progress: progress, wait: wait) }
    }

    /// Passes through the interceptor.
    public func finish(_ id: String, as state: JobState, at now: Date, progress: JobProgress, failure: JobFailure?)
        async throws
    {
        try await changing { try await ledger.finish(id, as: state, at: now, progress: progress, failure: failure) }
    }

    /// Passes through the interceptor.
    public func requeueInterrupted() async throws -> [String] {
        try await changing { try await ledger.requeueInterrupted() }
    }

    /// Passes through the interceptor.
    public func requeue(_ id: String, progress: JobProgress?) async throws {
        try await changing { try await ledger.requeue(id, progress: progress) }
    }

    /// Passes through the interceptor.
    public func cancel(_ id: String, at now: Date) async throws -> JobState {
        try await changing { try await ledger.cancel(id, at: now) }
    }

    /// Passes through the interceptor.
    public func job(_ id: String) async throws -> Job? {
        try await reading { try await ledger.job(id) }
    }

    /// Passes through the interceptor.
    public func jobs(integration: String?, states: [JobState], limit: Int, after cursor: String?) async throws -> [Job]
    {
        try await reading {
            try await ledger.jobs(integration: integration, states: states, limit: limit, after: cursor)
        }
    }

    /// Passes through the interceptor.
    public func histories() async throws -> [String: IntegrationHistory] {
        try await reading { try await ledger.histories() }
    }

    /// Passes through the interceptor.
    public func prune(before date: Date, maximum: Int) async throws {
        try await changing { try await ledger.prune(before: date, maximum: maximum) }
    }

    /// Passes through the interceptor.
    public func nextRuns() async throws -> [ScheduleKey: Date] {
        try await reading { try await ledger.nextRuns() }
    }

    /// Passes through the interceptor.
    public func setNextRun(_ date: Date?, for key: ScheduleKey) async throws {
        try await changing { try await ledger.setNextRun(date, for: key) }
    }

    /// Passes through the interceptor.
    public func scope(
        integration: String,
        entityType: String,
        resource: String,
        remoteIdentity: String,
        localIdentity: String
    )
        async throws -> LinkScope
    {
        try await changing {
            try await ledger.scope(
                integration: integration,
                entityType: entityType,
                resource: resource,
                remoteIdentity: remoteIdentity,
                localIdentity: localIdentity
            )
        }
    }

    /// Passes through the interceptor.
    public func links(in scope: LinkScope, remoteIDs: PackedStrings) async throws -> [Link] {
        try await reading { try await ledger.links(in: scope, remoteIDs: remoteIDs) }
    }

    /// Passes through the interceptor.
    public func links(in scope: LinkScope, localIDs: PackedStrings) async throws -> [Link] {
        try await reading { try await ledger.links(in: scope, localIDs: localIDs) }
    }

    /// Passes through the interceptor.
    public func links(in scope: LinkScope, after: Int64, limit: Int) async throws -> [LinkedPair] {
        try await reading { try await ledger.links(in: scope, after: after, limit: limit) }
    }

    /// Passes through the interceptor.
    public func links(
        in scope: LinkScope,
        remotePrefix prefix: String,
        after: String,
        limit: Int
    ) async throws -> [LinkedPair] {
        try await reading {
            try await ledger.links(in: scope, remotePrefix: prefix, after: after, limit: limit)
        }
    }

    /// Passes through the interceptor.
    public func fieldHashes(of links: [Int64]) async throws -> [[UInt64]] {
        try await reading { try await ledger.fieldHashes(of: links) }
    }

    /// Passes through the interceptor.
    public func pairs(of links: [Int64]) async throws -> [LinkedPair] {
        try await reading { try await ledger.pairs(of: links) }
    }

    /// Passes through the interceptor.
    public func highestLink() async throws -> Int64 {
        try await reading { try await ledger.highestLink() }
    }

    /// Passes through the interceptor.
    public func linkCount(in scope: LinkScope) async throws -> Int {
        try await reading { try await ledger.linkCount(in: scope) }
    }

    /// Passes through the interceptor.
    public func mark(_ marks: [LinkMark], in scope: LinkScope) async throws {
        try await changing { try await ledger.mark(marks, in: scope) }
    }

    /// Passes through the interceptor.
    public func commitPull(_ commit: PullCommit, in scope: LinkScope) async throws {
        try await changing { try await ledger.commitPull(commit, in: scope) }
    }

    /// Passes through the interceptor.
    public func intend(_ intent: PullIntent, in scope: LinkScope) async throws {
        try await changing { try await ledger.intend(intent, in: scope) }
    }

    /// Passes through the interceptor.
    public func intents(in scope: LinkScope) async throws -> [PullIntent] {
        try await reading { try await ledger.intents(in: scope) }
    }

    /// Passes through the interceptor.
    public func settleIntent(_ number: Int, links: LinkChanges, unlinked: [Int64], in scope: LinkScope) async throws {
        try await changing { try await ledger.settleIntent(number, links: links, unlinked: unlinked, in: scope) }
    }

    /// Passes through the interceptor.
    public func checkpoint(of job: String, in scope: LinkScope) async throws -> Checkpoint? {
        try await reading { try await ledger.checkpoint(of: job, in: scope) }
    }

    /// Passes through the interceptor.
    public func noteMissing(_ links: [Int64], seenAgain: [Int64], in scope: LinkScope) async throws {
        try await changing { try await ledger.noteMissing(links, seenAgain: seenAgain, in: scope) }
    }

    /// Passes through the interceptor.
    public func cursor(in scope: LinkScope, fingerprint: UInt64) async throws -> String? {
        try await reading { try await ledger.cursor(in: scope, fingerprint: fingerprint) }
    }

    /// Passes through the interceptor.
    public func tombstones(in scope: LinkScope, after: Int64, limit: Int) async throws -> [LinkedPair] {
        try await reading { try await ledger.tombstones(in: scope, after: after, limit: limit) }
    }

    /// Passes through the interceptor.
    public func lastSweep(in scope: LinkScope) async throws -> Date? {
        try await reading { try await ledger.lastSweep(in: scope) }
    }

    /// Passes through the interceptor.
    public func noteSweep(at date: Date, in scope: LinkScope) async throws {
        try await changing { try await ledger.noteSweep(at: date, in: scope) }
    }

    /// Passes through the interceptor.
    public func send(_ batch: OutboxBatch, in scope: LinkScope) async throws -> Int64 {
        try await changing { try await ledger.send(batch, in: scope) }
    }

    /// Passes through the interceptor.
    public func replace(_ batch: Int64, by parts: [OutboxBatch], in scope: LinkScope) async throws -> [Int64] {
        try await changing { try await ledger.replace(batch, by: parts, in: scope) }
    }

    /// Passes through the interceptor.
    public func settle(_ settlement: PushSettlement, in scope: LinkScope) async throws {
        try await changing { try await ledger.settle(settlement, in: scope) }
    }

    /// Passes through the interceptor.
    public func settle(
        _ settlements: [PushSettlement],
        sending batches: [OutboxBatch],
        in scope: LinkScope
    ) async throws -> [Int64] {
        try await changing { try await ledger.settle(settlements, sending: batches, in: scope) }
    }

    /// Passes through the interceptor.
    public func outbox(in scope: LinkScope) async throws -> [OutboxBatch] {
        try await reading { try await ledger.outbox(in: scope) }
    }

    /// Passes through the interceptor.
    public func pushCursor(in scope: LinkScope) async throws -> PushCursor? {
        try await reading { try await ledger.pushCursor(in: scope) }
    }

    /// Passes through the interceptor.
    public func keep(_ cursor: PushCursor?, in scope: LinkScope) async throws {
        try await changing { try await ledger.keep(cursor, in: scope) }
    }

    /// Passes through the interceptor.
    public func hasUndeterminedLinks(in scope: LinkScope) async throws -> Bool {
        try await reading { try await ledger.hasUndeterminedLinks(in: scope) }
    }

    /// Passes through the interceptor.
    public func knownRowCount(in scope: LinkScope) async throws -> Int {
        try await reading { try await ledger.knownRowCount(in: scope) }
    }

    /// Passes through the interceptor.
    public func quarantinedHashes(in scope: LinkScope, direction: Direction, ids: PackedStrings) async throws
        -> [RecordHash]
    {
        try await reading { try await ledger.quarantinedHashes(in: scope, direction: direction, ids: ids) }
    }

    /// Passes through the interceptor.
    public func quarantine(_ records: [QuarantinedRecord], direction: Direction, in scope: LinkScope) async throws {
        try await changing { try await ledger.quarantine(records, direction: direction, in: scope) }
    }

    /// Passes through the interceptor.
    public func release(ids: PackedStrings, direction: Direction, in scope: LinkScope) async throws {
        try await changing { try await ledger.release(ids: ids, direction: direction, in: scope) }
    }

    /// Passes through the interceptor.
    public func quarantine(of integration: String, limit: Int) async throws -> [QuarantineEntry] {
        try await reading { try await ledger.quarantine(of: integration, limit: limit) }
    }

    /// Passes through the interceptor.
    public func quarantine(_ filter: QuarantineFilter, before number: Int64?, limit: Int) async throws
        -> [QuarantineEntry]
    {
        try await reading { try await ledger.quarantine(filter, before: number, limit: limit) }
    }

    /// Passes through the interceptor.
    public func keepCandidates(_ candidates: [AdoptionCandidate], isFirst: Bool, in scope: LinkScope) async throws {
        try await changing { try await ledger.keepCandidates(candidates, isFirst: isFirst, in: scope) }
    }

    /// Passes through the interceptor.
    public func candidates(in scope: LinkScope, matchValues: PackedStrings) async throws -> [AdoptionCandidate?] {
        try await reading { try await ledger.candidates(in: scope, matchValues: matchValues) }
    }

    /// Passes through the interceptor.
    public func isAdopted(_ scope: LinkScope) async throws -> Bool {
        try await reading { try await ledger.isAdopted(scope) }
    }

    /// Passes through the interceptor.
    public func setPaused(_ paused: Bool, integration: String) async throws {
        try await changing { try await ledger.setPaused(paused, integration: integration) }
    }

    /// Passes through the interceptor.
    public func finishAdoption(in scope: LinkScope) async throws {
        try await changing { try await ledger.finishAdoption(in: scope) }
    }
}

extension InterceptedLedger {
    /// Passes through the interceptor.
    public func conflicts(of integration: String?, limit: Int) async throws -> [Conflict] {
        try await reading { try await ledger.conflicts(of: integration, limit: limit) }
    }

    /// Passes through the interceptor.
    public func conflict(_ id: Int64) async throws -> Conflict? {
        try await reading { try await ledger.conflict(id) }
    }

    /// Passes through the interceptor.
    public func resolve(_ id: Int64, taking side: ConflictSide?) async throws -> Bool {
        try await changing { try await ledger.resolve(id, taking: side) }
    }

    /// Passes through the interceptor.
    public func resolutions(in scope: LinkScope) async throws -> [Int64: ConflictResolution] {
        try await reading { try await ledger.resolutions(in: scope) }
    }

    /// Passes through the interceptor.
    public func isPulled(_ scope: LinkScope) async throws -> Bool {
        try await reading { try await ledger.isPulled(scope) }
    }

    /// Passes through the interceptor.
    public func keepLayout(_ layout: FieldLayout, in scope: LinkScope) async throws -> [FieldLayout] {
        try await changing { try await ledger.keepLayout(layout, in: scope) }
    }

    /// Passes through the interceptor.
    public func keepSightings(_ sightings: [Sighting], isFirst: Bool, in scope: LinkScope) async throws {
        try await changing { try await ledger.keepSightings(sightings, isFirst: isFirst, in: scope) }
    }

    /// Passes through the interceptor.
    public func sightings(in scope: LinkScope, remoteIDs: PackedStrings) async throws -> [Sighting?] {
        try await reading { try await ledger.sightings(in: scope, remoteIDs: remoteIDs) }
    }
}
