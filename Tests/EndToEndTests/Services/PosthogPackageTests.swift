import FerryAPI
import FerryCore
import FerryJSON
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// Ferry's requests to PostHog compared with those that PostHog's own package, from PyPI, makes of the same events; and the
/// sandbox used by that package.
@Suite struct PosthogPackageTests {
    private static let entities = """
          - type: purchase
            resource: events
            field_mappings:
              - { constant: order placed, target: event, direction: push }
              - { source: fields.customer, target: distinct_id, direction: push }
              - { source: fields.at, target: timestamp, direction: push }
              - { source: fields.amount, target: properties.amount, direction: push }
              - { source: fields.note, target: properties.note, direction: push }
              - { source: fields.company, target: "properties['$groups'].company", direction: push }
          - type: visit
            resource: events
            field_mappings:
              - { constant: visited, target: event, direction: push }
              - { source: fields.customer, target: distinct_id, direction: push }
              - { source: fields.at, target: timestamp, direction: push }
              - { source: fields.page, target: properties.page, direction: push }
          - type: sale
            resource: events_v1
            field_mappings:
              - { constant: sold, target: event, direction: push }
              - { source: fields.customer, target: distinct_id, direction: push }
              - { source: fields.at, target: timestamp, direction: push }
              - { source: fields.amount, target: properties.amount, direction: push }
              - { source: fields.known, target: "properties['$process_person_profile']", direction: push }
              - { source: fields.session, target: "properties['$session_id']", direction: push }
          - type: customer
            resource: person_properties
            field_mappings:
              - { source: fields.id, target: distinct_id }
              - { source: fields.plan, target: properties.plan }
              - { source: fields.seats, target: properties.seats }
              - { source: fields.first, target: set_once.first }
          - type: company
            resource: group_properties
            field_mappings:
              - { constant: company, target: type }
              - { source: fields.id, target: key }
              - { source: fields.name, target: properties.name }
        """

    private static let sql = """
        CREATE TABLE purchase (id INTEGER PRIMARY KEY, customer TEXT, at TEXT, amount REAL, note TEXT, company TEXT);
        INSERT INTO purchase VALUES (1, 'user-1', '2026-01-02T04:04:05.25+01:00', 12.5, 'Grüße "ä" \\ 🚢', 'acme'),
            (2, 'user-2', '2026-01-02 03:04:05', 3, NULL, 'umbrella');
        CREATE TABLE visit (id INTEGER PRIMARY KEY, customer TEXT, at TEXT, page TEXT);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)
        INSERT INTO visit SELECT i, 'user-' || i, '2026-01-02T03:04:05Z', printf('/%0100d', i) FROM n;
        CREATE TABLE sale (id INTEGER PRIMARY KEY, customer TEXT, at TEXT, amount INTEGER, known BOOLEAN, session TEXT);
        INSERT INTO sale VALUES (1, 'user-1', '2026-01-02T03:04:05Z', 9007199254740993, FALSE, 's-1');
        CREATE TABLE customer (id TEXT PRIMARY KEY, plan TEXT, seats INTEGER, first TEXT);
        INSERT INTO customer VALUES ('u1', 'pro', 3, 'ad');
        CREATE TABLE company (id TEXT PRIMARY KEY, name TEXT);
        INSERT INTO company VALUES ('acme', 'Acme');
        """

