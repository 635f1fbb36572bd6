import FerryCore
import FerryHTTP
import FerryJSON
import FoundationEssentials

/// Asks for one page of a stream, and reads from the answer what the stream's description points at.
struct StreamReader: Sendable {
    private let service: HTTPService
    /// Finds the records of an answer.
    let pages: PageReader
    /// Where the answer says what comes next.
    private let next: AnswerPlace?
    private let rows: RowObjects?
    private let formed: FormedRecords?
    private let nextColumn: Int?
    private let totalColumn: Int?
    private let estimateColumn: Int?
    private let movesRecords: Bool

    /// A reader of a stream's pages, or of the answers that have a document a line.
    init(service: HTTPService, stream: StreamDescription, whole: WholeDescription? = nil) {
        self.service = service
        next = (whole?.pagination ?? stream.pagination).next
        movesRecords = stream.cursor != nil
        var values: [FieldPath] = []
        if case .body(let path)? = next { values.append(whole == nil ? path : LineDocuments.other.appending(path)) }
        nextColumn = values.indices.last
        let total = whole == nil ? stream.total : nil
        if let total { values.append(total) }
        totalColumn = total == nil ? nil : values.indices.last
        let estimate = whole == nil ? stream.estimate : nil
        if let estimate { values.append(estimate) }
        estimateColumn = estimate == nil ? nil : values.indices.last
        rows =
            whole != nil
            ? nil : stream.rows.map { RowObjects($0, records: stream.records, maximumDepth: service.maximumDepth) }
        formed = stream.form.map { form in
            FormedRecords(
                form,
                of: stream,
                settings: TemplateScope(settings: service.settings),
                maximumDepth: service.maximumDepth
            )
        }
        pages = PageReader(
            records: whole == nil ? stream.records : [LineDocuments.records],
            id: stream.id,
            hashed: stream.root,
            values: values,
            maximumDepth: service.maximumDepth,
            mayOmitRecords: stream.mayOmitRecords
        )
    }

    /// What the identifiers of all records begin with that belong to the part and the day of a request.
    func prefix(in scope: TemplateScope) -> String { formed?.prefix(in: scope) ?? "" }

    /// Makes one request.
    ///
    /// - Throws: ``SyncFailure``.
    func read(_ request: RequestTemplate, _ query: PageQuery, scope: TemplateScope) async throws -> PageAnswer {
        var scope = scope
        scope.page = query.page
        var url = service.url(of: request, scope: scope)
        // The host stays the request's own, whatever a checkpoint holds.
        if let target = query.target, target.hasPrefix("/") { url = service.origin(of: request) + target }
        do {
            let response = try await service.send(
                request,
                to: url,
                scope: scope,
                body: nil,
                isWrite: false,
                goneStatuses: query.endStatuses
            )
            return try answer(in: response, from: url) { body in
                let page = try rows?.page(from: body) ?? body
                return try formed?.page(from: page, scope: scope) ?? page
            }
        } catch let failure as SyncFailure where failure.kind == .gone {
            return PageAnswer(index: PageIndex.empty, ids: [], url: url)
        }
    }

    /// What a response says.
    ///
    /// - Parameter page: makes a page of the response's body.
    /// - Throws: ``SyncFailure``.
    func answer(
        in response: HTTPResponse,
        from url: String,
        making page: ([UInt8]) throws -> [UInt8]
    ) throws -> PageAnswer {
        let index: PageIndex
        do {
            index = try pages.index(page(response.body))
        } catch let failure as JSONFailure {
            throw service.contractFailure(failure, of: response.body)
        } catch let end as LineDocuments.BrokenOff {
            throw service.failure(brokenOffWith: end.document)
        }
        return PageAnswer(
            index: index,
            ids: (0..<index.ids.count).map { place in index.ids.withBytes(at: place) { RecordHash.of($0).low } },
            digests: movesRecords ? index.records.indices.map { index.digest(of: $0) } : nil,
            next: next(in: response, index),
            total: totalColumn.flatMap { index.values[$0] }.flatMap(Self.count),
            estimate: estimateColumn.flatMap { index.values[$0] }.flatMap(Self.count),
            url: url,
            time: response.header("Date").flatMap { HTTPDate.parse($0) }.map { Int($0.timeIntervalSince1970) }
        )
    }

    private func next(in response: HTTPResponse, _ index: PageIndex) -> JSONValue? {
        switch next {
        case nil: return nil
        case .body: return nextColumn.flatMap { index.values[$0] }
        case .header(let name): return response.header(name).map { .string($0) }
        case .link(let relation):
            return LinkHeader.target(of: relation, in: response.headers(named: "Link")).map { .string($0) }
        }
    }

    /// A number of records; some services write it as text.
    private static func count(_ value: JSONValue) -> Int? {
        (value.integer ?? value.string.flatMap { Int($0) }).flatMap { $0 < 0 ? nil : $0 }
    }
}

extension Pagination {
    /// Where an answer says what comes next, if it does.
    fileprivate var next: AnswerPlace? {
        switch self {
        case .token(let place, _), .next(let place, _): place
        case .none, .offset, .steps, .page, .keyset: nil
        }
    }
}
