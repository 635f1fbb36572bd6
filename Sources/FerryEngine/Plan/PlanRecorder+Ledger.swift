import FerryCore

// What the draft of the ledger is told: identifiers of both sides, links, and what is refused or held.
extension PlanRecorder: LedgerWitness {
    func didStartAnew(entityType: String) {
        collect { section, _ in section.plan.startsAnew = true }
    }

    func willCommit(_ commit: PullCommit, in scope: LinkScope) async throws {
        let ledger = try ledger()
        let known = try await ledger.links(in: scope, remoteIDs: commit.links.remoteIDs)
        let unlinked = try await ledger.pairs(of: commit.unlinked)
        // Rows that are deleted without their links are those that have got another key.
        let hasMoved = commit.unlinked.isEmpty && collect { section, _ in !section.page.deleted.isEmpty } == true
        let former = hasMoved ? try await ledger.pairs(of: known.filter(\.exists).map(\.id)) : []
        collect { section, budget in
            section.scope = scope
            section.take(commit.links, known: known, former: former, budget: &budget)
            section.take(commit.held, budget: &budget)
            for pair in unlinked where section.page.deleted.contains(Array(pair.localID.utf8)) {
                let pair = PlannedPair(localID: pair.localID, remoteID: pair.remoteID)
                budget.add(pair: pair, to: &section.plan.deletes)
            }
            for record in commit.quarantined { budget.add(record, to: &section.plan.refused) }
            section.page = PlanSection.PageWrites()
        }
    }

    func willSend(_ batch: OutboxBatch, in scope: LinkScope) async throws {
        var sent = PlanSection.SentBatch(records: batch.records)
        if batch.operation == .update {
            let ids = PackedStrings(batch.records.lazy.map(\.localID))
            let links = try await ledger().links(in: scope, localIDs: ids)
            sent.unlinked = Set(links.indices.filter { !links[$0].exists })
        }
        collect { [sent] section, budget in
            section.scope = scope
            section.batches[batch.idempotencyKey] = sent
            for index in sent.unlinked.sorted() {
                let record = batch.records[index]
                let pair = PlannedPair(localID: record.localID, remoteID: record.remoteID)
                budget.add(pair: pair, to: &section.plan.links)
            }
        }
    }

    func willSettle(_ settlement: PushSettlement, in scope: LinkScope) async throws {
        if settlement.batch != 0 { try await notice(settlement, in: scope) }
        // Without a batch, records are linked that need not be sent, among them some that are linked already.
        let ids = settlement.batch == 0 ? settlement.links.localIDs : PackedStrings()
        let links = try await ledger().links(in: scope, localIDs: ids)
        collect { section, budget in
            section.scope = scope
            section.take(settlement.held, budget: &budget)
            for record in settlement.quarantined { budget.add(record, to: &section.plan.refused) }
            for index in links.indices where !links[index].exists && settlement.links.payloadHashes[index] != .held {
                let pair = PlannedPair(localID: ids[index], remoteID: settlement.links.remoteIDs[index])
                budget.add(pair: pair, to: &section.plan.links)
            }
        }
    }

    func willSetAside(_ records: [QuarantinedRecord], direction: Direction, in scope: LinkScope) {
        collect { section, budget in
            section.scope = scope
            for record in records { budget.add(record, to: &section.plan.refused) }
        }
    }

    /// Takes down what becomes of a batch that an earlier job has left.
    private func notice(_ settlement: PushSettlement, in scope: LinkScope) async throws {
        if collect({ section, _ in section.leftovers == nil }) == true {
            let kept = try await ledger().outbox(in: scope).filter { $0.job != job }
            let byNumber = Dictionary(kept.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
            collect { section, _ in section.leftovers = byNumber }
        }
        collect { section, _ in
            guard let batch = section.leftovers?.removeValue(forKey: settlement.batch) else { return }
            section.plan.leftovers.append(
                PlannedLeftover(
                    operation: batch.operation,
                    records: batch.records.count,
                    landed: batch.operation == .create ? settlement.links.count : nil
                )
            )
        }
    }
}

extension PlanSection {
    /// Takes down records that are left alone until somebody decides.
    fileprivate mutating func take(_ held: [HeldRecord], budget: inout PlanBudget) {
        for record in held where budget.allows(another: plan.held) {
            guard heldIDs.insert(Array(record.localID.utf8)).inserted else { continue }
            budget.add(PlannedConflict(record, number: nil), to: &plan.held)
        }
    }

    /// Takes down the links of a page of a pull.
    ///
    /// - Parameters:
    ///   - known: the records' links as they were, one for each in order.
    ///   - former: the rows that linked records had, where some have got other keys.
    fileprivate mutating func take(
        _ links: LinkChanges,
        known: [Link],
        former: [LinkedPair],
        budget: inout PlanBudget
    ) {
        let formerIDs = Dictionary(former.map { ($0.id, $0.localID) }, uniquingKeysWith: { $1 })
        for index in 0..<links.count {
            let (localID, remoteID) = (links.localIDs[index], links.remoteIDs[index])
            let key = Array(localID.utf8)
            let isHeld = links.payloadHashes[index] == .held
            let isLinked = !isHeld && !known[index].exists && !page.inserted.contains(key)
            if isLinked { budget.add(pair: PlannedPair(localID: localID, remoteID: remoteID), to: &plan.links) }
            func complete(_ write: inout PlannedWrite) {
                write.remoteID = remoteID
                write.isLinked = isLinked
                if let former = formerIDs[known[index].id], !former.utf8.elementsEqual(localID.utf8) {
                    write.formerID = former
                }
            }
            if let place = page.creates[key] { complete(&plan.creates.listed[place]) }
            if let place = page.updates[key] { complete(&plan.updates.listed[place]) }
        }
    }
}
