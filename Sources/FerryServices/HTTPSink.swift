import FerryCore
import FerryHTTP
import FerryJSON

/// Writes to a resource as its description says: one request a batch.
struct HTTPSink: RecordSink {
    private struct Operation: Sendable {
        let description: WriteDescription
        let ability: WriteAbility
        let body: WriteBody
        let rules: FieldRules
        /// Whether records that are to be made need an identifier before they have one.
        let namesRecords: Bool
    }

    private let service: HTTPService
    private let match: FieldPath?
    private let matchColumn: Int?
    private let isIdentifiedByMatch: Bool
    /// What stands before and after the UUID in what records are called that are made of local rows; `nil` where they
    /// are not.
    private let identifier: (before: String, after: String)?
    private let operations: [WriteOperation: Operation]
    private let registry: FieldRegistry?

    /// A writer of the values for `fields`.
    ///
    /// - Parameter key: the natural key that the description names.
    /// - Throws: ``SyncFailure`` of kind `config`.
    init(
        service: HTTPService,
        sink: SinkDescription,
        fields: [FieldPath],
        match: FieldPath?,
        key: FieldPath?
    ) throws {
        self.service = service
        self.match = match
        matchColumn = match.flatMap { fields.firstIndex(of: $0) }
        isIdentifiedByMatch = sink.isIdentifiedByMatch
        if isIdentifiedByMatch, match != key {
            throw SyncFailure(
                .config,
                .configUnsafeService,
                "the records of this resource are known by '\(key?.description ?? "")', and by no other natural key",
                hint: "leave 'match' out of the entity, or set its 'target' to '\(key?.description ?? "")'"
            )
        }
        var scope = TemplateScope(settings: service.settings)
        scope.record = ["uuid": .string("\u{0}")]
        let parts = sink.identifier.flatMap { scope.text($0) }?.split(
            separator: "\u{0}",
            maxSplits: 1,
            omittingEmptySubsequences: false
        )
        identifier = parts.flatMap { $0.count == 2 ? (String($0[0]), String($0[1])) : nil }
        scope.record = [:]
        var operations: [WriteOperation: Operation] = [:]
        for (operation, description) in sink.operations {
            operations[operation] = Operation(
                description: description,
                ability: WriteAbility(
                    maximumRecords: max(1, scope.integer(description.maximumRecords) ?? 1),
                    maximumBytes: description.maximumBytes,
                    isRepeatable: description.isRepeatable,
                    isPartial: description.isPartial,
                    settlesWithin: description.settlesWithin,
                    identifiesByMatch: isIdentifiedByMatch,
                    givesNewIdentifiers: operation == .create && !description.isRepeatable
                        && description.result?.isNew == true,
                    isKeyed: description.isKeyed && description.isRepeatable,
                    needsRecordKeys: description.namesRecords || operation == .create && sink.identifier != nil,
                    requestsPerSecond: service.requestsPerSecond(description.request)
                ),
                body: try WriteBody(description, fields: fields, scope: scope),
                rules: FieldRules(description.fieldRules, fields: fields, operation: operation),
                namesRecords: description.result == nil || !description.isList
                    || description.items.flatMap(\.references)
                        .contains { $0.scope == .record && $0.path == ["id"] }
            )
        }
        self.operations = operations
        registry = sink.fields.flatMap { FieldRegistry(service: service, description: $0, fields: fields) }
    }

    func ability(for operation: WriteOperation) -> WriteAbility? {
        operations[operation]?.ability
    }

    func identifiers(of recordKeys: PackedStrings) -> PackedStrings? {
        guard let identifier else { return nil }
        return PackedStrings(
            (0..<recordKeys.count).lazy.map { row in
                identifier.before + recordKeys.withBytes(at: row, RecordUUID.text) + identifier.after
            }
        )
    }

    func refusals(of batch: WriteBatch) -> [Int: String] {
        var records = batch.records
        return operations[batch.operation]?.rules.apply(to: &records) ?? [:]
    }

    func preparations(for batch: WriteBatch) async throws -> [String] {
        guard let registry, batch.operation != .delete else { return [] }
        return try await registry.missing(for: batch.records).map { field in
            "the service would be given the field '\(field.name)' (\(field.type))"
        }
    }

    func written(_ batch: WriteBatch) -> WriteBatch {
        // Rules leave records out.
        guard let operation = operations[batch.operation], operation.body.isSettled, operation.description.isList,
            !operation.rules.areAny,
            let body = operation.body.bytes(
                of: batch,
                ids: ids(of: batch, for: operation),
                scope: TemplateScope(settings: service.settings)
            )
        else { return batch }
        return batch.written(as: body)
    }

