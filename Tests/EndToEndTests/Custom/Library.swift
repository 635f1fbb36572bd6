import FerryCore
import FerryTesting
import Foundation
import Synchronization

/// A library with an interface of its own: books that come, change and go, paged and filtered in every way that the
/// descriptions of these tests need.
final class Library: Sendable {
    struct Book: Sendable, Equatable {
        var id: Int
        var changed: Int
        var title: String
        var isGone = false

        var json: String {
            #"{"id":\#(id),"changed":\#(changed),"title":"\#(title)","deleted":\#(isGone ? "\"yes\"" : "null")}"#
        }
    }

    /// What a test may change between two requests.
    struct Shelves: Sendable {
        var books: [Book] = []
        /// The most books a page has, whatever is asked for.
        var clamp = Int.max
        /// Called after each answer.
        var afterAnswer: (@Sendable (inout Shelves) -> Void)?
        /// Answers instead of the library.
        var answer: (@Sendable (LoopbackService.Request) -> LoopbackService.Answer?)?

        mutating func add(_ ids: some Sequence<Int>, changed: Int = 0) {
            for id in ids { books.append(Book(id: id, changed: changed, title: "Book \(id)")) }
        }

        mutating func change(_ id: Int, at changed: Int, title: String? = nil, isGone: Bool = false) {
            guard let place = books.firstIndex(where: { $0.id == id }) else { return }
            books[place].changed = changed
            books[place].isGone = isGone
            if let title { books[place].title = title }
        }

        mutating func remove(_ ids: Set<Int>) { books.removeAll { ids.contains($0.id) } }
    }

    let shelves = Mutex(Shelves())

    func change(_ body: (inout Shelves) -> Void) { shelves.withLock { body(&$0) } }

    /// The living books as the store has them.
    var titles: [String] {
        shelves.withLock { shelves in
            shelves.books.filter { !$0.isGone }.sorted { $0.id < $1.id }.map { "\($0.id)|\($0.title)" }
        }
    }

    /// Answers `GET /books`.
    func answer(_ request: LoopbackService.Request) -> LoopbackService.Answer {
        shelves.withLock { shelves in
            defer { shelves.afterAnswer?(&shelves) }
            return shelves.answer?(request) ?? Self.page(request, of: shelves)
        }
    }

    private static func page(_ request: LoopbackService.Request, of shelves: Shelves) -> LoopbackService.Answer {
        var books = shelves.books.filter { $0.changed >= request.number("since") ?? .min }
        switch request.parameters["sort"] {
        case "changed": books.sort { ($0.changed, $0.id) < ($1.changed, $1.id) }
        case "id": books.sort { $0.id < $1.id }
        default: break
        }
        if let id = request.number("after_id") {
            let changed = request.number("after_changed")
            books.removeAll { book in
                guard let changed else { return book.id <= id }
                return (book.changed, book.id) <= (changed, id)
            }
        }
        let size = min(request.number("take") ?? 100, shelves.clamp)
        var skip = request.number("skip") ?? request.number("token") ?? 0
        if let number = request.number("page") { skip = (number - 1) * size }
        let items = books.dropFirst(skip).prefix(size)
        let end = skip + items.count
        let next = end < books.count ? "\"\(end)\"" : "null"
        let list = items.map(\.json).joined(separator: ",")
        return LoopbackService.Answer("{\"books\":[\(list)],\"next\":\(next),\"total\":\(books.count)}")
    }
}

extension FerryWorld {
    /// Writes a service description of the library and an integration that pulls its books into the embedded store.
    func writeLibrary(_ service: LoopbackService, _ stream: String, deletes: String = "keep", guardrail: String = "")
        throws
    {
        let indented = stream.split(separator: "\n", omittingEmptySubsequences: false).map { "    \($0)" }
        try folder.write(
            """
            service: library
            settings:
              host: { required: true }
              key: { secret: true, required: true }
            base: "${settings.host}"
            auth: { bearer: { token: "${settings.key}" } }
            check: { request: { method: GET, path: /books } }
            streams:
              books:
            \(indented.joined(separator: "\n"))
                id: id
                records: books

            """,
            to: "etc/services/library.yaml"
        )
        try write(
            integration: "books",
            """
            type: library
            config: { host: "\(service.url)", key: library-key-5d1e }
            \(guardrail)
            entities:
              - type: book
                resource: books
                key: id
                deletes: \(deletes)
                field_mappings:
                  - { source: fields.id, target: id }
                  - { source: fields.title, target: title }
            """
        )
    }

    /// The books in the store: identifier and title.
    func books() throws -> [String] {
        try rows(store, "SELECT id, title FROM book ORDER BY CAST(id AS INTEGER)")
    }

    /// Calls `body` with a library and a world that pulls from it.
    static func withLibrary(
        _ stream: String,
        deletes: String = "keep",
        guardrail: String = "",
        _ body: (FerryWorld, Library, LoopbackService) async throws -> Void
    ) async throws {
        let library = Library()
        try await LoopbackService.with({ library.answer($0) }) { service async throws in
            try await FerryWorld.with { world async throws in
                try world.writeLibrary(service, stream, deletes: deletes, guardrail: guardrail)
                try await body(world, library, service)
            }
        }
    }
}
