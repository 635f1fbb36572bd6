import FerryCore
import FoundationEssentials

/// Moves one entity's records from the remote service into the local store (design §4.2).
///
/// Pages are fetched and mapped ahead while earlier ones are written (see ``PullPipeline``). What is said of a page here is
/// true of several that are written as one. A page's rows are durable in the store before its links and checkpoint are in
/// the ledger: a crash between the two repeats the pages in between, idempotently.
struct PullRun {
    private let context: JobContext
    private let plan: EntityPlan
    private let scope: LinkScope
    private let source: any RecordSource
    private let table: any LocalTable
    private let writer: PullWriter
    private let twoWay: TwoWayPull?
    private let known: KnownLinks

    init(_ plan: EntityPlan, context: JobContext) async throws {
        self.context = context
        self.plan = plan
        guard plan.entity.query == nil else {
            throw SyncFailure(
                .config,
                .syncDirectionUnsupported,
                "the entity type '\(plan.entity.type)' is a query, which can only be pushed",
                hint: "name a table instead of a query to pull into it"
            )
        }
        let layout = PullLayout(plan)
        source = try context.remote.source(plan.entity.resource, fields: layout.remoteFields, match: nil)
        table = try await context.store.table(plan.entity, fields: layout.localFields, forWriting: true)
        scope = try await context.ledger.scope(
            integration: context.integration.id,
            entityType: plan.entity.type,
            resource: plan.entity.resource,
            remoteIdentity: context.remote.identity,
            localIdentity: table.identity
        )
        // First: what it links is no link that this scan makes.
        try await PullRecovery(context: context, plan: plan, scope: scope).run()
        let keyOutput = layout.keyOutput(of: table)
        var meeting = PullMeeting()
        if keyOutput == nil, !plan.pull.givesIdentifier {
            meeting = try await PullMeeting(plan, layout: layout, table: table, context: context, scope: scope)
        }
        known = try await KnownLinks(in: scope, of: context.ledger)
        twoWay = plan.isTwoWay ? try await TwoWayPull(plan, context: context, scope: scope) : nil
        writer = PullWriter(
            context: context,
            plan: plan,
            layout: layout,
            table: table,
            scope: scope,
            twoWay: twoWay,
            known: known,
            keyOutput: keyOutput,
            meeting: meeting
        )
    }

    /// Runs to the end of the data, from the job's checkpoint or where earlier pulls have come, then deletes what is
    /// gone.
    func run() async throws {
        let checkpoint = try await context.ledger.checkpoint(of: context.job.id, in: scope)
        var scan = PullScan(memory: PullMemory(plan, context: context))
        var seesEverything = false
        var isEmpty = false
        if checkpoint?.isComplete != true {
            let start: PagePosition?
            if let position = checkpoint?.position {
                start = PagePosition(rawValue: position)
            } else {
                start = try await scan.memory.start(of: source, in: scope, ledger: context.ledger)
                if start != nil { context.meter.update { $0.isIncremental = true } }
            }
            // Where an earlier attempt began the scan, it has counted what was read before.
            let readBefore = checkpoint?.position == nil ? context.meter.progress.read : nil
            try await read(from: start, into: &scan, after: readBefore)
            // Whatever the service said: that was all.
            context.meter.update { $0.total = $0.total == nil ? nil : $0.read }
            let isWhole = start == nil && source.isComplete && !context.job.isRestrictedToRecords
            isEmpty = isWhole && scan.isConclusive && scan.rows == 0 && !scan.hasTombstones
            seesEverything = isWhole && scan.isConclusive && scan.rows > 0
        }
        if seesEverything { try await releaseGone(scan.refusals) }
        // What some entities' records say is nothing about the others.
        guard plan.entity.deletes == .propagate, !context.job.isRestrictedToRecords else { return }
        let deletes = PullDeletes(context: context, plan: plan, table: table, scope: scope, twoWay: twoWay)
        if isEmpty { try await deletes.checkEmptySource() }
        if seesEverything || isEmpty {
            try await deletes.run(seen: scan.links, of: known, after: source.scansBeforeDelete)
        } else {
            try await deletes.runTombstones()
        }
        if let sweep = source.sweep {
            let keys = PullSweep(context: context, scope: scope, sweep: sweep)
            try await keys.run(isFull: context.job.options.isFull, isDone: seesEverything, deletes: deletes)
        }
    }

