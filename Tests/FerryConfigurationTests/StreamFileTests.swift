import FerryConfiguration
import FerryCore
import Testing

/// Streams as files describe them, decoded to the last value.
struct StreamFileTests {
    private func stream(_ text: String) throws -> StreamDescription {
        let world = try World()
        let lines = text.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
        try world.write(
            "services/shelf.yaml",
            """
            service: shelf
            base: https://api.example.com
            check: { request: { method: GET, path: / } }
            streams:
              books:
            \(lines)

            """
        )
        let loaded = try world.load()
        #expect(loaded.diagnostics.map(\.description) == [])
        return try #require(loaded.services["shelf"]?.streams["books"])
    }

    private func pagination(_ query: String, _ paginate: String) throws -> Pagination {
        try stream("request: { method: GET, path: /, query: { \(query) } }\nid: id\npaginate: \(paginate)").pagination
    }

    @Test("every way to page is decoded")
    func readsPagination() throws {
        guard
            case .page(let numbering) = try pagination(
                "p: \"${page.number}\"",
                "{ page: { first: 0, end: [404, 410] } }"
            )
        else {
            Issue.record("no page numbers")
            return
        }
        #expect(numbering.first == 0 && numbering.endStatuses == [404, 410])
        #expect(numbering.size == nil && !numbering.isSettled)

        guard
            case .token(.body(let path), .more) = try pagination(
                "t: \"${page.token}\"",
                "{ token: { from: meta.next } }"
            )
        else {
            Issue.record("no token of the body")
            return
        }
        #expect(path.description == "meta.next")
        guard
            case .token(.header("X-Next"), .end) = try pagination(
                "t: \"${page.token}\"",
                "{ token: { header: X-Next, empty: end } }"
            )
        else {
            Issue.record("no token of a header")
            return
        }
        guard case .next(.body(let next), .more) = try pagination("a: 1", "{ next_url: { from: links.next } }")
        else {
            Issue.record("no address")
            return
        }
        #expect(next.description == "links.next")
        guard case .next(.link(relation: "next"), .more) = try pagination("a: 1", "{ link: {} }")
        else {
            Issue.record("no link")
            return
        }

        guard
            case .keyset(let keyset) = try pagination(
                "a: \"${page.last.meta.at}\", i: \"${page.last.id}\"",
                "{ keyset: { order: [meta.at, id], size: 7, start: { meta.at: 1970, id: \"\" }, bound: closed } }"
            )
        else {
            Issue.record("no keyset")
            return
        }
        #expect(keyset.order.map(\.description) == ["meta.at", "id"] && keyset.bound == .closed)
        guard case .literal(let at)? = keyset.start[0], case .literal(let id)? = keyset.start[1] else {
            Issue.record("no start")
            return
        }
        #expect(at == .number("1970") && id == "")
    }

    @Test("a cursor, tombstones and a sweep are decoded")
    func readsChangesAndDeletes() throws {
        let stream = try stream(
            """
            request: { method: GET, path: /, query: { since: "${cursor.value}" } }
            id: id
            paginate: { link: { rel: next }, total: meta.total }
            incremental: { cursor: { field: at, type: unix_ms, ordered: true, start: 0, lookback: 5m } }
            deletes:
              scans: 3
              field: gone
              sweep: { request: { method: POST, path: /ids }, records: ids, id: key, every: 12h }
            """
        )
        #expect(stream.total?.description == "meta.total")
        let cursor = try #require(stream.cursor)
        #expect(cursor.field.description == "at" && cursor.type == .unixMilliseconds && cursor.isOrdered)
        #expect(cursor.lookback == .seconds(300))
        #expect(stream.scansBeforeDelete == 3 && stream.tombstone?.description == "gone")
        let sweep = try #require(stream.sweep)
        #expect(sweep.interval == .seconds(43_200) && sweep.id.description == "key")
        #expect(sweep.records.map(\.description) == ["ids"] && sweep.request.method == .post)
    }

    @Test("a number of records that is no sign of the end is decoded as such")
    func readsAnEstimate() throws {
        let stream = try stream(
            """
            request: { method: GET, path: /, query: { from: "${page.offset}" } }
            id: id
            paginate: { offset: { size: "10" }, estimate: meta.total }
            """
        )
        #expect(stream.estimate?.description == "meta.total" && stream.total == nil)
    }

    @Test("what is left out has its default")
    func readsDefaults() throws {
        let stream = try stream(
            """
            request: { method: GET, path: /, query: { since: "${cursor.value}" } }
            id: id
            incremental: { cursor: { field: at } }
            deletes: { sweep: { request: { method: GET, path: /ids }, id: id } }
            """
        )
        let cursor = try #require(stream.cursor)
        #expect(cursor.type == .timestamp && !cursor.isOrdered && cursor.start == nil && cursor.lookback == .zero)
        #expect(stream.scansBeforeDelete == nil && stream.tombstone == nil)
        #expect(stream.total == nil && stream.estimate == nil)
        #expect(stream.sweep?.interval == .seconds(86_400))
    }
}
