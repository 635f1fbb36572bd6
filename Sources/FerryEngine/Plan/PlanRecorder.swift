import FerryCore
import Synchronization

/// Takes down what a job would do, out of what it tells the ends and the ledger that it is tried out on.
final class PlanRecorder: Sendable {
    private struct State {
        var sections: [PlanSection] = []
        var budget: PlanBudget
        var notes: [String] = []
        var ledger: (any SyncLedger)?

        /// Changes what is collected about the entity type at work.
        mutating func collect<Result>(_ body: (inout PlanSection, inout PlanBudget) -> Result) -> Result? {
            guard !sections.isEmpty else { return nil }
            return body(&sections[sections.count - 1], &budget)
        }
    }

    private let state: Mutex<State>
    private let meter: ProgressMeter
    let job: String

    /// A recorder of a job that `meter` counts for.
    init(job: String, limit: Int, meter: ProgressMeter) {
        self.job = job
        self.meter = meter
        state = Mutex(State(budget: PlanBudget(limit: limit)))
    }

    /// What has been collected.
    var sections: [PlanSection] { state.withLock { $0.sections } }

    /// What else the job would do.
    var notes: [String] { state.withLock { $0.notes } }

    /// Takes down what the job would do beside moving records.
    func note(_ sentence: String) {
        state.withLock { state in
            if !state.notes.contains(sentence) { state.notes.append(sentence) }
        }
    }

    /// Looks things up in the draft that it is the witness of, or no longer: the two hold each other until then.
    func use(_ ledger: (any SyncLedger)?) {
        state.withLock { $0.ledger = ledger }
    }

    /// Changes what is collected about the entity type at work, and what may still be listed.
    @discardableResult
    func collect<Result: Sendable>(_ body: (inout PlanSection, inout PlanBudget) -> Result) -> Result? {
        state.withLock { $0.collect(body) }
    }

    /// Goes on to another entity type, unless it is the one at work.
    func begin(_ entity: EntityMapping) {
        state.withLock { state in
            guard state.sections.last?.plan.type != entity.type else { return }
            _ = state.collect { section, _ in section.end(meter) }
            let plan = EntityTypePlan(type: entity.type, resource: entity.resource)
            state.sections.append(PlanSection(plan: plan, before: meter.progress))
        }
    }

    /// Takes down what opening the local table would make.
    func open(_ draft: TableDraft, isMade: Bool, addedColumns: [String]) {
        collect { section, _ in
            section.plan.isTableMade = isMade
            section.plan.addedColumns = addedColumns
            section.isTableExact = draft.table?.isExact ?? true
        }
    }

    /// An operation that a resource does not take.
    func miss(_ operation: WriteOperation, of resource: String) {
        collect { section, _ in
            // A push asks before its table is opened: the one at work may be of another resource.
            if section.plan.resource == resource { section.unsupported.insert(operation) }
        }
    }

    /// Ends the last entity type.
    ///
    /// - Returns: everything that was collected.
    func end() -> [PlanSection] {
        state.withLock { state in
            _ = state.collect { section, _ in section.end(meter) }
            return state.sections
        }
    }

    func ledger() throws -> any SyncLedger {
        guard let ledger = state.withLock({ $0.ledger }) else {
            throw SyncFailure(.local, .internalError, "a plan was made without a draft of the ledger")
        }
        return ledger
    }
}

// MARK: What the local table is told

extension PlanRecorder {
    /// A row that would be written; `fields` is asked for what would change only if it is listed.
    func write(_ id: String, isNew: Bool, fields: () -> [PlannedField]) {
        let key = Array(id.utf8)
        collect { section, budget in
            if isNew {
                section.page.inserted.insert(key)
                let place = budget.add(PlannedWrite(localID: id, fields: fields()), to: &section.plan.creates)
                section.page.creates[key] = place
            } else {
                let place = budget.add(PlannedWrite(localID: id, fields: fields()), to: &section.plan.updates)
                section.page.updates[key] = place
            }
        }
    }

    /// A row that would be deleted.
    func delete(_ id: String) {
        collect { section, _ in section.page.deleted.insert(Array(id.utf8)) }
    }
}

// MARK: What the service is told

extension PlanRecorder {
    /// A request that would be sent, with the values of `fields`.
    func send(_ batch: WriteBatch, fields: [FieldPath], match: FieldPath?) {
        let paths = fields.map(\.description)
        collect { section, budget in
            section.remoteFields = fields
            section.match = match
            let sent = section.batches.removeValue(forKey: batch.idempotencyKey)
            for index in 0..<batch.count {
                let record = sent?.records[index]
                let localID = record?.localID ?? ""
                let remoteID = batch.operation == .create ? nil : batch.remoteIDs[index]
                if batch.operation == .delete {
                    budget.add(pair: PlannedPair(localID: localID, remoteID: remoteID), to: &section.plan.deletes)
                    continue
                }
                var write: PlannedWrite {
                    PlannedWrite(
                        localID: localID,
                        remoteID: remoteID,
                        isLinked: sent?.unlinked.contains(index) ?? false,
                        fields: Self.fields(of: index, in: batch, paths: paths),
                        matchValue: record?.matchValue
                    )
                }
                if batch.operation == .create {
                    budget.add(write, to: &section.plan.creates)
                } else {
                    budget.add(write, to: &section.plan.updates)
                }
            }
        }
    }

    private static func fields(of row: Int, in batch: WriteBatch, paths: [String]) -> [PlannedField] {
        paths.indices.compactMap { column in
            let cell = batch.records[row, column]
            guard cell.kind != .missing else { return nil }
            return PlannedField(
                path: paths[column],
                old: batch.operation == .create ? .none : .unknown,
                new: PlannedValue(cell, of: batch.records),
                hash: RecordImage.hash(cell, of: batch.records)
            )
        }
    }
}
