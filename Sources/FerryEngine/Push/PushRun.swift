import FerryCore
import Logging

/// Moves one entity's records from the local store to the remote service (design §4.3).
///
/// The table is scanned in key order, or from where its changes begin that have not been compared, mapped ahead and compared
/// with the links; only what differs from what the service last acknowledged is sent, creates and updates first, deletes
/// last. Every batch is in the outbox before it leaves.
struct PushRun {
    private let context: JobContext
    private let plan: EntityPlan
    private let layout: PushLayout
    private let scope: LinkScope
    private let sink: any RecordSink
    private let table: any LocalTable
    private let owners: RemoteOwners
    private let twoWay: TwoWayPush?
    private let delivery: OutboxDelivery

    init(_ plan: EntityPlan, context: JobContext) async throws {
        self.context = context
        self.plan = plan
        let layout = PushLayout(plan)
        self.layout = layout
        guard !plan.push.outputs.isEmpty else {
            throw SyncFailure(
                .config,
                .syncDirectionUnsupported,
                "no field mapping of '\(plan.entity.type)' flows in a push",
                hint: "give at least one mapping the direction 'push' or 'both'"
            )
        }
        let sink = try context.remote.sink(plan.entity.resource, fields: plan.push.outputs, match: plan.match)
        let creation = sink.ability(for: .create)
        if creation?.identifiesByMatch == true, layout.matchColumn == nil {
            throw SyncFailure(
                .config,
                .configUnsafeService,
                "'\(plan.entity.type)' cannot be pushed: no mapping gives the natural key"
                    + (plan.match.map { " '\($0)'" } ?? "") + ", by which the service knows its records",
                hint: "map a local field that is unique to it"
            )
        }
        let isUnsafe = creation?.isRepeatable == false
        if isUnsafe, layout.matchColumn == nil || RemoteLookup(context: context, plan: plan) == nil {
            throw SyncFailure(
                .config,
                .configUnsafeService,
                "'\(plan.entity.type)' cannot be pushed safely: "
                    + (layout.matchColumn == nil
                        ? "no mapping gives the natural key" + (plan.match.map { " '\($0)'" } ?? "")
                        : "'\(plan.entity.resource)' cannot be read to find what landed when an answer is lost"),
                hint: "map a local field that is unique to it, so that records can be found if an answer is lost"
            )
        }
        self.sink = sink
        table = try await context.store.table(plan.entity, fields: layout.localFields, forWriting: false)
        scope = try await context.ledger.scope(
            integration: context.integration.id,
            entityType: plan.entity.type,
            resource: plan.entity.resource,
            remoteIdentity: context.remote.identity,
            localIdentity: table.identity
        )
        owners = RemoteOwners(context: context, scope: scope, table: table)
        // Where no schedule says which ways an entity goes, it goes both once something of it has been pulled.
        var goesBothWays = plan.isTwoWay && context.integration.schedules.count == 2
        if plan.isTwoWay, !goesBothWays { goesBothWays = try await context.ledger.isPulled(scope) }
        twoWay = goesBothWays ? try await TwoWayPush(plan, context: context, scope: scope) : nil
        let layouts = twoWay == nil ? try await context.ledger.keepLayout(plan.agreed.kept, in: scope) : []
        delivery = OutboxDelivery(
            context: context,
            plan: plan,
            reader: twoWay?.reader ?? AgreementReader(plan.agreed, layouts: layouts),
            layout: layout,
            sink: sink,
            scope: scope,
            owners: owners,
            twoWay: twoWay
        )
    }

