import FerryCore
import FerryHTTP
import Testing

@testable import FerryServices

/// What requests hold that mappings do not say: moved and added fields, members beside a list, UUIDs, keys in the body.
@Suite struct SentFieldsTests {
    private static let secrets: [String: SecretReference] = ["key": .credential("primary")]

    private func sink(
        _ client: ScriptedClient,
        fields: [String],
        added: [(String, String)] = [("id", "${record.uuid}"), ("context.lib", "ferry")],
        rules: [FieldRule] = [],
        beside: String = "${settings.x}"
    ) throws -> any RecordSink {
        let operation = WriteDescription(
            request: RequestTemplate(
                host: "ingest",
                method: .post,
                path: Template(literal: "/batch"),
                gzipMinimum: 1000
            ),
            isRepeatable: true,
            maximumRecords: Template(literal: "100"),
            maximumBytes: 1_000_000,
            into: FieldPath(segments: [.name("batch")]),
            items: [.template(try Template(parsing: "${record.fields}"))],
            envelope: .object([
                ("old", .literal(.bool(false))), ("none", .template(try Template(parsing: beside))),
            ]),
            moved: [(try FieldPath(parsing: "traits"), try FieldPath(parsing: "context.traits"))],
            added: try added.map { path, text in
                (try FieldPath(parsing: path), .template(try Template(parsing: text)))
            },
            fieldRules: rules
        )
        let description = ServiceDescription(
            name: "people",
            title: "People",
            settings: [],
            base: Template(literal: "https://api.example.com"),
            authentication: .bearer(token: try Template(parsing: "${settings.other}"), alternates: []),
            hosts: [
                "ingest": HostDescription(
                    base: Template(literal: "https://in.example.com"),
                    authentication: .body(
                        member: "api_key",
                        value: try Template(parsing: "${settings.key}"),
                        alternates: []
                    )
                )
            ],
            messagePaths: [],
            errorRules: [],
            checks: [],
            streams: [:],
            sinks: ["people": SinkDescription(operations: [.create: operation])]
        )
        let service = try HTTPService(
            description,
            settings: [:],
            secrets: Self.secrets,
            resolver: Vault(),
            client: client,
            clock: StoppedClock()
        )
        return try service.sink("people", fields: fields.map { try FieldPath(parsing: $0) }, match: nil)
    }

    private func batch(_ rows: [[JSONValue?]]) -> WriteBatch {
        var batch = writes(.create, rows)
        batch.recordKeys = PackedStrings(rows.indices.map { "shop/person/\($0)" })
        return batch
    }

    @Test func whatAnotherAttemptWouldSayOtherwiseIsNotWrittenAhead() async throws {
        let client = ScriptedClient(200, "{}")
        let ahead = try sink(client, fields: ["at"])
        let written = ahead.written(batch([[1]]))
        #expect(try await ahead.write(written) == ahead.write(batch([[1]])) && written.body != nil)
        #expect(client.requests[0].text == client.requests[1].text)
        for beside in ["${batch.id}", "${batch.attempt}", "${batch.time}", "${batch.made}"] {
            #expect(try sink(client, fields: ["at"], beside: beside).written(batch([[1]])).body == nil, "\(beside)")
        }
        let rule = FieldRule(path: try FieldPath(parsing: "at"), isRequired: true)
        #expect(try sink(client, fields: ["at"], rules: [rule]).written(batch([[1]])).body == nil)
    }

