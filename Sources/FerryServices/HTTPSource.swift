import FerryCore
import FerryHTTP
import FerryJSON

/// Reads a resource page by page as its description says.
struct HTTPSource: RecordSource {
    private let service: HTTPService
    private let stream: StreamDescription
    private let match: FieldPath?
    private let reader: StreamReader
    private let projection: RecordProjection
    private let paginator: any Paginator
    private let cursor: StreamCursor?
    private let controls: RecordFields?
    private let whole: WholeReader?
    private let parts: PartReader?

    /// How many pages a search by natural key may take.
    private static let maximumSearchPages = 100

    init(service: HTTPService, stream: StreamDescription, fields: [FieldPath], match: FieldPath?) {
        self.service = service
        self.stream = stream
        self.match = match
        reader = StreamReader(service: service, stream: stream)
        projection = RecordProjection((fields + (match.map { [$0] } ?? [])).map { stream.root.appending($0) })
        let scope = TemplateScope(settings: service.settings)
        paginator = stream.pagination.paginator(in: scope, cursor: stream.cursor?.field)
        cursor = stream.streamCursor(in: scope)
        parts = PartReader(service: service, stream: stream, reader: reader, paginator: paginator)
        let paths = [stream.cursor?.field, stream.tombstone].compactMap(\.self)
        controls = paths.isEmpty ? nil : RecordFields(paths)
        whole = WholeReader(service: service, stream: stream, scope: scope)
    }

    var canList: Bool { stream.request != nil }
    var isComplete: Bool { canList && stream.scansBeforeDelete != nil }
    var scansBeforeDelete: Int { stream.scansBeforeDelete ?? 1 }
    var canFind: Bool { stream.find != nil && match != nil }

    var sweep: KeySweep? {
        guard let sweep = stream.sweep else { return nil }
        let keys = StreamDescription(
            request: sweep.request,
            records: sweep.records,
            id: sweep.id,
            pagination: sweep.pagination,
            total: sweep.total,
            scansBeforeDelete: scansBeforeDelete,
            tombstone: stream.tombstone
        )
        return KeySweep(
            source: HTTPSource(service: service, stream: keys, fields: [], match: nil),
            interval: sweep.interval
        )
    }

    func start(since text: String) -> PagePosition? {
        if let parts { return parts.start(since: text) }
        return cursor?.mark(text).map { StreamPosition(page: nil, scan: ScanState(since: $0)).position }
    }

    func page(at position: PagePosition?) async throws -> RemotePage {
        guard let request = stream.request else {
            throw SyncFailure(
                .config,
                .syncDirectionUnsupported,
                "the resource cannot be listed",
                hint: stream.unlistedReason
            )
        }
        if let parts { return try await page(of: parts, at: position) }
        guard cursor != nil || controls != nil else {
            // Most streams: the paginator's position is all there is to it.
            let place = position.flatMap { try? JSONValue(parsing: $0.rawValue) }
            let turn = try await turn(of: request, at: place, scope: scope)
            return page(
                of: turn,
                keeping: RecordTraits.distinct(turn),
                next: turn.next.map { PagePosition(rawValue: $0.serialized) }
            )
        }
        var place = StreamPosition(position)
        if place.page == nil { place.scan.began = service.now }
        var turn = try await turn(of: request, at: &place)
        if place.page == nil { place.scan.ceiling = turn.answer.time ?? place.scan.began }

        let traits = try traits(of: turn)
        var left = traits.distinct(turn)
        if let cursor {
            let rows = left.map { traits.rows[$0] }
            let given = cursor.take(rows, into: &place.scan) { [left] in turn.answer.index.digest(of: left[$0]) }
            if place.isWhole != true, cursor.hasReachedPresent(rows, place.scan) {
                turn.next = nil
                turn.isConclusive = false
            }
            if !given.isEmpty { left = left.indices.filter { !given.contains($0) }.map { left[$0] } }
        }
        place.page = turn.next
        let living = left.filter { !traits.isTombstone[$0] }
        var page = page(of: turn, keeping: living, next: turn.next == nil ? nil : place.position)
        if living.count < left.count {
            page.tombstones = turn.answer.index.ids.selecting(left.filter { traits.isTombstone[$0] })
        }
        // Read as a whole, records come in no order: until the end nothing is known of what has been seen.
        if place.isWhole != true || turn.next == nil {
            page.cursor = cursor?.text(after: place.scan, isLast: turn.next == nil)
        }
        return page
    }

