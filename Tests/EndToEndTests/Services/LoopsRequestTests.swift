import FerryAPI
import FerryCore
import FerryTesting
import Foundation
import Testing

/// What is sent to Loops, compared with the requests of its documentation, by the real program over real HTTP.
@Suite struct LoopsRequestTests {
    /// A service that answers as the documentation shows, and a world that pushes to it and pulls from it.
    private static func with(
        _ entities: String,
        _ sql: String,
        refusing refusal: (@Sendable (LoopbackService.Request) -> LoopbackService.Answer?)? = nil,
        _ body: (FerryWorld, LoopbackService) async throws -> Void
    ) async throws {
        let answer: @Sendable (LoopbackService.Request) -> LoopbackService.Answer = { request in
            if let answer = refusal?(request) { return answer }
            return switch request.path {
            case "/api/v1/lists":
                LoopbackService.Answer(#"[{"id":"l1","name":"News","description":null,"isPublic":true}]"#)
            case "/api/v1/transactional":
                LoopbackService.Answer(
                    request.parameters["cursor"] == nil
                        ? #"{"pagination":{"totalResults":2,"returnedResults":1,"perPage":50,"totalPages":2,"nextCursor":"n+2/=","nextPage":null},"data":[{"id":"t1","name":"Welcome","lastUpdated":"2025-06-29 07:47:39.370000+00:00"}]}"#
                        : #"{"pagination":{"totalResults":2,"returnedResults":1,"perPage":50,"totalPages":2,"nextCursor":null,"nextPage":null},"data":[{"id":"t2","name":"Bye","lastUpdated":"2025-06-29 07:47:39.370000+00:00"}]}"#
                )
            case "/api/v1/contacts/properties":
                LoopbackService.Answer(
                    #"[{"key":"plan","label":"Plan","type":"string"},"#
                        + #"{"key":"firstName","label":"First name","type":"string"}]"#
                )
            case "/api/v1/contacts/delete":
                LoopbackService.Answer(#"{"success":true,"message":"Contact deleted."}"#)
            case "/api/v1/api-key": LoopbackService.Answer(#"{"success":true,"teamName":"Acme"}"#)
            default: LoopbackService.Answer(#"{"success":true,"id":"c1"}"#)
            }
        }
        try await LoopbackService.with(answer) { service async throws in
            try await FerryWorld.with { world async throws in
                if !sql.isEmpty { try world.writeShop(sql) }
                try world.write(
                    integration: "news",
                    """
                    type: loops
                    store: \(sql.isEmpty ? "main" : "shop")
                    config: { base_url: "\(service.url)/api/v1/", key: 5d1e-loops, requests_per_second: 1000 }
                    delete_guard: { share: 100%, count: 100 }
                    entities:
                    \(entities)
                    """
                )
                try await body(world, service)
            }
        }
    }

    private static let contacts = """
          - type: contact
            resource: contacts
            deletes: propagate
            field_mappings:
              - { source: fields.email, target: email }
              - { source: fields.first_name, target: firstName }
              - { source: fields.plan, target: plan }
              - { source: fields.news, target: mailingLists.l1 }
        """

    @Test func contactsAreUpsertedChangedAndDeletedOneByOne() async throws {
        let sql = """
            CREATE TABLE contact (email TEXT PRIMARY KEY, first_name TEXT, plan TEXT, news BOOLEAN);
            INSERT INTO contact VALUES ('alex+1@company.com', 'Alex', 'pro', TRUE), ('bo@company.com', NULL, NULL, NULL);
            """
        try await Self.with(Self.contacts, sql) { world, service async throws in
            let first = try await world.once("news", .push).job
            #expect(first.state == .succeeded && first.progress.created == 2, "\(first)")
            #expect(
                service.requests.map { "\($0.method) \($0.target)" }
                    == ["GET /api/v1/contacts/properties?list=all"]
                    + Array(repeating: "PUT /api/v1/contacts/update", count: 2)
            )
            #expect(
                service.requests.dropFirst().map(\.body) == [
                    #"{"email":"alex+1@company.com","firstName":"Alex","plan":"pro","mailingLists":{"l1":true}}"#,
                    // A null is never sent, and neither is an empty 'mailingLists'.
                    #"{"email":"bo@company.com"}"#,
                ]
            )
            for request in service.requests {
                #expect(request.headers["authorization"] == "Bearer 5d1e-loops")
                #expect(request.headers["content-type"] == (request.method == "GET" ? nil : "application/json"))
            }

            // Only what has changed goes out again, and a contact is named each time.
            service.forgetRequests()
            try world.writeShop("UPDATE contact SET plan = 'free' WHERE first_name = 'Alex'")
            #expect(try await world.once("news", .push).job.progress.updated == 1)
            #expect(service.writes.map(\.body) == [#"{"email":"alex+1@company.com","plan":"free"}"#])

            service.forgetRequests()
            try world.writeShop("DELETE FROM contact WHERE email = 'bo@company.com'")
            #expect(try await world.once("news", .push).job.progress.deleted == 1)
            #expect(service.requests.map { "\($0.method) \($0.target)" } == ["POST /api/v1/contacts/delete"])
            #expect(service.requests.map(\.body) == [#"{"email":"bo@company.com"}"#])
            #expect(try await world.once("news", .push).job.progress.unchanged == 1)
        }
    }

    @Test func anAddressThatChangesIsAnotherContactUnlessTheUserIdIsTheKey() async throws {
        let byUser = Self.contacts.replacing("resource: contacts", with: "resource: contacts_by_user_id")
            .replacing("field_mappings:", with: "field_mappings:\n      - { source: fields.id, target: userId }")
        let sql = """
            CREATE TABLE contact (id TEXT PRIMARY KEY, email TEXT, first_name TEXT, plan TEXT, news BOOLEAN);
            INSERT INTO contact VALUES ('u1', 'old@company.com', 'Alex', NULL, NULL);
            """
        for (entities, expected) in [
            (Self.contacts, #"{"email":"new@company.com","firstName":"Alex"}"#),
            (byUser, #"{"userId":"u1","email":"new@company.com"}"#),
        ] {
            try await Self.with(entities, sql) { world, service async throws in
                #expect(try await world.once("news", .push).job.progress.created == 1)
                service.forgetRequests()
                try world.writeShop("UPDATE contact SET email = 'new@company.com'")
                #expect(try await world.once("news", .push).job.state == .succeeded)
                #expect(service.writes.map(\.body) == [expected])
                #expect(try await world.once("news", .push).job.progress.unchanged == 1)
            }
        }
    }

    @Test func anEventGoesOutOnceUnderAKeyOfItsOwn() async throws {
        let entities = """
              - type: signup
                resource: events
                field_mappings:
                  - { constant: signup, target: eventName }
                  - { source: fields.email, target: email }
                  - { source: fields.plan, target: eventProperties.plan }
                  - { source: fields.day, target: eventProperties.importDate }
            """
        let sql = """
            CREATE TABLE signup (id INTEGER PRIMARY KEY, email TEXT, plan TEXT, day TEXT);
            INSERT INTO signup VALUES (1, 'alex@company.com', 'pro', '2021-01-01'), (2, 'bo@company.com', NULL, NULL);
            """
        try await Self.with(entities, sql) { world, service async throws in
            #expect(try await world.once("news", .push).job.progress.created == 2)
            #expect(
                service.requests.map { "\($0.method) \($0.target)" }
                    == Array(repeating: "POST /api/v1/events/send", count: 2)
            )
            #expect(
                service.requests.map(\.body) == [
                    #"{"eventName":"signup","email":"alex@company.com","eventProperties":{"plan":"pro","importDate":"2021-01-01"}}"#,
                    #"{"eventName":"signup","email":"bo@company.com"}"#,
                ]
            )
            let keys = service.requests.compactMap { $0.headers["idempotency-key"] }
            #expect(Set(keys).count == 2 && keys.allSatisfy { (1...100).contains($0.utf8.count) })
            service.forgetRequests()
            #expect(try await world.once("news", .push).job.progress.unchanged == 2)
            #expect(service.requests.isEmpty)
        }
    }

    @Test func whatCanBeListedIsPulled() async throws {
        let entities = """
              - { type: list, resource: mailing_lists, key: id, field_mappings: [{ source: fields.id, target: id }, { source: fields.name, target: name }] }
              - { type: mail, resource: transactional_emails, key: id, field_mappings: [{ source: fields.id, target: id }, { source: fields.name, target: name }] }
              - { type: property, resource: contact_properties, key: id, field_mappings: [{ source: fields.id, target: key }, { source: fields.type, target: type }] }
            """
        try await Self.with(entities, "") { world, service async throws in
            let job = try await world.once("news", .pull).job
            #expect(job.state == .succeeded && job.progress.created == 5, "\(job)")
            #expect(
                service.requests.map { "\($0.method) \($0.target)" } == [
                    "GET /api/v1/lists", "GET /api/v1/transactional?perPage=50",
                    "GET /api/v1/transactional?perPage=50&cursor=n%2B2%2F%3D",
                    "GET /api/v1/contacts/properties?list=all",
                ]
            )
            #expect(try world.rows(world.store, "SELECT id, name FROM mail ORDER BY id") == ["t1|Welcome", "t2|Bye"])
            #expect(try await world.once("news", .pull).job.progress.unchanged == 5)
        }
    }

    @Test func aContactIsLookedUpByItsAddressPercentEncoded() async throws {
        let sql = "CREATE TABLE contact (email TEXT PRIMARY KEY, first_name TEXT, plan TEXT, news BOOLEAN);"
        try await Self.with(Self.contacts, sql + "INSERT INTO contact (email) VALUES ('alex+1@company.com');") {
            world,
            service async throws in
            _ = try await world.once("news", .push)
            try world.writeShop("UPDATE contact SET plan = 'free'")
            let daemon = try await world.startDaemon()
            service.forgetRequests()
            _ = try await world.ferryctl("plan", "news", "--push")
            #expect(
                service.requests.map { "\($0.method) \($0.target)" } == [
                    "GET /api/v1/contacts/properties?list=all",
                    "GET /api/v1/contacts/find?email=alex%2B1%40company.com",
                ]
            )
            try await world.stop(daemon)
        }
    }