    func write(_ batch: WriteBatch) async throws -> [WriteResult] {
        if let registry, batch.operation != .delete { try await registry.make(for: batch.records) }
        guard let rules = operations[batch.operation]?.rules, rules.areAny else { return try await send(batch) }
        var batch = batch
        let refusals = rules.apply(to: &batch.records)
        guard !refusals.isEmpty else { return try await send(batch) }
        let kept = (0..<batch.count).filter { refusals[$0] == nil }
        var sent: [WriteResult] = []
        if !kept.isEmpty { sent = try await send(batch.selecting(kept)) }
        var results = sent.makeIterator()
        return (0..<batch.count).compactMap { row in refusals[row].map { .refused($0) } ?? results.next() }
    }

    /// Makes one request, and another one where the service has had this one's key already.
    ///
    /// For a request that is the whole batch, that settles it. Where a batch has many records, the refusal may be of one
    /// of them: it is sent again under another key, which does no harm, and the answer to that one counts.
    private func send(_ batch: WriteBatch) async throws -> [WriteResult] {
        if let results = try await exchange(batch) { return results }
        var again = batch
        again.idempotencyKey = "\(batch.idempotencyKey)-\(batch.attempt)"
        again.mayHaveLanded = false
        return try await exchange(again) ?? []
    }

    /// Makes one request.
    ///
    /// - Returns: `nil` when the service says that it has had the batch's key, and that settles nothing.
    private func exchange(_ batch: WriteBatch) async throws -> [WriteResult]? {
        guard let operation = operations[batch.operation] else {
            throw SyncFailure(
                .config,
                .syncDirectionUnsupported,
                "the service takes no \(batch.operation.rawValue)s of this resource"
            )
        }
        let description = operation.description
        var scope = TemplateScope(settings: service.settings)
        scope.batch = [
            "id": .string(batch.idempotencyKey),
            "attempt": .integer(batch.attempt),
            "time": .string(service.text(of: nil)),
            "made": .string(service.text(of: batch.madeAt)),
        ]
        let ids = ids(of: batch, for: operation)
        if !description.isList { scope.record = ["id": .string(ids[0])] }
        do {
            let response = try await service.send(
                description.request,
                scope: scope,
                body: batch.body ?? operation.body.bytes(of: batch, ids: ids, scope: scope),
                isWrite: true,
                goneStatuses: description.goneStatuses,
                doneStatuses: batch.mayHaveLanded ? description.repeatedStatuses : []
            )
            // What an earlier attempt was answered is not known, and its answer does not come again.
            let isRepeated = description.repeatedStatuses.contains(response.status)
            if isRepeated, description.isList, batch.mayHaveLanded { return nil }
            return try results(of: isRepeated ? nil : response.body, for: batch, ids: ids, as: description)
        } catch let failure as SyncFailure where failure.kind == .gone && batch.count == 1 {
            return [.gone]
        }
    }

    /// What stands for the records' identifiers in a request.
    private func ids(of batch: WriteBatch, for operation: Operation) -> PackedStrings {
        batch.operation == .create && operation.namesRecords ? names(of: batch) : batch.remoteIDs
    }

    /// What records are called that are to be made.
    ///
    /// That is what the description says, their natural key, or the UUID that they are sent with. One that has neither is called by the batch's
    /// key, as no other record will be.
    private func names(of batch: WriteBatch) -> PackedStrings {
        if let names = identifiers(of: batch.recordKeys), names.count == batch.count { return names }
        return PackedStrings(
            (0..<batch.count).lazy.map { row in
                let key = matchColumn.map { batch.records.string(of: batch.records[row, $0]) } ?? ""
                guard key.isEmpty else { return key }
                if row < batch.recordKeys.count { return batch.recordKeys.withBytes(at: row, RecordUUID.text) }
                return batch.count == 1 ? batch.idempotencyKey : "\(batch.idempotencyKey)-\(row)"
            }
        )
    }

    // MARK: Results

    /// What became of the records.
    ///
    /// - Parameters:
    ///   - body: the answer; `nil` for one that says nothing of the records.
    ///   - ids: what they are called where the answer does not say.
    private func results(
        of body: [UInt8]?,
        for batch: WriteBatch,
        ids: PackedStrings,
        as description: WriteDescription
    ) throws -> [WriteResult] {
        if let body, let verdicts = description.verdicts, !batch.recordKeys.isEmpty {
            return try self.verdicts(verdicts, in: body, for: batch, ids: ids)
        }
        guard let body, let result = description.result else {
            return (0..<batch.count).map { .accepted(remoteID: ids[$0]) }
        }
        guard description.isList else { return [.accepted(remoteID: try identifier(in: body, at: result.id))] }
        // What stands at the natural key is all that is looked at besides the identifier.
        let reader = PageReader(
            records: result.records,
            id: result.id,
            hashed: match.map { result.matchRoot.appending($0) } ?? result.matchRoot,
            maximumDepth: service.maximumDepth
        )
        let index: PageIndex
        do throws(JSONFailure) {
            index = try reader.index(body)
        } catch {
            throw service.contractFailure(error, of: body, effect: .unknown)
        }
        if let byMatch = try resultsByMatch(index, for: batch) { return byMatch }
        guard index.ids.count == batch.count else {
            throw SyncFailure(
                .contract,
                .contractResultMismatch,
                "\(batch.count) records were sent and \(index.ids.count) acknowledged, without saying which",
                hint: "map the resource's natural key, so that records can be told apart",
                effect: .unknown
            )
        }
        return (0..<batch.count).map { .accepted(remoteID: index.ids[$0]) }
    }