    /// Reads the page at a place, or all at once where that is possible.
    private func turn(of request: RequestTemplate, at place: inout StreamPosition) async throws -> PageTurn {
        if let whole, place.isWhole ?? (place.scan.since == nil) {
            place.isWhole = true
            return try await whole.turn(at: place.page)
        }
        var scope = scope
        let lowest = cursor?.lowest(since: place.scan.since)
        scope.cursor["value"] = lowest
        return try await turn(of: request, at: place.page, from: lowest, scope: scope)
    }

    /// A page of a stream that is read part by part.
    private func page(of parts: PartReader, at position: PagePosition?) async throws -> RemotePage {
        let step: PartReader.Step
        do {
            step = try await parts.step(at: position)
        } catch let failure as JSONFailure {
            throw service.contractFailure(failure, of: [])
        }
        var page: RemotePage
        if let turn = step.turn {
            let traits = try traits(of: turn)
            let left = traits.distinct(turn)
            let living = left.filter { !traits.isTombstone[$0] }
            page = self.page(of: turn, keeping: living, next: step.next)
            page.tombstones = turn.answer.index.ids.selecting(left.filter { traits.isTombstone[$0] })
        } else {
            page = RemotePage(ids: PackedStrings(), hashes: [], next: step.next) { _ in
                ExtractedValues(records: RecordBatch(columnCount: 0))
            }
        }
        page.slice = step.slice
        page.resume = step.resume
        page.cursor = step.cursor
        page.isConclusive = step.isConclusive
        page.shortfalls = step.shortfalls
        page.notes = step.notes
        // How many records a part or a day has says nothing of the whole.
        page.total = nil
        return page
    }

    func find(_ value: JSONValue) async throws -> RemotePage {
        guard let find = stream.find, let match else {
            throw SyncFailure(.config, .configUnsafeService, "the resource cannot be searched by a natural key")
        }
        var scope = scope
        let field = match.segments.last.map { segment in
            switch segment {
            case .name(let name): name
            case .index(let index): String(index)
            }
        }
        scope.match = ["field": .string(field ?? ""), "value": value]
        var position: JSONValue?
        for _ in 0..<Self.maximumSearchPages {
            let turn = try await turn(of: find, at: position, scope: scope)
            let traits = try traits(of: turn)
            let living = traits.distinct(turn).filter { !traits.isTombstone[$0] }
            let found = try page(of: turn, keeping: living, having: value)
            // The service may search by substring: go on until the very value is there.
            guard found.count == 0, let next = turn.next else { return found }
            position = next
        }
        throw SyncFailure(
            .contract,
            .recordAmbiguous,
            "too many records match the natural key \(value.compactText) in part for the exact one to be found",
            hint: "choose a natural key whose values do not contain each other"
        )
    }

    var canGet: Bool { stream.get != nil }

    func get(_ remoteID: String) async throws -> RemotePage {
        guard let get = stream.get else {
            throw SyncFailure(.config, .configUnsafeService, "the resource cannot be read record by record")
        }
        var scope = TemplateScope(settings: service.settings)
        scope.match = ["value": .string(remoteID)]
        let response: HTTPResponse
        do {
            response = try await service.send(get, scope: scope, body: nil, isWrite: false, goneStatuses: [404, 410])
        } catch let failure as SyncFailure where failure.kind == .gone {
            return RemotePage(ids: PackedStrings(), hashes: [], next: nil) { _ in
                ExtractedValues(records: RecordBatch(columnCount: 0))
            }
        }
        let index = try index(ofRecord: response.body)
        let turn = PageTurn(answer: PageAnswer(index: index, ids: []), kept: Array(index.records.indices), next: nil)
        let traits = try traits(of: turn)
        // One that is deleted, but still answers, is gone all the same.
        return page(of: turn, keeping: turn.kept.filter { !traits.isTombstone[$0] }, next: nil)
    }

