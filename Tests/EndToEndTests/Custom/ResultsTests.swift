import FerryAPI
import FerryCore
import FerryTesting
import Foundation
import Synchronization
import Testing

/// Services of people's own that anybody may ask, pushed to over real HTTP: how they tell what became of the records.
@Suite struct ResultsTests {
    private static let description = """
        service: shelf
        settings: { host: { required: true } }
        base: "${settings.host}"
        errors: { message: message }
        check: { request: { method: GET, path: /things } }
        sinks:
          # One record a request, whose answer says what it is called.
          single:
            create:
              request: { method: POST, path: /single, body: { thing: "${record.fields}" } }
              repeatable: true
              result: { id: made.id }
            update:
              request: { method: PUT, path: "/single/${path(record.id)}", body: "${record.fields}" }
              repeatable: true
              partial: true
          # Many, in any order, told apart by their natural key.
          keyed:
            match: name
            create:
              request: { method: POST, path: /keyed }
              repeatable: true
              batch: { max: 10, into: things, item: "${record.fields}" }
              result: { records: made, id: number, match: data }
            update: &update
              request: { method: PUT, path: /keyed }
              repeatable: true
              partial: true
              batch: { max: 10, into: things, item: { id: "${record.id}", data: "${record.fields}" } }
          # Many, in the order in which they were sent.
          placed:
            create:
              request: { method: POST, path: /placed }
              repeatable: true
              batch: { max: 10, into: things, item: "${record.fields}" }
              result: { records: made, id: number }
            update: *update
          # The natural key is all that a record is called.
          named:
            match: name
            upsert: { request: { method: PUT, path: /named, body: "${record.fields}" } }
          # A word for each record.
          told:
            create:
              request: { method: POST, path: /told }
              repeatable: true
              batch: { max: 10, into: things, item: "${record.fields}" }
              add: { uuid: "${record.uuid}" }
              verdicts: { in: results, verdict: result, reason: details, refused: drop, again: retry }
          # All of them or none.
          whole:
            identifier: "t-${record.uuid}"
            create:
              request: { method: POST, path: /whole }
              repeatable: true
              batch: { max: 10, into: things, item: { id: "${record.id}", data: "${record.fields}" } }
        """

    private static func with(
        _ sink: String,
        rows: String = "('a', 1), ('b', 2)",
        answer: @escaping @Sendable (LoopbackService.Request) -> LoopbackService.Answer,
        _ body: (FerryWorld, LoopbackService) async throws -> Void
    ) async throws {
        try await LoopbackService.with(answer) { service async throws in
            try await FerryWorld.with { world async throws in
                try world.folder.write(description, to: "etc/services/shelf.yaml")
                try world.writeShop(
                    "CREATE TABLE thing (name TEXT PRIMARY KEY, size INTEGER); INSERT INTO thing VALUES \(rows);"
                )
                try world.write(
                    integration: "things",
                    """
                    type: shelf
                    store: shop
                    config: { host: "\(service.url)" }
                    entities:
                      - type: thing
                        resource: \(sink)
                        field_mappings:
                          - { source: fields.name, target: name }
                          - { source: fields.size, target: size }
                    """
                )
                try await body(world, service)
                #expect(service.requests.allSatisfy { $0.headers["authorization"] == nil })
            }
        }
    }

    @Test(arguments: [
        ("single", #"PUT /single/id-b {"size":9}"#),
        ("keyed", #"PUT /keyed {"things":[{"id":"id-b","data":{"size":9}}]}"#),
        ("placed", #"PUT /keyed {"things":[{"id":"id-b","data":{"size":9}}]}"#),
        ("named", #"PUT /named {"name":"b","size":9}"#),
    ])
    func aRecordIsChangedUnderTheNameThatTheAnswerGave(sink: String, expected: String) async throws {
        try await Self.with(sink) { request in
            switch request.path {
            case "/single":
                .init(#"{"made":{"id":"id-\#(request.body.contains(#""name":"a""#) ? "a" : "b")"}}"#, status: 201)
            case "/keyed" where request.method == "POST":
                .init(#"{"made":[{"number":"id-b","data":{"name":"b"}},{"number":"id-a","data":{"name":"a"}}]}"#)
            case "/placed": .init(#"{"made":[{"number":"id-a"},{"number":"id-b"}]}"#)
            default: .init("{}")
            }
        } _: { world, service async throws in
            let first = try await world.once("things", .push).job
            #expect(first.state == .succeeded && first.progress.created == 2, "\(first)")
            service.forgetRequests()
            try world.writeShop("UPDATE thing SET size = 9 WHERE name = 'b'")
            let second = try await world.once("things", .push).job
            #expect(second.state == .succeeded && second.progress.updated == 1, "\(second)")
            #expect(service.requests.map { "\($0.method) \($0.target) \($0.body)" } == [expected])
        }
    }

    @Test func aRecordThatIsRefusedByAWordIsSetAsideAndOneToBeSentAgainIsSentAlone() async throws {
        let counter = Killing()
        try await Self.with("told", rows: "('a', 1), ('b', 2), ('c', 3)") { request in
            let isFirst = counter.next() == 1
            let results = request.body.matches(of: /"name":"(\w)"[^}]*"uuid":"([^"]+)"/).map { match in
                switch match.output.1 {
                case "b": #""\#(match.output.2)":{"result":"drop","details":"no b"}"#
                case "c" where isFirst: #""\#(match.output.2)":{"result":"retry"}"#
                default: #""\#(match.output.2)":{"result":"taken"}"#
                }
            }
            return .init(#"{"results":{\#(results.joined(separator: ","))}}"#)
        } _: { world, service async throws in
            let job = try await world.once("things", .push).job
            #expect(job.progress.created == 2 && job.progress.quarantined == 1, "\(job)")
            #expect(job.error?.message.contains("no b") == true)
            let names = service.requests.map { request in
                request.body.matches(of: /"name":"(\w)"/).map { String($0.output.1) }
            }
            #expect(names == [["a", "b", "c"], ["c"]])
        }
    }

    @Test func aBatchThatIsRefusedAsAWholeIsHalvedUntilTheBadRecordStandsAlone() async throws {
        let landed = Mutex<[String]>([])
        try await Self.with("whole", rows: "('a', 1), ('b', 2), ('bad', 3), ('c', 4)") { request in
            guard !request.body.contains(#""bad""#) else { return .init(#"{"message":"'bad' is bad"}"#, status: 422) }
            let names = request.body.matches(of: /"name":"(\w+)"/).map { String($0.output.1) }
            landed.withLock { $0 += names }
            return .init("{}")
        } _: { world, _ async throws in
            let job = try await world.once("things", .push).job
            #expect(job.progress.created == 3 && job.progress.quarantined == 1, "\(job)")
            #expect(job.error?.message.contains("'bad' is bad") == true)
            #expect(landed.withLock { $0 }.sorted() == ["a", "b", "c"])
        }
    }
}
