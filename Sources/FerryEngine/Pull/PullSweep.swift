import FerryCore
import FoundationEssentials

/// Looks at the identifiers of all records now and then, for sources whose scans do not show what is gone
/// (design §4.2).
struct PullSweep {
    let context: JobContext
    let scope: LinkScope
    let sweep: KeySweep

    /// Looks if it is time, or if the job is to read everything, and deletes what is gone.
    ///
    /// Only a look that came to its end counts; one that is interrupted begins anew another time.
    ///
    /// - Parameter isDone: whether the job's scan has just shown the same.
    /// - Throws: ``SyncFailure`` with the code `deletes.guarded` before anything is deleted, also when there is nothing
    ///   at the service any more.
    func run(isFull: Bool, isDone: Bool, deletes: PullDeletes) async throws {
        let now = context.clock.now
        if !isDone {
            guard try await isDue(at: now) || isFull else { return }
            let known = try await KnownLinks(in: scope, of: context.ledger)
            var seen = LinkSet()
            guard let count = try await look(&seen) else { return }
            if count == 0 { try await deletes.checkEmptySource() }
            try await deletes.run(seen: seen, of: known, after: sweep.source.scansBeforeDelete)
        }
        try await context.ledger.noteSweep(at: now, in: scope)
    }

    private func isDue(at now: Date) async throws -> Bool {
        guard let last = try await context.ledger.lastSweep(in: scope) else { return true }
        // A clock that was set back must not put the next look off for as long.
        return last > now || now.timeIntervalSince(last) >= sweep.interval / .seconds(1)
    }

    /// Reads all identifiers.
    ///
    /// - Returns: how many there are; `nil` if some may have escaped it.
    private func look(_ seen: inout LinkSet) async throws -> Int? {
        var count = 0
        var position: PagePosition?
        while true {
            let asked = position
            let page = try await context.withRetries { _ in try await sweep.source.page(at: asked) }
            try context.control.check()
            count += page.count
            let links = try await context.ledger.links(in: scope, remoteIDs: page.ids)
            for link in links where link.exists { seen.insert(link.id) }
            guard let next = page.next else { return page.isConclusive ? count : nil }
            position = next
        }
    }
}