    @Test func fieldsAreMovedAndAddedAndTheKeyStandsInTheBody() async throws {
        let client = ScriptedClient(200, "{}")
        let sink = try sink(client, fields: ["traits.plan", "at"])
        #expect(sink.ability(for: .create)?.needsRecordKeys == true)
        let results = try await sink.write(batch([["pro", 1], [nil, 2]]))
        let request = try #require(client.requests.first)
        #expect(request.url == "https://in.example.com/batch" && request.header("Authorization") == nil)
        // SHA-256 of "shop/person/0" and "shop/person/1", with the version and the variant of RFC 9562.
        let ids = ["edbb67f5-c188-8501-89b9-3c3da7fbe697", "ffd85e65-988a-8623-b781-74d5fc97d19f"]
        #expect(
            request.text
                == #"{"api_key":"p-key-0001","old":false,"batch":[{"context":{"traits":{"plan":"pro"},"lib":"ferry"},"at":1,"id":"\#(ids[0])"},"#
                + #"{"context":{"lib":"ferry"},"at":2,"id":"\#(ids[1])"}]}"#
        )
        #expect(results == ids.map { .accepted(remoteID: $0) })
    }

    @Test func aMappingToTheSamePlaceCounts() async throws {
        let client = ScriptedClient(200, "{}")
        let sink = try sink(client, fields: ["id", "context"])
        _ = try await sink.write(batch([["mine", nil]]))
        #expect(client.requests.first?.text == #"{"api_key":"p-key-0001","old":false,"batch":[{"id":"mine"}]}"#)
    }

    @Test func whatWouldBeDroppedIsRefusedHereAndTheRestGoesOn() async throws {
        let client = ScriptedClient(200, "{}")
        let rules = [
            FieldRule(path: try FieldPath(parsing: "who"), isRequired: true, maximumLength: 5, refused: ["guest"]),
            FieldRule(path: try FieldPath(parsing: "at"), isTime: true),
        ]
        let sink = try sink(client, fields: ["who", "at"], added: [], rules: rules)
        let results = try await sink.write(
            batch([
                ["Guest", nil], [nil, nil], ["ä\u{301}bcd", "2026-01-02T03:04:05.1200+01:00"], ["abcdef", nil],
                ["ok", "then"], ["", nil], [7, .null],
            ])
        )
        #expect(
            results.map { if case .accepted = $0 { true } else { false } } == [
                false, false, true, false, false, false, true,
            ]
        )
        #expect(
            client.requests.first?.text
                == #"{"api_key":"p-key-0001","old":false,"batch":[{"who":"ä\#u{301}bcd","at":"2026-01-02T02:04:05.12Z"},{"who":7,"at":null}]}"#
        )
        // Nothing is sent where nothing is left.
        _ = try await sink.write(batch([["guest", nil]]))
        #expect(client.requests.count == 1)
    }

    @Test func aRequestWithoutItsKeyIsNotMade() async throws {
        let client = ScriptedClient(200, "{}")
        let description = ServiceDescription(
            name: "people",
            title: "People",
            settings: [],
            base: Template(literal: "https://api.example.com"),
            authentication: .bearer(token: try Template(parsing: "${settings.other}"), alternates: []),
            messagePaths: [],
            errorRules: [],
            checks: [
                CheckDescription(
                    request: RequestTemplate(method: .get, path: try Template(parsing: "/p/${path(settings.project)}")),
                    shape: .any
                ),
                CheckDescription(request: RequestTemplate(method: .get, path: Template(literal: "/ping")), shape: .any),
            ],
            streams: [:],
            sinks: [:]
        )
        let service = { (settings: [String: JSONValue], secrets: [String: SecretReference]) in
            try HTTPService(
                description,
                settings: settings,
                secrets: secrets,
                resolver: Vault(),
                client: client,
                clock: StoppedClock()
            )
        }
        let failure = await failure { try await service(["project": "1"], [:]).check() }
        #expect(failure?.code == .configMissingKey && failure?.message.contains("'other'") == true)
        #expect(client.requests.isEmpty)
        try await service([:], ["other": .credential("primary")]).check()
        #expect(client.requests.map(\.url) == ["https://api.example.com/ping"])
        try await service(["project": "1"], ["other": .credential("primary")]).check()
        #expect(
            client.requests.map(\.url).suffix(2) == ["https://api.example.com/p/1", "https://api.example.com/ping"]
        )
    }
}
