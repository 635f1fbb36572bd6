public import FerryCore
internal import GRDB

extension Ledger: DraftableLedger {
    /// Makes a draft in a temporary file that is gone when the draft is let go of.
    public func draft(of integration: String, witness: any LedgerWitness) async throws -> LedgerDraft {
        do {
            let queue = try DraftFile.open()
            try await queue.write { try LedgerSchema.createIfNew(in: $0) }
            let links = try await queue.writeWithoutTransaction { [path] database in
                try DraftFile.fill(database, from: path, integration: integration)
            }
            let ledger = Ledger(draft: queue, links: links, witness: witness)
            return LedgerDraft(ledger: ledger, scratchpad: DraftScratchpad(ledger: ledger))
        } catch {
            throw LedgerFailure.of(error, path: DraftFile.name)
        }
    }
}
