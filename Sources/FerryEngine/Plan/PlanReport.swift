import FerryCore

/// Makes a plan of what was taken down: adds what is only known at the end, and says what cannot be known.
struct PlanReport {
    let job: Job
    let integration: Integration
    /// Whether the job may delete more than the guard allows.
    let allowsDeletes: Bool
    let ledger: any JobLedger & SyncLedger
    let service: (any RemoteService)?
    /// The bytes and requests that the plan took.
    let traffic: Traffic
    /// Makes a service to read an entity type's present values from.
    let reader: @Sendable (_ entityType: String) throws -> any RemoteService
    let control: JobControl
    let limit: Int
    /// What the job would do beside moving records.
    let notes: [String]
    /// What was set aside before.
    let setAside: [QuarantineEntry]
    /// The conflicts that were open before.
    let conflicts: [Conflict]

    /// The plan.
    func plan(_ sections: [PlanSection]) async throws -> SyncPlan {
        var plan = SyncPlan(
            integration: job.integration,
            direction: job.direction,
            entityIDs: job.entityIDs,
            state: job.state,
            failure: job.failure,
            progress: job.progress
        )
        plan.notes = job.progress.refusals.map(\.description) + notes
        var traffic = traffic
        for section in sections {
            var section = section
            section.plan.deleteGuard = verdict(on: section)
            try await listSetAside(in: &section)
            try await listOpenConflicts(in: &section)
            if let problem = try await completeValues(of: &section, traffic: &traffic) { plan.notes.append(problem) }
            plan.notes += notes(on: section)
            plan.entities.append(section.plan)
        }
        plan.progress.requests = traffic.requests
        plan.progress.bytesIn = traffic.bytesIn
        plan.progress.bytesOut = traffic.bytesOut
        guardStops(&plan)
        if plan.failure?.code == .jobTooManyFailures {
            plan.failure?.hint = "mend the mapping or the data: the plan lists what would be set aside, and why"
        }
        plan.unknowns = unknowns(of: plan, sections)
        return plan
    }

    // MARK: What is known at the end

    private func verdict(on section: PlanSection) -> GuardVerdict? {
        guard let doomed = section.doomed else { return nil }
        return GuardVerdict(
            deletes: doomed.count,
            linked: doomed.linked,
            isSourceEmpty: doomed.isSourceEmpty,
            stopsJob: !allowsDeletes && doomed.count > 0
                && (doomed.isSourceEmpty || integration.deleteGuard.stops(deletes: doomed.count, of: doomed.linked))
        )
    }

    /// A job that the guard stops fails before its first delete, and does nothing of what comes after it.
    private func guardStops(_ plan: inout SyncPlan) {
        guard let entity = plan.entities.first(where: { $0.deleteGuard?.stopsJob == true }),
            let verdict = entity.deleteGuard
        else { return }
        plan.state = .failed
        plan.failure = JobFailure(
            deletesGuardFailure(
                verdict.deletes,
                of: verdict.linked,
                isSourceEmpty: verdict.isSourceEmpty,
                by: job
            )
        )
        if entity.type != plan.entities.last?.type {
            plan.notes.append("the job would stop at '\(entity.type)': what comes after it would not be done")
        }
    }

    /// Lists the records that were set aside before and would not be tried again.
    private func listSetAside(in section: inout PlanSection) async throws {
        let count = max(0, section.plan.progress.quarantined - section.plan.refused.count)
        section.plan.setAside.count = count
        guard count > 0, let scope = section.scope else { return }
        let entries = setAside.filter { $0.direction == job.direction && $0.entityType == section.plan.type }
        let ids = PackedStrings(entries.lazy.map(\.record.id))
        let hashes = try await ledger.quarantinedHashes(in: scope, direction: job.direction, ids: ids)
        let still = entries.indices.filter { hashes[$0] == entries[$0].record.contentHash }
        section.plan.setAside.listed = still.prefix(min(count, limit)).map { index in
            let record = entries[index].record
            return PlannedRefusal(id: record.id, code: record.code, message: record.message)
        }
    }

    /// Lists the conflicts that are open since earlier jobs and stay so, and gives the others the numbers they have.
    private func listOpenConflicts(in section: inout PlanSection) async throws {
        section.plan.held.count = section.plan.progress.held
        guard section.plan.held.count > 0 else { return }
        let open = conflicts.filter { $0.entityType == section.plan.type }
        let numbers = Dictionary(open.map { (Array($0.record.localID.utf8), $0.id) }, uniquingKeysWith: { $1 })
        for index in section.plan.held.listed.indices {
            section.plan.held.listed[index].number = numbers[Array(section.plan.held.listed[index].localID.utf8)]
        }
        let wanted = job.entityIDs.map { Set($0) }
        let still = Set(try await ledger.conflicts(of: job.integration, limit: Planner.maximumLimit).map(\.id))
        for conflict in open where still.contains(conflict.id) {
            guard !section.heldIDs.contains(Array(conflict.record.localID.utf8)) else { continue }
            guard section.plan.held.listed.count < min(limit, section.plan.held.count) else { break }
            guard wanted?.contains(conflict.record.localID) != false else { continue }
            section.plan.held.listed.append(PlannedConflict(conflict.record, number: conflict.id))
        }
    }

