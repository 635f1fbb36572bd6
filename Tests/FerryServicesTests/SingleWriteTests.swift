import FerryCore
import FerryHTTP
import Testing

@testable import FerryServices

/// Writes of one record a request: bodies, keys and what an answer says of them.
@Suite struct SingleWriteTests {
    private static let fields = try? ["email", "firstName", "mailingLists.l1"].map { try FieldPath(parsing: $0) }

    private func sink(
        _ client: ScriptedClient,
        _ description: WriteDescription,
        _ operation: WriteOperation = .create,
        isUpsert: Bool = false,
        match: String? = "email",
        rules: [ErrorRule] = []
    ) throws -> any RecordSink {
        let path = match.map { FieldPath(segments: [.name($0)]) }
        return try service(client, description, operation, isUpsert: isUpsert, rules: rules)
            .sink("contacts", fields: try #require(Self.fields), match: path)
    }

    private func service(
        _ client: ScriptedClient,
        _ description: WriteDescription,
        _ operation: WriteOperation,
        isUpsert: Bool,
        rules: [ErrorRule] = []
    ) throws -> HTTPService {
        var description = ServiceDescription(
            name: "list",
            title: "List",
            settings: [],
            base: Template(literal: "https://api.example.com"),
            identity: try Template(parsing: "${settings.project} ${settings.kind}"),
            headers: [
                ("X-Project", try Template(parsing: "${settings.project}")),
                ("X-Kind", try Template(parsing: "${settings.kind}")),
            ],
            authentication: .none,
            messagePaths: [FieldPath(segments: [.name("message")])],
            errorRules: rules,
            checks: [
                CheckDescription(request: RequestTemplate(method: .get, path: Template(literal: "/")), shape: .any)
            ],
            streams: [:],
            sinks: [
                "contacts": SinkDescription(
                    match: Template(literal: "email"),
                    isIdentifiedByMatch: isUpsert,
                    operations: isUpsert ? [.create: description, .update: description] : [operation: description]
                )
            ]
        )
        description.title = "List"
        return try HTTPService(
            description,
            settings: ["project": "p-1"],
            secrets: [:],
            resolver: Vault(),
            client: client,
            clock: StoppedClock()
        )
    }

    private func write(
        _ method: RequestMethod,
        _ path: String,
        headers: [(String, String)] = [],
        _ item: JSONTemplate?,
        sendsNull: Bool = true,
        result: ResultDescription? = nil,
        repeated: Set<Int> = []
    ) throws -> WriteDescription {
        WriteDescription(
            request: RequestTemplate(
                method: method,
                path: try Template(parsing: path),
                headers: try headers.map { ($0.0, try Template(parsing: $0.1)) }
            ),
            isRepeatable: true,
            isPartial: true,
            maximumRecords: Template(literal: "1"),
            maximumBytes: 1_000_000,
            isList: false,
            items: item.map { [$0] } ?? [],
            sendsNull: sendsNull,
            result: result,
            goneStatuses: [404],
            repeatedStatuses: repeated
        )
    }

    private let whole = JSONTemplate.template(
        Template(pieces: [.expression(.reference(scope: .record, path: ["fields"]))])
    )
    private let success = ScriptedClient(200, #"{"success":true,"id":"c1"}"#)

    @Test func aRecordIsTheBodyAndWhatIsNullIsLeftOut() async throws {
        let sink = try sink(success, try write(.put, "/update", whole, sendsNull: false), isUpsert: true)
        let results = try await sink.write(writes(.create, [["alex+1@company.com", .null, .null]]))
        let request = try #require(success.requests.first)
        #expect(request.text == #"{"email":"alex+1@company.com"}"#)
        #expect(request.header("X-Project") == "p-1" && request.header("X-Kind") == nil)
        #expect(results == [.accepted(remoteID: "alex+1@company.com")])
        #expect(sink.ability(for: .update)?.identifiesByMatch == true)
    }

    @Test func theIdentifierGoesIntoTheAddressAndTheAnswerNamesWhatWasMade() async throws {
        let client = ScriptedClient(201, #"{"data":{"id":17}}"#)
        let result = ResultDescription(records: [.root], id: try FieldPath(parsing: "data.id"), matchRoot: .root)
        let made = try sink(
            client,
            try write(
                .post,
                "/things",
                .object([
                    ("kind", .template(try Template(parsing: "${settings.kind}"))), ("fields", whole),
                    ("key", .template(try Template(parsing: "${batch.id}"))),
                ]),
                result: result
            )
        )
        #expect(try await made.write(writes(.create, [["a@b.c", "A", nil]])) == [.accepted(remoteID: "17")])
        #expect(client.requests.first?.text == #"{"fields":{"email":"a@b.c","firstName":"A"},"key":"k-1"}"#)
        let deleted = try sink(client, try write(.delete, "/things/${path(record.id)}", nil), .delete)
        _ = try await deleted.write(writes(.delete, ids: ["a/b c"]))
        let request = try #require(client.requests.last)
        #expect(request.url == "https://api.example.com/things/a%2Fb%20c")
        #expect(request.body == nil && request.header("Content-Type") == nil)
    }

    @Test func anAnswerWithoutTheIdentifierBreaksTheContract() async throws {
        let result = ResultDescription(records: [.root], id: try FieldPath(parsing: "data.id"), matchRoot: .root)
        let sink = try sink(ScriptedClient(200, #"{"data":{}}"#), try write(.post, "/things", whole, result: result))
        let failure = await failure { try await sink.write(writes(.create, [["a@b.c", nil, nil]])) }
        #expect(failure?.code == .contractShape && failure?.effect == .unknown)
    }

    @Test(arguments: [false, true])
    func aRequestThatTheServiceHasHadIsDoneOnlyWhereItMayHaveLanded(mayHaveLanded: Bool) async throws {
        let client = ScriptedClient(409, #"{"success":false,"message":"Idempotency key already used."}"#)
        let sink = try sink(
            client,
            try write(.post, "/send", headers: [("Idempotency-Key", "${batch.id}")], whole, repeated: [409]),
            match: nil
        )
        #expect(sink.ability(for: .create)?.isKeyed == true)
        var batch = writes(.create, [["a@b.c", nil, nil]])
        batch.mayHaveLanded = mayHaveLanded
        if mayHaveLanded {
            #expect(try await sink.write(batch) == [.accepted(remoteID: "k-1")])
        } else {
            let failure = await failure { [batch] in try await sink.write(batch) }
            #expect(failure?.kind == .record && failure?.message == "Idempotency key already used.")
        }
        #expect(client.requests.first?.header("Idempotency-Key") == "k-1")
    }

    @Test func aRefusalMayComeWithAGoodStatus() async throws {
        let rule = ErrorRule(
            statuses: Set(200..<300),
            body: [(FieldPath(segments: [.name("success")]), .bool(false))],
            verdict: .record
        )
        let client = ScriptedClient(200, #"{"success":false,"message":"Invalid email address."}"#)
        let sink = try sink(client, try write(.put, "/update", whole), isUpsert: true, rules: [rule])
        let failure = await failure { try await sink.write(writes(.create, [["a@b.c", nil, nil]])) }
        #expect(failure?.kind == .record && failure?.message == "Invalid email address.")
    }

    @Test func recordsAreKnownByTheServicesOwnKeyAndNoOther() throws {
        let upsert = try write(.put, "/update", whole)
        let failure = #expect(throws: SyncFailure.self) {
            try sink(success, upsert, isUpsert: true, match: "firstName")
        }
        #expect(failure?.code == .configUnsafeService && failure?.message.contains("'email'") == true)
    }

    @Test func theFarEndIsAnotherOneWhereItsProjectIs() throws {
        let service = try service(success, try write(.put, "/update", whole), .create, isUpsert: true)
        #expect(service.identity == "list https://api.example.com p-1")
    }
}
