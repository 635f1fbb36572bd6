import FerryCore
import FerryHTTP
import Testing

@testable import FerryServices

@Suite struct ReadingTests {
    /// A table of one column behind the service, sorted by it and searched by substring.
    private func table(_ keys: [String], clamp: Int = .max, isNumber: Bool = false) -> ScriptedClient {
        ScriptedClient { request in
            let skip = request.parameter("skip").flatMap(Int.init) ?? 0
            let take = min(request.parameter("take").flatMap(Int.init) ?? 20, clamp)
            let wanted = request.parameter("searchTerm")
            let rows = keys.filter { wanted == nil || $0.contains(wanted ?? "") }.dropFirst(skip).prefix(take)
            let texts = rows.map { #"{"id":"id-\#($0)","data":{"sku":\#(isNumber ? $0 : "\"\($0)\"")}}"# }
            return .ok("[\(texts.joined(separator: ","))]")
        }
    }

    @Test(arguments: [1, 2, 5, 1000], [2, 3, 100])
    func readsAllRowsToTheEmptyPage(size: Int, clamp: Int) async throws {
        let keys = (0..<20).map { "k\($0 + 10)" }
        let client = table(keys, clamp: clamp)
        let source = try tableService(client, settings: ["page_size": .integer(size)])
            .source("rows", fields: paths("sku"), match: sku)
        var ids: [String] = []
        var values: [String] = []
        var position: PagePosition?
        repeat {
            let page = try await source.page(at: position)
            #expect(page.hashes.count == page.count)
            ids += page.ids.strings
            let records = try page.extract(Array(0..<page.count)).records
            for row in 0..<page.count {
                // The field, then the match field, last.
                #expect(records.columnCount == 2)
                #expect(records.string(of: records[row, 0]) == records.string(of: records[row, 1]))
                values.append(records.string(of: records[row, 1]))
            }
            position = page.next
        } while position != nil
        #expect(ids == keys.map { "id-\($0)" })
        #expect(values == keys)
    }

    @Test func extractsTheChosenRowsInTheOrderAsked() async throws {
        let source = try tableService(table(["a", "b", "c"])).source("rows", fields: paths("sku"), match: nil)
        let records = try await source.page(at: nil).extract([2, 0]).records
        #expect([0, 1].map { records.string(of: records[$0, 0]) } == ["c", "a"])
    }

    @Test func extractsFromTheRowsThatAreNew() async throws {
        let source = try tableService(table(["a", "b", "c", "d"]), settings: ["page_size": 3])
            .source("rows", fields: paths("sku"), match: nil)
        let second = try await source.page(at: source.page(at: nil).next)
        #expect(second.ids.strings == ["id-d"])
        let records = try second.extract([0]).records
        #expect(records.string(of: records[0, 0]) == "d")
    }

    @Test func hashesWhatStandsInTheRootOnly() async throws {
        let client = ScriptedClient(
            200,
            #"[{"id":1,"rowNumber":1,"data":{"a":1}},{"id":2,"rowNumber":2,"data":{"a":1}},{"id":3,"data":{"a":2}}]"#
        )
        let page = try await tableService(client).source("rows", fields: [], match: nil).page(at: nil)
        #expect(page.hashes[0] == page.hashes[1])
        #expect(page.hashes[0] != page.hashes[2])
    }

    @Test func passesOnWhatCannotBeKept() async throws {
        let client = ScriptedClient(
            200,
            #"[{"id":1,"data":{"sku":"a"}},{"id":2,"data":{"sku":"\ud800"}},{"id":3,"data":{"sku":"c"}}]"#
        )
        let page = try await tableService(client).source("rows", fields: paths("sku"), match: nil).page(at: nil)
        let values = try page.extract([1, 2])
        #expect(values.problems.keys.sorted() == [0])
        #expect(values.problems[0]?.contains("surrogate") == true)
        #expect(values.records.string(of: values.records[1, 0]) == "c")
    }

    @Test(arguments: [
        #"[{"id":1}"#, "oops", "", #"{"count":3}"#, #"[{"data":{}}]"#, #"[{"id":"","data":{}}]"#, #"[{"id":null}]"#,
    ])
    func refusesAPageThatIsNotWhole(body: String) async throws {
        let source = try tableService(ScriptedClient(200, body)).source("rows", fields: [], match: nil)
        let failure = await failure { try await source.page(at: nil) }
        #expect(failure?.kind == .contract)
        #expect(failure?.code == .contractShape)
        #expect(failure?.effect == SyncFailure.Effect.none)
        #expect(failure?.hint != nil)
    }

    @Test func givesUpOnAServiceThatIgnoresWhatIsSkipped() async throws {
        let client = ScriptedClient(200, #"[{"id":1,"data":{}},{"id":2,"data":{}}]"#)
        let source = try tableService(client).source("rows", fields: [], match: nil)
        var position: PagePosition?
        let failure = await failure {
            repeat { position = try await source.page(at: position).next } while position != nil
        }
        #expect(failure?.code == .contractPageRepeated)
        #expect(client.requests.count < 20)
    }

    // MARK: Check

    @Test(arguments: [#"{"rows":[]}"#, "null", "17", "\"ok\"", "", "<html></html>"])
    func checksThatAnArrayAnswers(body: String) async throws {
        let service = try tableService(ScriptedClient(200, body))
        let failure = await failure { try await service.check() }
        #expect(failure?.kind == .contract)
        #expect(failure?.code == .contractShape)
        #expect(failure?.hint != nil)
    }

    @Test func isContentWithAnEmptyTable() async throws {
        let service = try tableService(ScriptedClient(200, " [] "))
        #expect(await failure { try await service.check() } == nil)
    }

    // MARK: Find

    @Test func findsTheExactKeyAmongThoseThatContainIt() async throws {
        let keys = ["a1", "a10", "a11", "a2", "aa1", "ba1"]
        for wanted in keys {
            let source = try tableService(table(keys), settings: ["page_size": 2])
                .source("rows", fields: [], match: sku)
            #expect(try await source.find(.string(wanted)).ids.strings == ["id-\(wanted)"])
        }
    }

    @Test func findsAKeyPagesAway() async throws {
        let keys = (0..<50).map { "x\($0 + 100)-7" } + ["-7"]
        let source = try tableService(table(keys, clamp: 3)).source("rows", fields: [], match: sku)
        #expect(try await source.find("-7").ids.strings == ["id--7"])
    }

    @Test func findsNothingWhereOnlyPartsMatch() async throws {
        let client = table(["a10", "a11"])
        let source = try tableService(client).source("rows", fields: [], match: sku)
        #expect(try await source.find("a1").count == 0)
        #expect(client.requests.count <= 4)
    }

    @Test func needsOneRequestForAKeyThatIsNotThere() async throws {
        let client = table(["a", "b"])
        let source = try tableService(client).source("rows", fields: [], match: sku)
        #expect(try await source.find("z").count == 0)
        #expect(client.requests.count == 1)
    }

    @Test func findsNumbersByTheirValueAndNotByTheirText() async throws {
        let source = try tableService(table(["10", "1.0", "110"], isNumber: true))
            .source("rows", fields: [], match: sku)
        #expect(try await source.find(1).ids.strings == ["id-1.0"])
        #expect(try await source.find("10").count == 0)
        let texts = try tableService(table(["10"])).source("rows", fields: [], match: sku)
        #expect(try await texts.find(10).count == 0)
    }

    @Test func tellsCompositionsOfOneCharacterApart() async throws {
        let client = ScriptedClient { request in
            let isFirst = request.parameter("skip") == "0"
            return .ok(isFirst ? #"[{"id":1,"data":{"sku":"e\#u{301}"}},{"id":2,"data":{"sku":"\#u{e9}"}}]"# : "[]")
        }
        let source = try tableService(client).source("rows", fields: [], match: sku)
        #expect(try await source.find("\u{e9}").ids.strings == ["2"])
    }

    @Test func endsASearchAmongTooMany() async throws {
        let keys = (0..<5000).map { "a\($0)" }
        let client = table(keys, clamp: 5)
        let source = try tableService(client).source("rows", fields: [], match: sku)
        let failure = await failure { try await source.find("a") }
        #expect(failure?.code == .recordAmbiguous)
        #expect(failure?.hint != nil)
        #expect(client.requests.count == 100)
    }

    @Test func findsNoRecordWithoutAMatchField() async throws {
        let source = try tableService(table([])).source("rows", fields: [], match: nil)
        #expect(!source.canFind)
        #expect(await failure { try await source.find("a") }?.kind == .config)
    }

    @Test func scansTwiceBeforeADelete() throws {
        let source = try tableService(table([])).source("rows", fields: [], match: sku)
        #expect(source.isComplete && source.canFind)
        #expect(source.scansBeforeDelete == 2)
    }
}
