import FerryCore
import FerryHTTP
import Testing

@testable import FerryServices

/// Streams that are read as a whole: answers with a document a line, of any length.
@Suite struct WholeTests {
    private func stream() throws -> StreamDescription {
        var stream = try books(
            cursor: CursorDescription(
                field: FieldPath(parsing: "at"),
                type: .number,
                isOrdered: true,
                start: .literal(.integer(0))
            )
        )
        stream.whole = WholeDescription(
            request: RequestTemplate(
                method: .get,
                path: Template(literal: "/export"),
                query: [(name: "cursor", value: try Template(parsing: "${default(page.token, '')}"))]
            ),
            error: FieldPath(segments: [.name("error")]),
            pagination: .token(from: .body(FieldPath(segments: [.name("next")])), empty: .more)
        )
        return stream
    }

    /// Lines of about 100 kB.
    private func lines(_ numbers: Range<Int>) -> String {
        let padding = String(repeating: "p", count: 100_000)
        return numbers.map { "{\"id\":\"b\($0)\",\"title\":\"T\($0)\",\"at\":\($0),\"pad\":\"\(padding)\"}\n" }.joined()
    }

    private func cursor(_ request: HTTPRequest) -> String { request.parameter("cursor") ?? "" }

    @Test func aLongAnswerIsReadInPieces() async throws {
        let answers = ["": lines(0..<70) + "{\"next\":\"x\"}\n", "x": lines(70..<75)]
        let client = ScriptedClient { .ok(answers[cursor($0)] ?? "") }
        let pages = try await readAll(try shelf(client, try stream()))
        #expect(pages.ids == (0..<75).map { "b\($0)" })
        #expect(pages.map { $0.ids.count }.max() ?? 0 <= 26)
        #expect(pages.count == 5)
        #expect(client.requests.map(cursor) == ["", "x"])
        // Until the end nothing is known of what has been seen.
        #expect(pages.dropLast().allSatisfy { $0.cursor == nil })
        #expect(pages.cursor != nil)
    }

    /// What another process has been given is gone with it.
    @Test func aScanThatWasInterruptedInTheMiddleOfAnAnswerAsksForItAgain() async throws {
        let answers = ["": lines(0..<3) + "{\"next\":\"x\"}\n", "x": lines(3..<60)]
        let client = ScriptedClient { .ok(answers[cursor($0)] ?? "") }
        var position: PagePosition?
        var ids: Set<String> = []
        let first = try shelf(client, try stream())
        for _ in 0..<3 {
            let page = try await first.page(at: position)
            ids.formUnion(page.ids.strings)
            position = page.next
        }
        #expect(client.requests.map(cursor) == ["", "x"])
        let second = try shelf(client, try stream())
        while let next = position {
            let page = try await second.page(at: next)
            ids.formUnion(page.ids.strings)
            position = page.next
        }
        #expect(client.requests.map(cursor) == ["", "x", "x"])
        #expect(ids == Set((0..<60).map { "b\($0)" }))
    }

    @Test func nothingIsTakenOfALongAnswerThatWasBrokenOff() async throws {
        let client = ScriptedClient { _ in .ok(lines(0..<60) + #"{"id":"b60","ti{"error":{"message":"gone"}}"#) }
        let source = try shelf(client, try stream())
        let failure = try #require(await #expect(throws: SyncFailure.self) { _ = try await source.page(at: nil) })
        #expect(failure.kind == .transient)
        #expect(failure.message.contains("broke off its answer"))
    }

    @Test func aLineThatIsNoJSONIsNamedByItsNumber() async throws {
        let bad = lines(0..<40) + "{\"id\":\n" + lines(40..<45)
        let source = try shelf(ScriptedClient { _ in .ok(bad) }, try stream())
        var position: PagePosition?
        let failure = await #expect(throws: SyncFailure.self) {
            repeat { position = try await source.page(at: position).next } while position != nil
        }
        #expect(failure?.message.contains("line 41 is no JSON") == true, "\(failure?.message ?? "")")
        let cut = try shelf(ScriptedClient { _ in .ok(lines(0..<40) + "{\"id\":") }, try stream())
        let end = await #expect(throws: SyncFailure.self) { _ = try await cut.page(at: nil) }
        #expect(end?.message.contains("its last line is no JSON") == true, "\(end?.message ?? "")")
    }
}
