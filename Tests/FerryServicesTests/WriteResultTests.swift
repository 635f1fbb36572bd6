import FerryCore
import FerryHTTP
import Testing

@testable import FerryServices

@Suite struct WriteResultTests {
    private func create(
        _ answer: String,
        status: Int = 200,
        rows: [[JSONValue?]] = [["A", 1], ["B", 2]],
        headers: [HTTPHeader] = []
    ) async throws -> [WriteResult] {
        let service = try tableService(ScriptedClient(status, answer, headers: headers))
        let sink = try service.sink("rows", fields: paths("sku", "price"), match: sku)
        return try await sink.write(writes(.create, rows))
    }

    @Test(arguments: [
        #"[{"id":"1","data":{"sku":"A"}},{"id":"2","data":{"sku":"B"}}]"#,
        #"[{"id":"2","rowNumber":1,"data":{"sku":"B"}},{"id":"1","rowNumber":2,"data":{"sku":"A"}}]"#,
        #"{"rows":[{"id":"2","data":{"sku":"B"}},{"id":"1","data":{"sku":"A"}}]}"#,
        #"{"total":2,"data":[{"data":{"sku":"B"},"id":2},{"data":{"sku":"A"},"id":1}]}"#,
        #"{"items":[{"id":"1","data":{"sku":"\u0041"}},{"id":"2","data":{"sku":"B"}},{"id":"3","data":{"sku":"C"}}]}"#,
    ])
    func knowsCreatedRecordsByTheirKeyInAnyOrder(answer: String) async throws {
        #expect(try await create(answer) == [.accepted(remoteID: "1"), .accepted(remoteID: "2")])
    }

    @Test func knowsNumbersByTheirValue() async throws {
        let service = try tableService(
            ScriptedClient(200, #"[{"id":"y","data":{"sku":2e0}},{"id":"x","data":{"sku":1.0}}]"#)
        )
        let sink = try service.sink("rows", fields: paths("sku"), match: sku)
        #expect(
            try await sink.write(writes(.create, [[1], [2]])) == [.accepted(remoteID: "x"), .accepted(remoteID: "y")]
        )
    }

    @Test(arguments: [
        #"[{"id":"1"},{"id":"2"}]"#, #"{"rows":[{"id":"1","data":{}},{"id":"2","data":{}}]}"#,
        #"[{"id":"1","data":{"sku":null}},{"id":"2","data":{"sku":null}}]"#,
    ])
    func goesByThePositionWhereTheAnswerHoldsNoKey(answer: String) async throws {
        #expect(try await create(answer) == [.accepted(remoteID: "1"), .accepted(remoteID: "2")])
    }

    @Test(arguments: [
        // Too few, too many without keys, none, another key, one key for two records.
        #"[{"id":"1","data":{"sku":"A"}}]"#, #"[{"id":"1"}]"#, #"[{"id":"1"},{"id":"2"},{"id":"3"}]"#, "[]",
        #"[{"id":"1","data":{"sku":"A"}},{"id":"2","data":{"sku":"C"}}]"#,
    ])
    func takesAnAnswerThatDoesNotFitForAnUnknownOutcome(answer: String) async throws {
        let failure = await failure { try await create(answer) }
        #expect(failure?.kind == .contract)
        #expect(failure?.code == .contractResultMismatch)
        #expect(failure?.effect == .unknown)
    }

    @Test func takesOneAcknowledgementForOneRecordOnly() async throws {
        let failure = await failure {
            try await create(
                #"[{"id":"1","data":{"sku":"A"}},{"id":"2","data":{"sku":"B"}}]"#,
                rows: [["A", 1], ["A", 2]]
            )
        }
        #expect(failure?.code == .contractResultMismatch)
    }

    @Test(arguments: [
        "", #"[{"id":"1","data":{"sku":"A"#, "Created", "<html><body>Sign in</body></html>", "{}", "null",
        #"[{"data":{"sku":"A"}},{"data":{"sku":"B"}}]"#,
    ])
    func takesACreateWithoutAReadableAnswerForAnUnknownOutcome(answer: String) async throws {
        let failure = await failure { try await create(answer, status: 201) }
        #expect(failure?.kind == .contract)
        #expect(failure?.code == .contractShape)
        #expect(failure?.effect == .unknown)
    }

    @Test(arguments: [WriteOperation.update, .delete])
    func takesAWebPageForNoAcknowledgement(operation: WriteOperation) async throws {
        let headers = [HTTPHeader(name: "Content-Type", value: "text/html; charset=utf-8")]
        let service = try tableService(ScriptedClient(200, "\n<!doctype html><title>Sign in</title>", headers: headers))
        let sink = try service.sink("rows", fields: paths("sku"), match: sku)
        let failure = await failure { try await sink.write(writes(operation, [["A"]], ids: ["1"])) }
        #expect(failure?.code == .contractShape)
        #expect(failure?.effect == .unknown)
    }

    @Test func reportsARecordThatIsGoneByItself() async throws {
        let sink = try tableService(ScriptedClient(404, #"{"message":"no such row"}"#))
            .sink("rows", fields: paths("sku"), match: sku)
        #expect(try await sink.write(writes(.update, [["A"]], ids: ["1"])) == [.gone])
        #expect(try await sink.write(writes(.delete, ids: ["1"])) == [.gone])
        let failure = await failure { try await sink.write(writes(.delete, ids: ["1", "2"])) }
        #expect(failure?.kind == .gone)
        #expect(failure?.effect == SyncFailure.Effect.none)
        #expect(failure?.message.contains("no such row") == true)
    }

    @Test func takesACreateAtAWrongAddressForAWrongConfiguration() async throws {
        let failure = await failure { try await create("", status: 404) }
        #expect(failure?.kind == .config)
        #expect(failure?.code == .serviceNotFound)
    }
}
