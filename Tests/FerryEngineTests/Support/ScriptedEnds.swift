import FerryCore
import Synchronization

/// Reads the table of ``ScriptedService`` slice by slice, each to an empty page.
struct SlicedSource: RecordSource {
    let inner: ScriptedSource

    var isComplete: Bool { false }
    var scansBeforeDelete: Int { 1 }
    var canFind: Bool { false }
    func find(_ value: JSONValue) async throws -> RemotePage { try await inner.find(value) }

    func page(at position: PagePosition?) async throws -> RemotePage {
        try Task.checkCancellation()
        let service = inner.service
        let (hook, number) = service.state.withLock { state in
            state.pages += 1
            state.log.append(LoggedRequest(kind: .page))
            return (state.beforePage, state.pages)
        }
        try hook?(number)
        let parts = (position?.rawValue ?? "0 0").split(separator: " ").compactMap { Int($0) }
        let prefix = service.traits.slices[parts[0]]
        let following: PagePosition? =
            parts[0] + 1 < service.traits.slices.count ? PagePosition(rawValue: "\(parts[0] + 1) 0") : nil
        let (all, isRefused) = service.state.withLock { state in
            (state.table.records.filter { $0.id.hasPrefix(prefix) }, state.refusedSlices.contains(prefix))
        }
        if isRefused {
            var page = inner.page(of: [], next: following, total: nil)
            page.shortfalls = [
                JobShortfall(part: prefix, SyncFailure(.part, .serviceRefused, "not yours", hint: "ask for it"))
            ]
            page.notes = ["'\(prefix)' was left out"]
            return page
        }
        let records = Array(all.dropFirst(parts[1]).prefix(service.traits.pageSize))
        guard !records.isEmpty else {
            var page = inner.page(of: [], next: following, total: nil)
            page.slice = RemoteSlice(prefix: prefix, isEnd: true)
            return page
        }
        var page = inner.page(
            of: records,
            next: PagePosition(rawValue: "\(parts[0]) \(parts[1] + records.count)"),
            total: nil
        )
        page.slice = RemoteSlice(prefix: prefix, isEnd: false)
        page.resume = PagePosition(rawValue: "\(parts[0]) 0")
        return page
    }
}

/// The reading side of ``ScriptedService``.
struct ScriptedSource: RecordSource {
    let service: ScriptedService
    let fields: [FieldPath]

    var isComplete: Bool { service.traits.isComplete }
    var scansBeforeDelete: Int { service.traits.scansBeforeDelete }
    var canFind: Bool { service.traits.canFind }
    var sweep: KeySweep? { service.traits.sweepInterval.map { KeySweep(source: self, interval: $0) } }

    func start(since cursor: String) -> PagePosition? {
        service.traits.hasCursor ? PagePosition(rawValue: cursor) : nil
    }

    func page(at position: PagePosition?) async throws -> RemotePage {
        try Task.checkCancellation()
        let (hook, number) = service.state.withLock { state in
            state.pages += 1
            state.log.append(LoggedRequest(kind: .page))
            return (state.beforePage, state.pages)
        }
        try hook?(number)
        let (all, isTotalKnown) = service.state.withLock { ($0.table.records, $0.isTotalKnown) }
        let start = position.flatMap { Int($0.rawValue) } ?? 0
        let records = Array(all.dropFirst(start).prefix(service.traits.pageSize))
        let end = start + records.count
        let tombstone = service.traits.tombstone ?? ""
        var page = page(
            of: records.filter { $0[tombstone] == nil },
            next: end < all.count ? PagePosition(rawValue: "\(end)") : nil,
            total: isTotalKnown ? all.count : nil
        )
        page.tombstones = PackedStrings(records.filter { $0[tombstone] != nil }.map(\.id))
        page.cursor = service.traits.hasCursor ? "\(end)" : nil
        page.isConclusive = service.traits.isConclusive
        return page
    }

    func find(_ value: JSONValue) async throws -> RemotePage {
        let match = service.traits.match ?? ""
        defer { service.state.withLock { $0.afterFind }?() }
        return service.state.withLock { state in
            state.log.append(LoggedRequest(kind: .find))
            // As services do, it searches by substring.
            let records = state.table.records.filter { record in
                record[match].map { $0 == value || ($0.string ?? "").contains(value.string ?? "\0") } ?? false
            }
            return page(of: records, next: nil, total: nil)
        }
    }

    fileprivate func page(of records: [RemoteTable.Record], next: PagePosition?, total: Int?) -> RemotePage {
        let fields = fields
        return RemotePage(
            ids: PackedStrings(records.map(\.id)),
            hashes: records.map { Array($0.text.utf8).withUnsafeBytes { RecordHash.of($0) } },
            next: next,
            total: total
        ) { indices in ScriptedService.values(indices.map { records[$0] }, at: fields) }
    }
}

