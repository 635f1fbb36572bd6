import FerryAPI
import FerryCore
import FerryTesting
import Foundation
import Testing

/// Services of people's own that give everything as a JSON document a line, over real HTTP.
@Suite struct LinesTests {
    private static let stream = """
        request:
          method: GET
          path: /books
          query:
            after_changed: "${page.last.changed}"
            after_id: "${page.last.id}"
            take: "${page.size}"
            sort: changed
        paginate: { keyset: { order: [changed, id], size: 5, start: { id: 0 } } }
        incremental: { cursor: { field: changed, type: unix_s, ordered: true } }
        whole:
          request: { method: GET, path: /export, query: { cursor: "${page.token}" } }
          error: error
          paginate: { token: { from: next } }
        """

    private static func line(_ id: Int) -> String { #"{"id":\#(id),"changed":100,"title":"Book \#(id)"}"# }

    /// The export: two answers, the first of which says how to go on.
    @Sendable private static func export(_ request: LoopbackService.Request) -> LoopbackService.Answer? {
        guard request.path == "/export" else { return nil }
        let isFirst = request.parameters["cursor"] == nil
        let lines = (isFirst ? 1...6 : 7...10).map(line) + (isFirst ? [#"{"next":"c/2"}"#] : [])
        return LoopbackService.Answer(lines.joined(separator: "\n"))
    }

    @Test func allIsReadLineByLineAndLaterOnlyWhatHasChanged() async throws {
        try await FerryWorld.withLibrary(Self.stream) { world, library, service async throws in
            library.change { shelves in
                shelves.add(1...10, changed: 100)
                shelves.answer = Self.export
            }
            let job = try await world.once("books", .pull).job
            #expect(job.state == .succeeded && job.progress.created == 10, "\(job)")
            #expect(service.requests.map(\.target) == ["/export", "/export?cursor=c%2F2"])
            library.change { shelves in
                shelves.add([11], changed: Int(Date().timeIntervalSince1970) + 60)
                shelves.change(3, at: Int(Date().timeIntervalSince1970) + 60, title: "Three")
            }
            service.forgetRequests()
            let next = try await world.once("books", .pull).job
            #expect(next.progress.created == 1 && next.progress.updated == 1, "\(next)")
            #expect(service.requests.allSatisfy { $0.path == "/books" })
            #expect(try world.books() == library.titles)
        }
    }

    @Test(arguments: ["\n", ""])
    func anExportThatBreaksOffIsAskedForAgain(end: String) async throws {
        try await FerryWorld.withLibrary(Self.stream) { world, library, service async throws in
            let counter = Killing()
            library.change { shelves in
                shelves.answer = { request in
                    guard request.path == "/export", counter.next() == 2 else { return Self.export(request) }
                    // On a line of its own, or glued to half of another one.
                    let half = end.isEmpty ? String(Self.line(8).prefix(12)) : ""
                    return .init(Self.line(7) + "\n" + half + #"{"error":{"description":"out of time"}}"# + end)
                }
            }
            let job = try await world.once("books", .pull).job
            #expect(job.state == .succeeded && job.progress.created == 10 && job.progress.retries == 1, "\(job)")
            #expect(try world.books() == (1...10).map { "\($0)|Book \($0)" })
        }
    }
}