    /// Runs over the whole table, or over the entities that the job is restricted to.
    func run() async throws {
        if plan.isTwoWay { try await PullRecovery(context: context, plan: plan, scope: scope).run() }
        try await delivery.recover()
        let adoption = Adoption(context: context, plan: plan, layout: layout, scope: scope)
        // Where the natural key is the identifier, a row meets its record without being looked for, and a stream of the same
        // name may call records otherwise.
        let meetsByItself = sink.ability(for: .create)?.identifiesByMatch == true
        let contact = meetsByItself ? .known : try await adoption.begin()
        let isFirstContact = contact != .known
        let known = try await KnownLinks(in: scope, of: context.ledger)
        let formerCursor = try await context.ledger.pushCursor(in: scope)
        let mapper = PushMapper(plan, layout: layout, isCompared: twoWay != nil)
        let window = try await window(after: formerCursor, isFirstContact: isFirstContact)
        // Unless this one comes to its end, the next compares all rows.
        if formerCursor != nil, window?.start == nil { try await context.ledger.keep(nil, in: scope) }
        if !context.job.isRestrictedToRecords, window?.start == nil, let count = try await table.count() {
            context.meter.update { $0.total = ($0.total ?? 0) + count }
            let new = known.lacking(of: count)
            mapper.note(mapped: new, of: count)
            try await noteExpectedTime(ofNew: new)
        }

        let comparer = PushComparer(
            context: context,
            plan: plan,
            layout: layout,
            scope: scope,
            sink: sink,
            owners: owners,
            twoWay: twoWay,
            mapper: mapper,
            table: table
        )
        var scan = PushScan(columnCount: plan.push.outputs.count, sink: sink)
        var flow = DeliveryFlow(columnCount: plan.push.outputs.count)
        let pages = BoundedChannel<ReadRows>(capacity: 2)
        let mappedPages = BoundedChannel<PushPage>(capacity: 2)
        try await withThrowingTaskGroup { group in
            group.addTask { await read(from: window?.start, into: pages, for: mapper) }
            group.addTask(executorPreference: context.threads.ahead) {
                await mapper.run(from: pages, to: mappedPages)
            }
            defer {
                pages.abandon()
                mappedPages.abandon()
                group.cancelAll()
            }
            do {
                while let page = try await mappedPages.next() {
                    try context.control.check()
                    // A row that has changed since it was read comes again: what it was goes out first.
                    if window?.start != nil, scan.holds(anyOf: page.ids, or: flow.records) {
                        try await send(&scan, &flow)
                    }
                    try await compare(page, with: comparer, &scan, &flow, adopting: contact == .first ? adoption : nil)
                    try await repair(with: comparer, &scan, &flow)
                    try checkFailureLimit(context)
                }
                try await group.waitForAll()
            } catch {
                await delivery.abandon(flow)
                throw error
            }
        }
        try await send(&scan, &flow)
        try await repair(with: comparer, &scan, &flow)
        try checkFailureLimit(context)
        let deletes = PushDeletes(context: context, delivery: delivery, sink: sink, scope: scope, twoWay: twoWay)
        if context.job.options.setAside == .retryOnly {
            if plan.entity.deletes == .propagate { try await deletes.retry(setAside, from: table) }
        } else if context.job.entityIDs == nil {
            if isFirstContact { try await context.ledger.finishAdoption(in: scope) }
            if plan.entity.deletes == .propagate {
                if window?.start == nil {
                    try await deletes.run(seen: scan.links, of: known, isSourceEmpty: scan.rows == 0)
                } else {
                    try await deletes.run(missingFrom: table, of: known)
                }
            }
        } else if let ids = context.job.entityIDs, plan.entity.deletes == .propagate {
            try await deletes.run(among: ids, of: table)
        }
        if context.job.entityIDs == nil {
            try await delivery.forgetUnanswered(of: table)
            try await setAside.releaseGone(from: table)
        }
        if let cursor = window == nil && isByChanges ? formerCursor : window?.next {
            try await context.ledger.keep(cursor, in: scope)
        }
    }

    /// Whether rows need not be compared that have not changed.
    ///
    /// Both ways, what a pull has written and what is held have no part in when rows changed.
    private var isByChanges: Bool { plan.entity.changedSince != nil && twoWay == nil }

    /// Which rows are compared; `nil` for those that the job is restricted to, or for all where they do not tell when they
    /// changed.
    private func window(after cursor: PushCursor?, isFirstContact: Bool) async throws -> PushWindow? {
        guard isByChanges, !context.job.isRestrictedToRecords else { return nil }
        let now = context.clock.now
        // What a lost answer has left in doubt shows in the links, not in the rows.
        let isInDoubt = try await context.ledger.hasUndeterminedLinks(in: scope)
        let operations: [WriteOperation] = [.create, .update, .delete]
        let deciding =
            [plan.entity.changedSince ?? "", table.keyColumn]
            + operations.filter { sink.ability(for: $0) != nil }.map(\.rawValue)
        let fingerprint = Array(deciding.joined(separator: "\0").utf8).withUnsafeBytes {
            RecordHash.of($0, seed: plan.pushFingerprint).low
        }
        return PushWindow(
            cursor,
            fingerprint: fingerprint,
            at: now,
            latest: try await table.lastChange(notAfter: now),
            isFull: context.job.options.isFull || context.job.options.setAside != .leave || isFirstContact || isInDoubt
        )
    }