    @Test(arguments: [
        (
            401, #"{"success":false,"message":"Invalid API key","error":"Invalid API key"}"#, "auth.rejected",
            "Invalid API key"
        ),
        (400, #"{"success":false,"message":"Some body key is too long"}"#, nil, "Some body key is too long"),
        (409, #"{"success":false,"message":"Email is in use","path":"email"}"#, nil, "Email is in use"),
        (400, #"{"success":false,"error":{"path":"email","message":"not an address"}}"#, nil, "not an address"),
        (200, #"{"success":false,"message":"Over the limit"}"#, nil, "Over the limit"),
        (422, "unprocessable", nil, "unprocessable"),
    ])
    func aRefusalIsToldInTheServicesWords(status: Int, body: String, code: String?, words: String) async throws {
        let sql = """
            CREATE TABLE contact (email TEXT PRIMARY KEY, first_name TEXT, plan TEXT, news BOOLEAN);
            INSERT INTO contact (email) VALUES ('bo@company.com');
            """
        let refusal: @Sendable (LoopbackService.Request) -> LoopbackService.Answer? = { request in
            request.method == "PUT" ? LoopbackService.Answer(body, status: status) : nil
        }
        try await Self.with(Self.contacts, sql, refusing: refusal) { world, _ async throws in
            let job = try await world.once("news", .push).job
            #expect(job.progress.quarantined == (code == nil ? 1 : 0), "\(job)")
            if let code { #expect(job.error?.code == code) }
            #expect(job.error?.message.contains(words) == true, "\(job)")
        }
    }

    @Test func theConnectionIsTestedByTheKeysOwnCall() async throws {
        let sql = "CREATE TABLE contact (email TEXT PRIMARY KEY, first_name TEXT, plan TEXT, news BOOLEAN);"
        try await Self.with(Self.contacts, sql) { world, service async throws in
            let daemon = try await world.startDaemon()
            #expect(try await world.ferryctl("test", "news").exitCode == 0)
            #expect(service.requests.map { "\($0.method) \($0.target) \($0.body)" } == ["GET /api/v1/api-key "])
            #expect(service.requests.first?.headers["authorization"] == "Bearer 5d1e-loops")
            try await world.stop(daemon)
        }
    }

    @Test func aPropertyThatTheTeamLacksIsMadeBeforeTheFirstContactHasIt() async throws {
        let sql = """
            CREATE TABLE contact (email TEXT PRIMARY KEY, first_name TEXT, plan INTEGER, news BOOLEAN);
            INSERT INTO contact VALUES ('alex+1@company.com', NULL, 7, TRUE);
            """
        let entities = Self.contacts.replacing("target: plan }", with: "target: planLevel }")
        try await Self.with(entities, sql) { world, service async throws in
            #expect(try await world.once("news", .push).job.state == .succeeded)
            #expect(
                service.requests.map { "\($0.method) \($0.target) \($0.body)" } == [
                    "GET /api/v1/contacts/properties?list=all ",
                    #"POST /api/v1/contacts/properties {"name":"planLevel","type":"number"}"#,
                    #"PUT /api/v1/contacts/update {"email":"alex+1@company.com","planLevel":7,"mailingLists":{"l1":true}}"#,
                ]
            )
        }
    }
}

extension LoopbackService {
    /// The requests that change something.
    fileprivate var writes: [Request] { requests.filter { $0.method != "GET" } }
}
