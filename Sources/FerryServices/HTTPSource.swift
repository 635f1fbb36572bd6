import FerryCore
import FerryHTTP
import FerryJSON

/// Reads a resource page by page as its description says.
struct HTTPSource: RecordSource {
    private let service: HTTPService
    private let stream: StreamDescription
    private let match: FieldPath?
    private let reader: PageReader
    private let projection: RecordProjection
    private let paginator: OffsetPaginator?

    /// How many pages a search by natural key may take.
    private static let maximumSearchPages = 100

    init(service: HTTPService, stream: StreamDescription, fields: [FieldPath], match: FieldPath?) {
        self.service = service
        self.stream = stream
        self.match = match
        reader = PageReader(
            records: stream.records,
            id: stream.id,
            hashed: stream.root,
            maximumDepth: service.maximumDepth
        )
        projection = RecordProjection((fields + (match.map { [$0] } ?? [])).map { stream.root.appending($0) })
        switch stream.pagination {
        case .none: paginator = nil
        case .offset(let size):
            paginator = OffsetPaginator(size: TemplateScope(settings: service.settings).integer(size) ?? 100)
        }
    }

    var isComplete: Bool { stream.scansBeforeDelete != nil }
    var scansBeforeDelete: Int { stream.scansBeforeDelete ?? 1 }
    var canFind: Bool { stream.find != nil && match != nil }

    func page(at position: PagePosition?) async throws -> RemotePage {
        var scope = TemplateScope(settings: service.settings)
        guard let paginator else {
            let index = try await read(stream.request, scope: scope)
            return page(of: index, keeping: Array(0..<index.records.count), next: nil)
        }
        let place = position.map { OffsetPosition(text: $0.rawValue) } ?? OffsetPosition()
        let (index, outcome) = try await page(of: stream.request, at: place, by: paginator, scope: &scope)
        return page(of: index, keeping: outcome.kept, next: outcome.next.map { PagePosition(rawValue: $0.text) })
    }

    func find(_ value: JSONValue) async throws -> RemotePage {
        guard let find = stream.find, let match else {
            throw SyncFailure(.config, .configUnsafeService, "the resource cannot be searched by a natural key")
        }
        var scope = TemplateScope(settings: service.settings)
        let field = match.segments.last.map { segment in
            switch segment {
            case .name(let name): name
            case .index(let index): String(index)
            }
        }
        scope.match = ["field": .string(field ?? ""), "value": value]
        guard let paginator else {
            let index = try await read(find, scope: scope)
            return try page(of: index, keeping: Array(0..<index.records.count), having: value)
        }
        var position = OffsetPosition()
        for _ in 0..<Self.maximumSearchPages {
            let (index, outcome) = try await page(of: find, at: position, by: paginator, scope: &scope)
            let found = try page(of: index, keeping: outcome.kept, having: value)
            // The service may search by substring: go on until the very value is there.
            guard found.count == 0, let next = outcome.next else { return found }
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
        return page(of: index, keeping: Array(0..<index.records.count), next: nil)
    }

    /// Finds the one record of an answer: the document itself, or the only one in a list of records.
    private func index(ofRecord body: [UInt8]) throws -> PageIndex {
        let single = PageReader(records: [.root], id: stream.id, hashed: stream.root)
        do throws(JSONFailure) {
            return try single.index([UInt8(ascii: "[")] + body + [UInt8(ascii: "]")])
        } catch {
            do throws(JSONFailure) {
                return try reader.index(body)
            } catch {
                throw service.contractFailure(error, of: body)
            }
        }
    }

    private func page(
        of request: RequestTemplate,
        at position: OffsetPosition,
        by paginator: OffsetPaginator,
        scope: inout TemplateScope
    ) async throws -> (PageIndex, OffsetPaginator.Outcome) {
        scope.page = ["offset": .integer(paginator.skip(position)), "size": .integer(paginator.size)]
        let index = try await read(request, scope: scope)
        return (index, try paginator.outcome(of: Self.hashes(of: index.ids), at: position))
    }

    /// Those of the records of a page whose natural key has exactly the value.
    private func page(of index: PageIndex, keeping kept: [Int], having value: JSONValue) throws -> RemotePage {
        let records = try page(of: index, keeping: kept, next: nil).extract(Array(kept.indices)).records
        let exact = kept.indices.filter { row in
            let cell = records[row, records.columnCount - 1]
            switch (value, cell.kind) {
            case (.string(let text), .string): return records.string(of: cell).utf8.elementsEqual(text.utf8)
            case (.number(let literal), .number): return CanonicalNumber.areEqual(records.string(of: cell), literal)
            case (.bool, .true), (.bool, .false): return records.string(of: cell) == value.compactText
            default: return false
            }
        }
        return page(of: index, keeping: exact.map { kept[$0] }, next: nil)
    }

    private func read(_ request: RequestTemplate, scope: TemplateScope) async throws -> PageIndex {
        let response = try await service.send(request, scope: scope, body: nil, isWrite: false)
        do throws(JSONFailure) {
            return try reader.index(response.body)
        } catch {
            throw service.contractFailure(error, of: response.body)
        }
    }

    private func page(of index: PageIndex, keeping kept: [Int], next: PagePosition?) -> RemotePage {
        let isWhole = kept.count == index.records.count
        return RemotePage(
            ids: isWhole ? index.ids : index.ids.selecting(kept),
            hashes: kept.map { index.hash(at: $0, seed: 0) },
            next: next,
            extract: { [projection, service] wanted in
                do throws(JSONFailure) {
                    let records = try projection.extract(wanted.map { index.records[kept[$0]] }, from: index.page)
                    return ExtractedValues(records: records.batch, problems: records.problems)
                } catch {
                    throw service.contractFailure(error, of: index.page)
                }
            }
        )
    }

    private static func hashes(of ids: PackedStrings) -> [UInt64] {
        (0..<ids.count).map { index in ids.withBytes(at: index) { RecordHash.of($0).low } }
    }
}