    /// Says how long it takes to send what is new, where the service's budgets set the pace.
    private func noteExpectedTime(ofNew new: Int) async throws {
        guard new > 0, let seconds = sink.ability(for: .create)?.seconds(for: new), seconds >= 10 else { return }
        context.meter.update { $0.expectedSeconds = ($0.expectedSeconds ?? 0) + Int(seconds) }
        try await context.ledger.note(context.job.id, progress: context.progress, wait: nil)
        context.logger.notice(
            "\(new) records of '\(plan.entity.type)' are new; sending them takes about \(Duration.seconds(seconds).shortText) at the service's pace"
        )
    }

    private var setAside: SetAsideRows {
        SetAsideRows(context: context, entityType: plan.entity.type, scope: scope)
    }

    private func read(
        from start: ScanPosition?,
        into pages: BoundedChannel<ReadRows>,
        for mapper: PushMapper
    ) async {
        do {
            if context.job.options.setAside == .retryOnly {
                let wanted = context.job.entityIDs.map { Set($0) }
                try await setAside.forEachPage { ids in
                    let chosen = wanted.map { wanted in PackedStrings(ids.strings.filter(wanted.contains)) } ?? ids
                    return await pages.send(.page(try await table.rows(ids: chosen)))
                }
            } else if let ids = context.job.entityIDs {
                // A row that is asked for twice must not be created twice.
                var asked: Set<String> = []
                let ids = ids.filter { asked.insert($0).inserted }
                for start in stride(from: 0, to: ids.count, by: 500) {
                    let wanted = PackedStrings(ids[start..<min(start + 500, ids.count)])
                    guard await pages.send(.page(try await table.rows(ids: wanted))) else { break }
                }
            } else {
                // Whatever is to be compared anew needs its values.
                let isDigested = start == nil && !context.job.options.isFull && context.job.options.setAside == .leave
                var position: ScanPosition?
                repeat {
                    let rows: ReadRows
                    if let start {
                        let page = try await table.scan(changedSince: start, after: position, limit: 1000)
                        rows = .page(page.keepingLastOfEach)
                        position = page.next
                    } else if isDigested, !mapper.expectsChanges,
                        let digests = try await table.digests(after: position, limit: 2000)
                    {
                        rows = .digests(digests, start: position)
                        position = digests.next
                    } else {
                        let page = try await table.scan(after: position, limit: 1000)
                        rows = .page(page)
                        position = page.next
                    }
                    guard await pages.send(rows) else { break }
                } while position != nil
            }
            pages.finish()
        } catch {
            pages.finish(throwing: error)
        }
    }

    /// Sends the rows again whose records the service took for those that were to be created.
    ///
    /// Both ways, the next job compares the two sides.
    private func repair(
        with comparer: PushComparer,
        _ scan: inout PushScan,
        _ flow: inout DeliveryFlow
    ) async throws {
        guard twoWay == nil else { return }
        while !delivery.overwritten.isEmpty {
            // What waits to be sent of these rows may leave something out.
            try await send(&scan, &flow)
            let rows = delivery.overwritten.takeRows()
            let progress = context.progress
            let page = try await table.rows(ids: PackedStrings(rows))
            try await comparer.compare(comparer.mapper.marked(page), scan: &scan, adopting: nil, isAgain: true)
            try await send(&scan, &flow)
            context.meter.keepOutcomes(of: progress)
        }
    }

