import FerryCore
import FerryHTTP
import FerryJSON

/// Writes to a resource as its description says: one request a batch.
struct HTTPSink: RecordSink {
    private struct Operation: Sendable {
        let description: WriteDescription
        let ability: WriteAbility
        let body: BatchBodyWriter
    }

    private let service: HTTPService
    private let match: FieldPath?
    private let matchColumn: Int?
    private let operations: [WriteOperation: Operation]

    init(service: HTTPService, sink: SinkDescription, fields: [FieldPath], match: FieldPath?) throws {
        self.service = service
        self.match = match
        matchColumn = match.flatMap { fields.firstIndex(of: $0) }
        let scope = TemplateScope(settings: service.settings)
        var operations: [WriteOperation: Operation] = [:]
        for (operation, description) in sink.operations {
            operations[operation] = Operation(
                description: description,
                ability: WriteAbility(
                    maximumRecords: max(1, scope.integer(description.maximumRecords) ?? 1),
                    maximumBytes: description.maximumBytes,
                    isRepeatable: description.isRepeatable,
                    isPartial: description.isPartial,
                    settlesWithin: description.settlesWithin
                ),
                body: try BatchBodyWriter(description, fields: fields, scope: scope)
            )
        }
        self.operations = operations
    }

    func ability(for operation: WriteOperation) -> WriteAbility? {
        operations[operation]?.ability
    }

    func write(_ batch: WriteBatch) async throws -> [WriteResult] {
        guard let operation = operations[batch.operation] else {
            throw SyncFailure(
                .config,
                .syncDirectionUnsupported,
                "the service takes no \(batch.operation.rawValue)s of this resource"
            )
        }
        var scope = TemplateScope(settings: service.settings)
        scope.batch = ["id": .string(batch.idempotencyKey), "attempt": .integer(batch.attempt)]
        let body = operation.body.body(of: batch)
        do {
            let response = try await service.send(
                operation.description.request,
                scope: scope,
                body: body,
                isWrite: true,
                goneStatuses: operation.description.goneStatuses
            )
            return try results(of: response.body, for: batch, as: operation.description)
        } catch let failure as SyncFailure where failure.kind == .gone && batch.count == 1 {
            return [.gone]
        }
    }

    // MARK: Results

    private func results(
        of body: [UInt8],
        for batch: WriteBatch,
        as description: WriteDescription
    ) throws -> [WriteResult] {
        guard let result = description.result else {
            return (0..<batch.count).map { .accepted(remoteID: batch.remoteIDs[$0]) }
        }
        let reader = PageReader(
            records: result.records,
            id: result.id,
            hashed: result.matchRoot,
            maximumDepth: service.maximumDepth
        )
        let index: PageIndex
        do throws(JSONFailure) {
            index = try reader.index(body)
        } catch {
            throw service.contractFailure(error, of: body, effect: .unknown)
        }
        if let byMatch = try resultsByMatch(index, for: batch, as: result) { return byMatch }
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

    /// The results by natural key; `nil` when the answer does not hold it, so that only the order can tell.
    private func resultsByMatch(
        _ index: PageIndex,
        for batch: WriteBatch,
        as result: ResultDescription
    ) throws -> [WriteResult]? {
        guard let match, let matchColumn, !index.records.isEmpty else { return nil }
        let answered: RecordBatch
        do throws(JSONFailure) {
            answered = try RecordProjection([result.matchRoot.appending(match)])
                .extract(index.records, from: index.page).batch
        } catch {
            throw service.contractFailure(error, of: index.page, effect: .unknown)
        }
        var answers: [UInt64: [Int]] = [:]
        for row in (0..<answered.count).reversed() {
            guard answered[row, 0].kind != .missing, answered[row, 0].kind != .null else { return nil }
            answers[RecordImage.hash(answered[row, 0], of: answered), default: []].append(row)
        }
        return try (0..<batch.count).map { row in
            // Each answered record stands for one that was sent, and for no more.
            let key = RecordImage.hash(batch.records[row, matchColumn], of: batch.records)
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

/// Writes a batch's body: the description's item for each record, in an array at its place.
struct BatchBodyWriter: Sendable {
    /// A part of an item.
    private enum Part: Sendable {
        case text([UInt8])
        case fields
        case identifier
    }

    private let parts: [Part]
    private let before: [UInt8]
    private let after: [UInt8]
    private let writer: RecordWriter

    init(_ description: WriteDescription, fields: [FieldPath], scope: TemplateScope) throws {
        var parts: [Part] = []
        Self.compile(description.item, scope: scope, into: &parts)
        self.parts = parts
        var before = ""
        var after = ""
        for segment in description.into.segments {
            guard case .name(let name) = segment else { continue }
            before += "{\(JSONValue.string(name).serialized):"
            after += "}"
        }
        self.before = Array("\(before)[".utf8)
        self.after = Array("]\(after)".utf8)
        do throws(JSONFailure) {
            writer = try RecordWriter(fields)
        } catch {
            throw SyncFailure(
                .config,
                .configMappingConflict,
                "the mappings' targets cannot be written together: \(error.message)",
                hint: "see the mappings' 'target'"
            )
        }
    }

    func body(of batch: WriteBatch) -> [UInt8] {
        var body: [UInt8] = []
        body.reserveCapacity(batch.records.arena.count * 5 / 4 + batch.count * 64)
        body.append(contentsOf: before)
        for row in 0..<batch.count {
            if row > 0 { body.append(UInt8(ascii: ",")) }
            for part in parts {
                switch part {
                case .text(let text): body.append(contentsOf: text)
                case .fields: writer.write(row: row, of: batch.records, into: &body)
                case .identifier:
                    batch.remoteIDs.withBytes(at: row) { JSONText.appendString($0, into: &body) }
                }
            }
        }
        body.append(contentsOf: after)
        return body
    }

    private static func compile(_ item: JSONTemplate, scope: TemplateScope, into parts: inout [Part]) {
        switch item {
        case .literal(let value): parts.append(.text(Array(value.serialized.utf8)))
        case .template(let template):
            if case .reference(.record, let path)? = template.soleExpression {
                parts.append(path == ["id"] ? .identifier : .fields)
            } else {
                parts.append(.text(Array((scope.value(item) ?? .null).serialized.utf8)))
            }
        case .array(let elements):
            parts.append(.text([UInt8(ascii: "[")]))
            for (index, element) in elements.enumerated() {
                if index > 0 { parts.append(.text([UInt8(ascii: ",")])) }
                compile(element, scope: scope, into: &parts)
            }
            parts.append(.text([UInt8(ascii: "]")]))
        case .object(let members):
            parts.append(.text([UInt8(ascii: "{")]))
            for (index, member) in members.enumerated() {
                let key = JSONValue.string(member.key).serialized
                parts.append(.text(Array(((index > 0 ? "," : "") + key + ":").utf8)))
                compile(member.value, scope: scope, into: &parts)
            }
            parts.append(.text([UInt8(ascii: "}")]))
        }
    }
}
