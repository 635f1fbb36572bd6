import FerryCore
import FerryHTTP
import Testing

@testable import FerryServices

@Suite struct RequestTests {
    private static let base =
        "https://plugins.example.com/api/dynamic-table/integration/agent-123/config-456/collection-789"

    @Test func asksForAPageAsTheContractSays() async throws {
        let client = ScriptedClient(200, "[]")
        let source = try tableService(client).source("rows", fields: paths("sku"), match: sku)
        _ = try await source.page(at: nil)
        let request = try #require(client.requests.first)
        #expect(request.method == "GET")
        #expect(request.url == Self.base + "?skip=0&take=100&sortColumn=sku&sortDirection=asc")
        #expect(request.body == nil)
        #expect(
            request.headers == [
                HTTPHeader(name: "Accept", value: "application/json"),
                HTTPHeader(name: "X-Secret-Key", value: "p-key-0001"),
            ]
        )
        #expect(request.timeout == .seconds(60))
    }

    @Test func skipsAllButOneRowOfThePageBefore() async throws {
        let client = ScriptedClient(200, #"[{"id":"a","data":{}},{"id":"b","data":{}},{"id":"c","data":{}}]"#)
        let source = try tableService(client).source("rows", fields: [], match: nil)
        let page = try await source.page(at: nil)
        _ = try await source.page(at: page.next)
        #expect(client.requests.map { $0.parameter("skip") } == ["0", "2"])
    }

    @Test func checksWithTheCheapestRead() async throws {
        let client = ScriptedClient(200, "[]")
        try await tableService(client).check()
        #expect(client.requests.map(\.url) == [Self.base + "?skip=0&take=1"])
    }

    @Test func searchesByTheMatchField() async throws {
        let client = ScriptedClient(200, "[]")
        let match = FieldPath(segments: [.name("näme & more")])
        let service = try tableService(client, settings: ["page_size": 10])
        _ = try await service.source("rows", fields: [], match: match).find("50% + 1/2 = é")
        #expect(
            client.requests.map(\.url) == [
                Self.base + "?skip=0&take=10&searchColumn=n%C3%A4me%20%26%20more"
                    + "&searchTerm=50%25%20%2B%201%2F2%20%3D%20%C3%A9&sortColumn=sku&sortDirection=asc"
            ]
        )
    }

    @Test func aRequestThatIsWrittenAheadIsTheSame() async throws {
        let client = ScriptedClient(200, #"[{"id":"1","data":{"sku":"A"}},{"id":"2","data":{"sku":"B"}}]"#)
        let sink = try tableService(client).sink("rows", fields: paths("sku", "name"), match: sku)
        let batch = writes(.create, [["A", "é"], ["B", nil]])
        let written = sink.written(batch)
        #expect(written.body != nil)
        #expect(try await sink.write(written) == sink.write(batch))
        #expect(client.requests[0].body == client.requests[1].body && client.requests[0].body == written.body)
    }

    @Test func aBatchThatChangesIsWrittenAnew() async throws {
        let sink = try tableService(ScriptedClient(200, "[]")).sink("rows", fields: paths("sku"), match: sku)
        let written = sink.written(writes(.create, [["A"], ["B"]]))
        var other = written
        other.records[0, 0] = .null
        var renamed = written
        renamed.idempotencyKey = "another"
        var told = written
        told.recordKeys = PackedStrings(["a", "b"])
        var linked = written
        linked.remoteIDs = PackedStrings(["1", "2"])
        for changed in [other, renamed, told, linked, written.selecting([0])] { #expect(changed.body == nil) }
        var later = written
        (later.attempt, later.mayHaveLanded) = (2, true)
        #expect(later.body == written.body)
    }

    @Test(arguments: [
        ("a b", "a%20b"), ("a/b", "a%2Fb"), ("ключ", "%D0%BA%D0%BB%D1%8E%D1%87"), ("..", "%2E%2E"), (".", "%2E"),
        ("a?b#c", "a%3Fb%23c"), ("100%", "100%25"), ("a..b", "a..b"), ("\u{1}", "%01"), ("~-_.", "~-_."),
    ])
    func keepsAnIdentifierInItsSegment(id: String, segment: String) async throws {
        let client = ScriptedClient(200, "[]")
        try await tableService(client, settings: ["configuration_id": .string(id)]).check()
        #expect(
            client.requests.map(\.url) == [
                "https://plugins.example.com/api/dynamic-table/integration/agent-123/\(segment)/collection-789"
                    + "?skip=0&take=1"
            ]
        )
    }

    @Test(arguments: ["https://plugins.example.com/", "https://plugins.example.com//"])
    func takesAHostWithASlashAtItsEnd(host: String) async throws {
        let client = ScriptedClient(200, "[]")
        let service = try tableService(client, settings: ["plugin_host": .string(host)])
        try await service.check()
        #expect(client.requests.map(\.url) == [Self.base + "?skip=0&take=1"])
        #expect(try service.identity == tableService(client).identity)
    }

    @Test func createsRowsAsPlainObjects() async throws {
        let client = ScriptedClient(201, #"[{"id":"1","data":{"sku":"LP-14"}},{"id":"2","data":{"sku":"WM-01"}}]"#)
        let sink = try tableService(client).sink("rows", fields: paths("sku", "price", "in_stock"), match: sku)
        _ = try await sink.write(writes(.create, [["LP-14", .number("4500.10"), true], ["WM-01", nil, .null]]))
        let request = try #require(client.requests.first)
        #expect(request.method == "POST")
        #expect(request.url == Self.base + "/bulk")
        #expect(
            request.text
                == #"{"rows":[{"sku":"LP-14","price":4500.10,"in_stock":true},{"sku":"WM-01","in_stock":null}]}"#
        )
        #expect(request.header("Content-Type") == "application/json")
    }

    @Test func updatesOnlyTheCellsThatAreThere() async throws {
        let client = ScriptedClient(200, "[]")
        let sink = try tableService(client).sink("rows", fields: paths("sku", "price", "in_stock"), match: sku)
        let results = try await sink.write(
            writes(.update, [[nil, 4400, nil], [nil, nil, false]], ids: ["id-1", "with \"quotes\""])
        )
        let request = try #require(client.requests.first)
        #expect(request.method == "PUT")
        #expect(
            request.text
                == #"{"rows":[{"id":"id-1","data":{"price":4400}},"#
                + #"{"id":"with \"quotes\"","data":{"in_stock":false}}]}"#
        )
        #expect(results == [.accepted(remoteID: "id-1"), .accepted(remoteID: "with \"quotes\"")])
    }

    @Test func deletesWithABody() async throws {
        let client = ScriptedClient(204, "")
        let sink = try tableService(client).sink("rows", fields: paths("sku"), match: sku)
        let results = try await sink.write(writes(.delete, ids: ["a", "b"]))
        let request = try #require(client.requests.first)
        #expect(request.method == "DELETE")
        #expect(request.url == Self.base + "/bulk")
        #expect(request.text == #"{"rowIds":["a","b"]}"#)
        #expect(request.header("Content-Type") == "application/json")
        #expect(results == [.accepted(remoteID: "a"), .accepted(remoteID: "b")])
    }

    @Test func countsWhatWentOverTheWire() async throws {
        let client = ScriptedClient { _ in
            HTTPResponse(status: 200, body: Array("[]".utf8), bytesReceived: 70, bytesSent: 30)
        }
        let service = try tableService(client)
        try await service.check()
        try await service.check()
        #expect(service.traffic.requests == 2)
        #expect(service.traffic.bytesIn == 140)
        #expect(service.traffic.bytesOut == 60)
    }

    @Test func namesTheSettingThatTheAddressLacks() throws {
        let client = ScriptedClient(200, "[]")
        let failure = #expect(throws: SyncFailure.self) { try tableService(client, settings: ["agent_id": ""]) }
        #expect(failure?.code == .configMissingKey)
        #expect(failure?.message.contains("'agent_id'") == true)
    }

    @Test func takesAsManyRecordsARequestAsTheSettingsSay() throws {
        let sink = try tableService(ScriptedClient(200, "[]"), settings: ["batch_size": 7])
            .sink("rows", fields: [], match: nil)
        #expect(sink.ability(for: .create)?.maximumRecords == 7)
        #expect(sink.ability(for: .create)?.isRepeatable == false)
        #expect(sink.ability(for: .create)?.givesNewIdentifiers == true)
        #expect(sink.ability(for: .update)?.givesNewIdentifiers == false)
        #expect(sink.ability(for: .update)?.isPartial == true)
        #expect(sink.ability(for: .delete)?.isRepeatable == true)
    }

    @Test func refusesAResourceThatIsNotThere() throws {
        let service = try tableService(ScriptedClient(200, "[]"))
        #expect(service.directions(of: "rows") == [.pull, .push])
        #expect(service.directions(of: "columns").isEmpty)
        let failure = #expect(throws: SyncFailure.self) {
            try service.source("columns", fields: [], match: nil)
        }
        #expect(failure?.hint == "it has: rows")
    }

    @Test func refusesTwoFieldsAtOnePlace() throws {
        let service = try tableService(ScriptedClient(200, "[]"))
        let failure = #expect(throws: SyncFailure.self) {
            try service.sink("rows", fields: paths("sku", "sku"), match: sku)
        }
        #expect(failure?.code == .configMappingConflict)
    }
}