    /// Finds the one record of an answer: the document itself, or the only one in a list of records.
    private func index(ofRecord body: [UInt8]) throws -> PageIndex {
        let single = PageReader(records: [.root], id: stream.id, hashed: stream.root)
        do throws(JSONFailure) {
            return try single.index([UInt8(ascii: "[")] + body + [UInt8(ascii: "]")])
        } catch {
            do throws(JSONFailure) {
                return try reader.pages.index(body)
            } catch let failure {
                // Where pages have a list, an answer of one record may have the record itself.
                guard let record = enveloped(in: body), let index = try? single.index(record) else {
                    throw service.contractFailure(failure, of: body)
                }
                return index
            }
        }
    }

    /// A list of the one object that stands where pages have their records.
    private func enveloped(in body: [UInt8]) -> [UInt8]? {
        guard let document = try? JSONValue(parsing: body, maximumDepth: service.maximumDepth) else { return nil }
        for path in stream.records {
            guard let value = document.value(at: path), case .object = value else { continue }
            return Array(JSONValue.array([value]).serialized.utf8)
        }
        return nil
    }

    // MARK: Pages

    private var scope: TemplateScope { TemplateScope(settings: service.settings) }

    private func turn(
        of request: RequestTemplate,
        at position: JSONValue?,
        from lowest: JSONValue? = nil,
        scope: TemplateScope
    ) async throws -> PageTurn {
        do {
            return try await paginator.turn(at: position, from: lowest) { query in
                try await reader.read(request, query, scope: scope)
            }
        } catch let failure as JSONFailure {
            throw service.contractFailure(failure, of: [])
        }
    }

    private func traits(of turn: PageTurn) throws -> RecordTraits {
        do throws(JSONFailure) {
            return try RecordTraits(of: turn, fields: controls, stream: stream, cursor: cursor)
        } catch {
            throw service.contractFailure(error, of: turn.answer.index.page)
        }
    }

    /// The records of a page whose natural key has exactly the value.
    private func page(of turn: PageTurn, keeping kept: [Int], having value: JSONValue) throws -> RemotePage {
        let records = try page(of: turn, keeping: kept, next: nil).extract(Array(kept.indices)).records
        let exact = kept.indices.filter { row in
            let cell = records[row, records.columnCount - 1]
            switch (value, cell.kind) {
            case (.string(let text), .string): return records.string(of: cell).utf8.elementsEqual(text.utf8)
            case (.number(let literal), .number): return CanonicalNumber.areEqual(records.string(of: cell), literal)
            case (.bool, .true), (.bool, .false): return records.string(of: cell) == value.compactText
            default: return false
            }
        }
        return page(of: turn, keeping: exact.map { kept[$0] }, next: nil)
    }

    private func page(of turn: PageTurn, keeping kept: [Int], next: PagePosition?) -> RemotePage {
        let index = turn.answer.index
        let isWhole = kept.count == index.records.count
        var page = RemotePage(
            ids: isWhole ? index.ids : index.ids.selecting(kept),
            hashes: kept.map { index.hash(at: $0, seed: 0) },
            next: next,
            total: turn.answer.total ?? turn.answer.estimate,
            extract: { [projection, service] wanted in
                do throws(JSONFailure) {
                    let records = try projection.extract(wanted.map { index.records[kept[$0]] }, from: index.page)
                    return ExtractedValues(records: records.batch, problems: records.problems)
                } catch {
                    throw service.contractFailure(error, of: index.page)
                }
            }
        )
        page.isConclusive = turn.isConclusive
        page.size = index.page.count
        return page
    }
}