    /// Reads what the listed records' fields hold at the service now.
    ///
    /// - Returns: why they cannot be read, if they cannot.
    private func completeValues(of section: inout PlanSection, traffic: inout Traffic) async throws -> String? {
        guard job.direction == .push, !section.plan.updates.listed.isEmpty, let service else { return nil }
        let isPulled = service.directions(of: section.plan.resource).contains(.pull)
        do {
            let service = try reader(section.plan.type)
            defer { traffic += service.traffic }
            // A resource without a stream shows nothing of what it holds.
            guard
                let source = try? service.source(
                    section.plan.resource,
                    fields: section.remoteFields,
                    match: section.match
                ), isPulled || !source.canList && source.canFind
            else { return nil }
            let values = PresentValues(source: source, fields: section.remoteFields, control: control)
            try await values.fill(&section.plan.updates.listed)
            return nil
        } catch let failure as SyncFailure {
            return "what fields of '\(section.plan.type)' hold at the service now could not be read: \(failure.message)"
        }
    }

    private func notes(on section: PlanSection) -> [String] {
        var notes: [String] = []
        if section.plan.startsAnew {
            notes.append(
                "'\(section.plan.type)' starts anew: the table or the service is another one than before, so records "
                    + "meet again as for the first time, and nothing is deleted"
            )
        }
        let resource = section.plan.resource
        if section.unsupported.contains(.delete) {
            notes.append("the service takes no deletes of '\(resource)': nothing is deleted there")
        }
        if let seconds = expectedSeconds(of: section), seconds >= 10 {
            notes.append(
                "sending '\(section.plan.type)' takes about \(Duration.seconds(seconds).shortText) at the service's pace"
            )
        }
        let skipped = section.plan.progress.skipped
        guard job.direction == .push, skipped > 0 else { return notes }
        let unsupported = section.unsupported.subtracting([.delete])
        if unsupported.isEmpty {
            notes.append(
                "of \(skipped) records of '\(section.plan.type)' the service's version counts: they are left for a "
                    + "pull to bring"
            )
        } else {
            let operations = unsupported.map { "\($0.rawValue)s" }.sorted().joined(separator: " and ")
            notes.append("the service takes no \(operations) of '\(resource)': \(skipped) records are left out")
        }
        return notes
    }

    /// How long it takes to send what would be sent, where the service's budgets set the pace.
    private func expectedSeconds(of section: PlanSection) -> Double? {
        guard job.direction == .push,
            let sink = try? service?.sink(section.plan.resource, fields: section.remoteFields, match: section.match)
        else { return nil }
        let counts: [(WriteOperation, Int)] = [
            (.create, section.plan.creates.count), (.update, section.plan.updates.count),
            (.delete, section.plan.deletes.count),
        ]
        return counts.compactMap { sink.ability(for: $0)?.seconds(for: $1) }.reduce(0, +)
    }

    // MARK: What cannot be known

    private func unknowns(of plan: SyncPlan, _ sections: [PlanSection]) -> [String] {
        let writes = plan.entities.contains { $0.creates.count + $0.updates.count + $0.deletes.count > 0 }
        var unknowns: [String] = []
        if writes, plan.direction == .push {
            unknowns.append("whether the service takes each record; one it refuses is set aside, the others arrive")
        }
        if writes, plan.direction == .push {
            unknowns.append(
                "whether a record that would be changed or deleted is still there, and whether one that would be made "
                    + "is there already; the first is then made anew, the second linked"
            )
        }
        if plan.direction == .push, plan.entities.contains(where: { $0.creates.count > 0 }) {
            unknowns.append("the identifiers that the service gives to new records, and the values it fills in itself")
        }
        if writes, plan.direction == .pull, sections.contains(where: { !$0.isTableExact }) {
            unknowns.append("whether the table takes each row: its constraints and triggers have not been tried")
        }
        if plan.entities.contains(where: { !$0.leftovers.isEmpty }) {
            unknowns.append(
                "what became of the requests that an earlier job had no answer to; the job looks for their records "
                    + "again before it sends anything"
            )
        }
        unknowns.append("what changes on either side until the job runs")
        return unknowns
    }
}