/// The writing side of ``ScriptedService``.
struct ScriptedSink: RecordSink {
    let service: ScriptedService
    let fields: [FieldPath]

    func ability(for operation: WriteOperation) -> WriteAbility? {
        let traits = service.traits
        guard traits.operations.contains(operation) else { return nil }
        return WriteAbility(
            maximumRecords: traits.batchSize,
            maximumBytes: traits.batchBytes,
            isRepeatable: operation != .create || traits.createIsRepeatable || traits.createIsUpsert,
            isPartial: traits.isPartial,
            settlesWithin: traits.settlesWithin,
            givesNewIdentifiers: operation == .create && !traits.createIsRepeatable && !traits.createIsUpsert
        )
    }

    func write(_ batch: WriteBatch) async throws -> [WriteResult] {
        try Task.checkCancellation()
        let request = logged(batch)
        let (number, fault, hook) = service.state.withLock { state in
            state.writes += 1
            state.log.append(request)
            return (state.writes, state.writeFault?(state.writes, request), state.afterWrite)
        }
        switch fault {
        case .fails(let failure, let landing):
            _ = try? apply(request, count: landing)
            throw failure
        case .dies(let landing):
            _ = try? apply(request, count: landing)
            throw CancellationError()
        case .miscounts:
            return Array(try apply(request, count: batch.count).dropLast())
        case nil:
            let results = try apply(request, count: batch.count)
            hook?(number)
            return results
        }
    }

    private func logged(_ batch: WriteBatch) -> LoggedRequest {
        var request = LoggedRequest(kind: .write(batch.operation))
        request.remoteIDs = batch.remoteIDs.strings
        request.idempotencyKey = batch.idempotencyKey
        guard batch.operation != .delete else { return request }
        for row in 0..<batch.records.count {
            var record: [String: JSONValue] = [:]
            for (column, field) in fields.enumerated() {
                let cell = batch.records[row, column]
                let text = batch.records.string(of: cell)
                switch cell.kind {
                case .missing: continue
                case .null: record[field.description] = .null
                case .true, .false: record[field.description] = .bool(cell.kind == .true)
                case .number: record[field.description] = .number(text)
                case .string, .json: record[field.description] = .string(text)
                }
            }
            request.records.append(record)
        }
        return request
    }

    /// Writes the first `count` records, all or none: refuses as a service does that checks before it writes.
    private func apply(_ request: LoggedRequest, count: Int) throws -> [WriteResult] {
        guard case .write(let operation) = request.kind else { return [] }
        return try service.state.withLock { state in
            if !service.traits.refusesRows {
                for record in request.records {
                    guard let reason = refusal(of: record, request, state.table) else { continue }
                    throw SyncFailure(.record, .serviceRefused, reason)
                }
            }
            switch operation {
            case .create:
                return request.records.prefix(count).map { record in
                    if let reason = refusal(of: record, request, state.table) { return .refused(reason) }
                    if service.traits.createIsUpsert, let match = service.traits.match, let value = record[match],
                        let twin = state.table.with(match, value).first
                    {
                        for (key, value) in record { state.table.change(twin.id, key, to: value) }
                        return .accepted(remoteID: twin.id)
                    }
                    let members = fields.compactMap { field in
                        record[field.description].map { (key: field.description, value: $0) }
                    }
                    return .accepted(remoteID: state.table.insert(members))
                }
            case .update:
                return zip(request.remoteIDs, request.records).prefix(count).map { id, record in
                    guard state.table[id] != nil else { return .gone }
                    for (key, value) in record { state.table.change(id, key, to: value) }
                    return .accepted(remoteID: id)
                }
            case .delete:
                return request.remoteIDs.prefix(count).map { id in
                    guard state.table[id] != nil else { return .gone }
                    state.table.remove(id)
                    return .accepted(remoteID: id)
                }
            }
        }
    }

    /// Why a record is refused; `nil` if it is not.
    private func refusal(
        of record: [String: JSONValue],
        _ request: LoggedRequest,
        _ table: RemoteTable
    ) -> String? {
        if let name = record["name"]?.string, name.hasPrefix("bad") {
            return "row \(record["sku"]?.string ?? ""): '\(name)' is bad"
        }
        guard request.kind == .write(.create), service.traits.isUnique, !service.traits.createIsUpsert,
            let match = service.traits.match, let value = record[match], !table.with(match, value).isEmpty
        else { return nil }
        return "duplicate key \(value.compactText)"
    }
}