    /// Compares a page while what earlier ones have found is sent.
    private func compare(
        _ page: PushPage,
        with comparer: PushComparer,
        _ scan: inout PushScan,
        _ flow: inout DeliveryFlow,
        adopting adoption: Adoption?
    ) async throws {
        // Both ways, comparing looks at what the service has: not while that is changing.
        if twoWay != nil { try await send(takeRequests(from: &scan, whenFull: true), &flow) }
        let ready = takeRequests(from: &scan, whenFull: true)
        let before = flow
        flow = DeliveryFlow(columnCount: plan.push.outputs.count)
        // What was to come next has not been found: the last batches need not wait for it.
        async let delivered = ready.isEmpty ? delivery.finish(before) : deliver(ready, after: before)
        do {
            let underWay = before.records + ready.updates
            try await comparer.compare(page, scan: &scan, underWay: underWay, adopting: adoption)
        } catch {
            // A request that is under way comes to its end: of the two failures, the first one counts.
            if let flow = try? await delivered { await delivery.abandon(flow) }
            throw error
        }
        flow = try await delivered
    }

    /// Sends and settles all that waits or is on its way.
    private func send(_ scan: inout PushScan, _ flow: inout DeliveryFlow) async throws {
        try await send(takeRequests(from: &scan, whenFull: false), &flow)
    }

    private func send(_ requests: Requests, _ flow: inout DeliveryFlow) async throws {
        let before = flow
        flow = DeliveryFlow(columnCount: plan.push.outputs.count)
        var after = try await delivery.finish(try await deliver(requests, after: before))
        after = try await recreate(after)
        flow = try await delivery.finish(after)
    }

    /// Records that are ready to be sent, a request each.
    private struct Requests {
        var creates: [PendingWrites]
        var updates: [PendingWrites]

        var isEmpty: Bool { creates.isEmpty && updates.isEmpty }
    }

    /// Takes the records that wait and fill requests; all of them unless `whenFull` is set.
    private func takeRequests(from scan: inout PushScan, whenFull: Bool) -> Requests {
        Requests(
            creates: takeRequests(.create, from: &scan.creates, whenFull: whenFull),
            updates: takeRequests(.update, from: &scan.updates, whenFull: whenFull)
        )
    }

    private func takeRequests(
        _ operation: WriteOperation,
        from pending: inout PendingQueue,
        whenFull: Bool
    ) -> [PendingWrites] {
        guard !pending.isEmpty else { return [] }
        guard sink.ability(for: operation) == nil else { return pending.take(whenFull: whenFull) }
        context.meter.update { $0.skipped += pending.count }
        context.logger.warning(
            "the service does not take \(operation.rawValue)s of '\(plan.entity.resource)': \(pending.count) left out"
        )
        _ = pending.take(whenFull: false)
        return []
    }

    private func deliver(_ requests: Requests, after flow: DeliveryFlow) async throws -> DeliveryFlow {
        let created = try await delivery.deliver(.create, requests.creates, after: flow)
        return try await recreate(delivery.deliver(.update, requests.updates, after: created))
    }

    /// Creates what was to be updated but is gone at the service, also where a create became an update.
    private func recreate(_ flow: DeliveryFlow) async throws -> DeliveryFlow {
        var flow = flow
        guard !flow.gone.isEmpty else { return flow }
        var recreated = PushScan(columnCount: plan.push.outputs.count, sink: sink).creates
        do {
            recreated.append(try await leavingOutKeyless(flow.takeGone()))
        } catch {
            await delivery.abandon(flow)
            throw error
        }
        let requests = takeRequests(.create, from: &recreated, whenFull: false)
        return try await delivery.deliver(.create, requests, after: flow)
    }

    /// Sets rows aside that could not be found again if the answer to their creation were lost.
    private func leavingOutKeyless(_ pending: PendingWrites) async throws -> PendingWrites {
        guard layout.matchColumn != nil else { return pending }
        let keyless = pending.entries.filter { $0.matchValue == nil }
        guard !keyless.isEmpty else { return pending }
        try await context.ledger.quarantine(
            keyless.map {
                QuarantinedRecord(
                    id: $0.localID,
                    contentHash: $0.payloadHash,
                    code: .recordMissingField,
                    message: layout.missingKey
                )
            },
            direction: .push,
            in: scope
        )
        context.meter.update { $0.quarantined += keyless.count }
        return pending.selecting(pending.entries.indices.filter { pending.entries[$0].matchValue != nil })
    }
}