    /// What became of the records, by their UUIDs.
    ///
    /// One of which the answer says nothing is sent again: the service knows it then.
    private func verdicts(
        _ verdicts: VerdictsDescription,
        in body: [UInt8],
        for batch: WriteBatch,
        ids: PackedStrings
    ) throws -> [WriteResult] {
        let answer: JSONValue
        do throws(JSONFailure) {
            answer = try JSONValue(parsing: body, maximumDepth: service.maximumDepth)
        } catch {
            throw service.contractFailure(error, of: body, effect: .unknown)
        }
        guard case .object(let members)? = answer.value(at: verdicts.place) else {
            throw service.contractFailure(
                JSONFailure(message: "it has no verdicts at '\(verdicts.place)'", offset: 0),
                of: body,
                effect: .unknown
            )
        }
        let told = Dictionary(members.map { ($0.key.lowercased(), $0.value) }, uniquingKeysWith: { $1 })
        let scrubber = service.scrubber
        return (0..<batch.count).map { row in
            guard let member = told[batch.recordKeys.withBytes(at: row, RecordUUID.text)] else {
                return .again("the service does not say what became of it")
            }
            let word = member.value(at: verdicts.verdict)?.string ?? ""
            let reason = verdicts.reasons.lazy.compactMap { member.value(at: $0)?.string }.first
            let text = String(decoding: scrubber.scrub(Array((reason ?? word).utf8)[...]), as: UTF8.self)
            if verdicts.refused.contains(word) { return .refused(text) }
            return verdicts.again.contains(word) ? .again(text) : .accepted(remoteID: ids[row])
        }
    }

    /// The identifier in the answer to a request that carried one record.
    private func identifier(in body: [UInt8], at path: FieldPath) throws -> String {
        let found: JSONValue?
        do throws(JSONFailure) {
            found = try JSONValue(parsing: body, maximumDepth: service.maximumDepth).value(at: path)
        } catch {
            throw service.contractFailure(error, of: body, effect: .unknown)
        }
        switch found {
        case .string(let text)? where !text.isEmpty: return text
        case .number(let literal)?: return literal
        default:
            throw service.contractFailure(
                JSONFailure(message: "it has no identifier at '\(path)'", offset: 0),
                of: body,
                effect: .unknown
            )
        }
    }

    /// The results by natural key; `nil` when the answer does not hold it, so that only the order can tell.
    private func resultsByMatch(_ index: PageIndex, for batch: WriteBatch) throws -> [WriteResult]? {
        // A record that has nothing there is hashed whole.
        guard match != nil, let matchColumn, !index.records.isEmpty,
            !zip(index.hashed, index.records).contains(where: ==)
        else { return nil }
        let answered: RecordBatch
        do throws(JSONFailure) {
            answered = try RecordProjection([.root]).extract(index.hashed, from: index.page).batch
        } catch {
            throw service.contractFailure(error, of: index.page, effect: .unknown)
        }
        guard answered.cells.allSatisfy({ $0.kind != .missing && $0.kind != .null }) else { return nil }
        let keys = (0..<answered.count).map { RecordImage.hash(answered[$0, 0], of: answered) }
        let sent = (0..<batch.count).map { RecordImage.hash(batch.records[$0, matchColumn], of: batch.records) }
        // As nearly all services answer.
        if keys == sent { return sent.indices.map { .accepted(remoteID: index.ids[$0]) } }
        var answers: [UInt64: [Int]] = [:]
        for row in keys.indices.reversed() { answers[keys[row], default: []].append(row) }
        return try sent.map { key in
            // Each answered record stands for one that was sent, and for no more.
            guard let found = answers[key]?.popLast() else {
                throw SyncFailure(
                    .contract,
                    .contractResultMismatch,
                    "the service did not acknowledge a record that was sent, and did not refuse it",
                    hint: "run the job again: what landed is found by its natural key",
                    effect: .unknown
                )
            }
            return .accepted(remoteID: index.ids[found])
        }
    }
}