    private func read(from start: PagePosition?, into scan: inout PullScan, after readBefore: Int?) async throws {
        let pages = BoundedChannel<RemotePage>(capacity: 1)
        // The pages that are written together are gathered from it while earlier ones are written.
        let mappedPages = BoundedChannel<MappedPage>(capacity: 1)
        let mapper = PullMapper(plan)
        try await withThrowingTaskGroup { group in
            group.addTask { await fetch(from: start, into: pages, after: readBefore) }
            group.addTask(executorPreference: context.threads.ahead) {
                await mapper.run(from: pages, to: mappedPages)
            }
            defer {
                pages.abandon()
                mappedPages.abandon()
                group.cancelAll()
            }
            var pipeline = PullPipeline(mappedPages, from: mapper, to: writer, scan: scan, context: context)
            try await pipeline.run()
            scan = pipeline.scan
            try await group.waitForAll()
        }
    }

    /// Takes records out of quarantine that a complete scan has not seen: they do not exist any more.
    private func releaseGone(_ seen: SeenRefusals) async throws {
        let gone = try await context.ledger.quarantine(of: context.integration.id, limit: 1000)
            .filter { $0.direction == .pull && $0.entityType == plan.entity.type && seen.lacks($0.record.id) }
        guard !gone.isEmpty else { return }
        try await context.ledger.release(
            ids: PackedStrings(gone.lazy.map(\.record.id)),
            direction: .pull,
            in: scope
        )
    }

    /// - Parameter readBefore: how many records of other entities the job has read; `nil` where that is in the total.
    private func fetch(
        from start: PagePosition?,
        into pages: BoundedChannel<RemotePage>,
        after readBefore: Int?
    ) async {
        var position = start
        do {
            while true {
                let asked = position
                let page = try await context.withRetries { _ in try await source.page(at: asked) }
                if let total = page.total {
                    context.meter.update { $0.total = readBefore.map { $0 + total } ?? $0.total ?? total }
                }
                let isTaken = await pages.send(page)
                guard isTaken, let next = page.next else { break }
                position = next
            }
            pages.finish()
        } catch {
            pages.finish(throwing: error)
        }
    }
}

/// What a scan has seen so far.
struct PullScan {
    /// What its pages leave for later pulls.
    let memory: PullMemory
    /// Records read.
    var rows = 0
    /// The links of the records read.
    var links = LinkSet()
    /// The records read that are set aside.
    var refusals = SeenRefusals()
    /// Whether the service said of records that they are deleted.
    var hasTombstones = false
    /// Whether nothing can have escaped it.
    var isConclusive = true
    /// Whether a record came twice in the slice at work, so that another may have escaped it.
    var isSliceShaken = false
}

/// Which columns a pull reads at both ends.
struct PullLayout: Sendable {
    /// The remote paths: those of the pull's mappings, then, both ways, whatever else links remember.
    let remoteFields: [FieldPath]
    /// The local paths: those of the pull's mappings.
    let localFields: [FieldPath]

    init(_ plan: EntityPlan) {
        remoteFields = plan.isTwoWay ? plan.agreed.remotePaths : plan.pull.inputs
        localFields = plan.pull.outputs
    }

    /// The key column's place among the local fields, where the records say the table's key.
    func keyOutput(of table: any LocalTable) -> Int? {
        localFields.firstIndex(of: FieldPath(segments: [.name(table.keyColumn)]))
    }
}
