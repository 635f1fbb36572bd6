import FerryCore
import FerryHTTP
import FerryServices

/// A service with one stream of a test's own, at `https://api.example.com`.
func shelf(
    _ client: ScriptedClient,
    settings: [String: JSONValue] = [:],
    _ stream: StreamDescription
) throws -> any RecordSource {
    let description = ServiceDescription(
        name: "shelf",
        title: "Shelf",
        settings: [],
        base: Template(literal: "https://api.example.com/v1"),
        authentication: .bearer(token: try Template(parsing: "${settings.key}"), alternates: []),
        messagePaths: [],
        errorRules: [],
        checks: [CheckDescription(request: RequestTemplate(method: .get, path: Template(literal: "/")), shape: .any)],
        streams: ["books": stream],
        sinks: [:]
    )
    let service = try HTTPService(
        description,
        settings: settings,
        secrets: ["key": .credential("primary")],
        resolver: Vault(),
        client: client,
        clock: StoppedClock()
    )
    return try service.source("books", fields: [FieldPath(parsing: "title")], match: FieldPath(parsing: "title"))
}

/// A stream of books: `GET /books`, records in `items`.
func books(
    query: [(String, String)] = [],
    body: [(key: String, value: JSONTemplate)]? = nil,
    _ pagination: Pagination = .none,
    total: String? = nil,
    estimate: String? = nil,
    cursor: CursorDescription? = nil,
    find: RequestTemplate? = nil,
    tombstone: String? = nil,
    sweep: SweepDescription? = nil
) throws -> StreamDescription {
    StreamDescription(
        request: RequestTemplate(
            method: body == nil ? .get : .post,
            path: Template(literal: "/books"),
            query: try query.map { (name: $0.0, value: try Template(parsing: $0.1)) },
            body: body.map { .object($0) }
        ),
        records: [FieldPath(segments: [.name("items")])],
        id: FieldPath(segments: [.name("id")]),
        pagination: pagination,
        total: try total.map { try FieldPath(parsing: $0) },
        estimate: try estimate.map { try FieldPath(parsing: $0) },
        cursor: cursor,
        find: find,
        scansBeforeDelete: 1,
        tombstone: try tombstone.map { try FieldPath(parsing: $0) },
        sweep: sweep
    )
}

/// A page of books as the service writes it.
func page(_ items: [String], _ more: String = "") -> String {
    "{\"items\":[\(items.joined(separator: ","))]\(more.isEmpty ? "" : ",\(more)")}"
}

/// Reads a source to its end, each position going through a checkpoint.
func readAll(_ source: any RecordSource, since cursor: String? = nil) async throws -> [RemotePage] {
    var pages: [RemotePage] = []
    var position = cursor.flatMap { source.start(since: $0) }
    repeat {
        let page = try await source.page(at: position)
        pages.append(page)
        position = page.next.map { PagePosition(rawValue: $0.rawValue) }
    } while position != nil && pages.count < 1000
    return pages
}

extension [RemotePage] {
    /// The identifiers that were read.
    var ids: [String] { flatMap(\.ids.strings) }
    /// Those that are said to be deleted.
    var tombstones: [String] { flatMap(\.tombstones.strings) }
    /// What the next pull begins at.
    var cursor: String? { compactMap(\.cursor).last }
}
