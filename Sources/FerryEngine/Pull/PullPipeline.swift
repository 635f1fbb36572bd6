import FerryCore

/// Compares pages with what the ledger knows, and writes what has changed.
///
/// While the table takes a batch, the next pages are compared, mapped and noted as an intent, as far as it has nothing to
/// do with them; they are more the longer it takes. What the table has is committed several batches at a time, since each
/// commit writes most of the ledger's pages where identifiers are in no order, but always before anything is waited for.
/// The order holds: the table gets one batch after the other, each when its intent is durable, and a batch is committed
/// when the table has it, with those before it or after them.
struct PullPipeline {
    private typealias Writes = ThrowingTaskGroup<PullBatch, any Error>

    private let context: JobContext
    private let writer: PullWriter
    private let mapper: PullMapper
    private let pages: BoundedChannel<MappedPage>
    /// What it has seen.
    private(set) var scan: PullScan
    /// Compared, with so few changes that it waits for those that come next.
    private var waiting: ComparedPage?
    private var underWay: PullBatchUnderWay?
    /// What the table has and the ledger has not: its batches, and how many records they are of.
    private var landed: PullCommit?
    private var landedRecords = 0
    /// The keys of what is not committed.
    private var keys = PullBatchKeys()
    private var batches = 0

    /// How many records are committed as one, about: they are read again after a crash.
    private static let commitLimit = 4000

    init(
        _ pages: BoundedChannel<MappedPage>,
        from mapper: PullMapper,
        to writer: PullWriter,
        scan: PullScan,
        context: JobContext
    ) {
        self.pages = pages
        self.mapper = mapper
        self.writer = writer
        self.scan = scan
        self.context = context
    }

    /// Runs until there are no more pages, and everything is written.
    mutating func run() async throws {
        try await withThrowingTaskGroup { (writes: inout Writes) in
            do {
                while let page = try await next(&writes) {
                    // It may have been gathered for as long as a write took.
                    try context.control.check()
                    try await take(page, &writes)
                    try context.control.check()
                }
                try await finish(&writes)
            } catch {
                // What was compared before has nothing to do with it, and of two failures the first one counts.
                try? await finish(&writes)
                if let compared = waiting.take() { try? await write(compared, &writes) }
                try? await finish(&writes)
                throw error
            }
        }
    }

    /// The next page, with those that can be written with it.
    private mutating func next(_ writes: inout Writes) async throws -> MappedPage? {
        var next = await nextAtHand { waiting?.canWait(for: $0) ?? true }
        if next == nil, let compared = waiting.take() {
            try await write(compared, &writes)
            next = await nextAtHand { _ in true }
        }
        if next == nil {
            // What is in place is committed before anything is waited for.
            try await finish(&writes)
            next = try await pages.next()
        }
        guard var page = next.take() else { return nil }
        while page.hasRoom,
            let more = await nextAtHand(if: {
                page.canTake($0) && waiting?.canWait(for: $0, after: page.remote.count) ?? true
            })
        {
            page.take(more)
        }
        return page
    }

    /// Takes the next page if `isWanted`, and if it is there before the table is done with what it has.
    ///
    /// One transaction is cheaper than two, and nothing can be written before.
    private func nextAtHand(if isWanted: (MappedPage) -> Bool) async -> MappedPage? {
        if let underWay { _ = await pages.waitForNext { underWay.isBusy } }
        return pages.nextAtHand(if: isWanted)
    }

    private mutating func take(_ page: MappedPage, _ writes: inout Writes) async throws {
        if underWay?.canBeFollowed == false || !keys.areApart(from: page) { try await finish(&writes) }
        if !page.remote.tombstones.isEmpty {
            scan.hasTombstones = true
            try await writer.note(page.remote.tombstones)
        }
        scan.isConclusive = page.remote.isConclusive
        var compared = try await writer.compare(page, scan: &scan)
        mapper.note(changed: compared.changed.count, of: page.remote.count)
        if var before = waiting.take() {
            if before.canTake(compared) {
                before.take(compared)
                compared = before
            } else {
                try await write(before, &writes)
            }
        }
        if compared.canWait {
            waiting = compared
        } else {
            try await write(compared, &writes)
        }
    }

    /// Lets the table take what has changed of a page as soon as it has taken what it is at.
    private mutating func write(_ compared: ComparedPage, _ writes: inout Writes) async throws {
        if underWay?.canBeFollowed == false { try await finish(&writes) }
        batches &+= 1
        var batch = try await writer.prepare(compared, number: batches, scan: &scan)
        if !keys.areApart(from: batch) { try await finish(&writes) }
        try await writer.setAmbiguousAside(in: &batch, scan: scan)
        try await writer.intend(&batch)
        try await land(&writes)
        let underWay = PullBatchUnderWay(batch)
        self.underWay = underWay
        keys.insert(underWay.keys)
        writes.addTask { [writer, pages, batch] in
            defer {
                underWay.end()
                pages.wake()
            }
            return try await writer.apply(batch)
        }
        if !context.store.takesRowsAhead {
            try await finish(&writes)
        } else if landedRecords >= Self.commitLimit {
            try await commit()
        }
    }

    /// Waits until the table has what it is at, and commits that.
    private mutating func finish(_ writes: inout Writes) async throws {
        try await land(&writes)
        try await commit()
    }

    /// Waits until the table has what it is at, and counts that.
    ///
    /// - Throws: what it fails with. Nothing may be written then that comes after it.
    private mutating func land(_ writes: inout Writes) async throws {
        guard underWay.take() != nil else { return }
        do {
            guard let batch = try await writes.next() else { return }
            for record in batch.work.quarantined { scan.refusals.insert(record.id) }
            try await writer.count(batch)
            let commit = writer.landed(batch)
            landed?.add(commit)
            landed = landed ?? commit
            landedRecords += batch.read
        } catch {
            waiting = nil
            throw error
        }
    }

    /// Commits what the table has.
    ///
    /// - Throws: what it fails with. Nothing may be committed then that comes after it, not even what the table is at.
    private mutating func commit() async throws {
        guard let commit = landed.take() else { return }
        landedRecords = 0
        do {
            try await writer.commit(commit)
        } catch {
            waiting = nil
            underWay = nil
            throw error
        }
        keys = underWay?.keys ?? PullBatchKeys()
    }
}