    /// The calls of the package that say what the tables say, request by request.
    private static func expected() throws -> JSONValue {
        let visits = (1...40).map { number in
            let digits = String(number)
            let page = "/" + String(repeating: "0", count: 100 - digits.count) + digits
            return #"[{"call":"capture","event":"visited","distinct_id":"user-\#(number)","#
                + #""timestamp":"2026-01-02T03:04:05Z","properties":{"page":"\#(page)"}}]"#
        }
        return try JSONValue(
            parsing: #"""
                [
                  {"mode": "v0", "gzip": false, "events": [
                    [{"call": "capture", "event": "order placed", "distinct_id": "user-1",
                      "timestamp": "2026-01-02T03:04:05.25Z", "groups": {"company": "acme"},
                      "properties": {"amount": 12.5, "note": "Grüße \"ä\" \\ 🚢"}}],
                    [{"call": "capture", "event": "order placed", "distinct_id": "user-2",
                      "timestamp": "2026-01-02T03:04:05Z", "groups": {"company": "umbrella"},
                      "properties": {"amount": 3, "note": null}}]
                  ]},
                  {"mode": "v0", "gzip": true, "events": [\#(visits.joined(separator: ","))]},
                  {"mode": "v1", "gzip": false, "events": [
                    [{"call": "capture", "event": "sold", "distinct_id": "user-1",
                      "timestamp": "2026-01-02T03:04:05Z",
                      "properties": {"amount": 9007199254740993, "$process_person_profile": false, "$session_id": "s-1"}}]
                  ]},
                  {"mode": "v0", "gzip": false, "events": [
                    [{"call": "set", "distinct_id": "u1", "properties": {"plan": "pro", "seats": 3}},
                     {"call": "set_once", "distinct_id": "u1", "properties": {"first": "ad"}}]
                  ]},
                  {"mode": "v0", "gzip": false, "events": [
                    [{"call": "group_identify", "group_type": "company", "group_key": "acme",
                      "properties": {"name": "Acme"}, "distinct_id": "ferry"}]
                  ]}
                ]
                """#
        )
    }

    @Test(
        .enabled("PostHog's package cannot be installed here: python3 with venv, and PyPI, are needed") {
            await PythonPackage.posthog.interpreter != nil
        }
    )
    func requestsAndTheSandboxAreAsPosthogsPackageHasThem() async throws {
        let answer: @Sendable (LoopbackService.Request) -> LoopbackService.Answer = { request in
            let results = request.body.matches(of: /"uuid":"([0-9a-f-]{36})"/).map { match in
                "\"\(match.output.1)\":{\"result\":\"ok\"}"
            }
            return LoopbackService.Answer(#"{"status":"Ok","results":{\#(results.joined(separator: ","))}}"#)
        }
        try await LoopbackService.with(answer) { service async throws in
            try await FerryWorld.with { world async throws in
                let project = world.sandbox.posthog
                try world.writeShop(Self.sql)
                try world.write(
                    integration: "hog",
                    """
                    type: posthog
                    store: shop
                    config: { ingest_host: "\(service.url)", project_api_key: \(project.projectKey) }
                    entities:
                    \(Self.entities)
                    """
                )
                let job = try await world.once("hog", .push).job
                #expect(job.state == .succeeded && job.progress.created == 45, "\(job)")
                let exchanged: JSONValue = [
                    "sandbox": .string("\(world.sandbox.baseURL)/posthog/ingest"),
                    "api_key": .string(project.projectKey), "expected": try Self.expected(),
                    "requests": .array(
                        service.requests.map { request in
                            [
                                "method": .string(request.method), "target": .string(request.target),
                                "headers": .object(
                                    request.headers.map { .init(key: $0.key, value: .string($0.value)) }
                                ),
                                "body": .string(Data(request.bytes).base64EncodedString()),
                            ]
                        }
                    ),
                ]
                let python = try await PythonPackage.posthog.run("check-posthog.py", on: exchanged)
                #expect(
                    python.exitCode == 0 && python.output.trimmingCharacters(in: .whitespacesAndNewlines).isEmpty,
                    "\(python.output)\(python.errors)"
                )
                #expect(python.errors.contains("5 requests were compared"), "\(python.errors)")
                // The package says of 45 rows what Ferry does, of a person in two events.
                #expect(project.droppedCount == 0 && project.events.count == 46)
                let person = project.person("u1")
                #expect(person?["plan"] == "\"pro\"" && person?["seats"] == "3" && person?["first"] == "\"ad\"")
                #expect(project.group("company", "acme") == #"{"name":"Acme"}"#)
                #expect(project.events.contains { $0.event == "visited" && $0.distinctID == "user-40" })
            }
        }
    }
}
