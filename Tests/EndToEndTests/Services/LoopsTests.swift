import FerryAPI
import FerryCore
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// Loops as the sandbox plays it: what arrives through refusals, lost answers, limits and kills.
@Suite struct LoopsTests {
    /// A world with a shop's customers and orders, and a team that knows the properties and lists they are mapped to.
    private static func with(
        customers: Int = 3,
        entities: [String] = [customer],
        rate: Int = 1000,
        settings: String = "",
        _ body: (FerryWorld) async throws -> Void
    ) async throws {
        try await FerryWorld.with { world async throws in
            let team = world.sandbox.loops
            team.setLimit(requestsPerSecond: nil)
            team.addProperty("plan", type: "string")
            team.add(LoopsList(id: "news", name: "News"))
            try world.writeShop(
                """
                CREATE TABLE customer (id INTEGER PRIMARY KEY, email TEXT, plan TEXT, news BOOLEAN);
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(customers))
                INSERT INTO customer SELECT i, 'c' || i || '@shop.test', 'plan ' || i, i % 2 FROM n;
                CREATE TABLE purchase (id INTEGER PRIMARY KEY, email TEXT, amount REAL);
                """
            )
            try world.write(
                integration: "news",
                """
                type: loops
                store: shop
                config: { base_url: "\(world.sandbox.baseURL)/loops/api/v1", key: \(team.key), requests_per_second: \(rate)\(settings) }
                entities:
                \(entities.joined(separator: "\n"))
                """
            )
            try await body(world)
        }
    }

    private static let customer = """
          - type: customer
            resource: contacts
            deletes: propagate
            field_mappings:
              - { source: fields.email, target: email }
              - { source: fields.plan, target: plan }
              - { source: fields.news, target: mailingLists.news }
        """

    private static let purchase = """
          - type: purchase
            resource: events
            field_mappings:
              - { constant: purchase, target: eventName }
              - { source: fields.email, target: email }
              - { source: fields.amount, target: eventProperties.amount }
        """

    @Test func contactsArriveAndComeBackToWhatTheyAre() async throws {
        try await Self.with { world async throws in
            // Somebody else has made one of them already.
            world.sandbox.loops.upsert(email: "c2@shop.test", [("firstName", "\"Bo\"")])
            let job = try await world.once("news", .push).job
            #expect(job.state == .succeeded && job.progress.created == 3, "\(job)")
            #expect(world.sandbox.loops.contacts.count == 3)
            let second = try #require(world.sandbox.loops.contact(email: "c2@shop.test"))
            #expect(second["plan"] == "\"plan 2\"" && second["firstName"] == "\"Bo\"")
            #expect(second.mailingLists == ["news": false])
            #expect(try await world.once("news", .push).job.progress.unchanged == 3)
        }
    }

    @Test func aContactThatIsGoneAlreadyIsDeleted() async throws {
        try await Self.with(customers: 30) { world async throws in
            _ = try await world.once("news", .push)
            try world.writeShop("DELETE FROM customer WHERE id <= 2")
            // 404 for the first: somebody else was quicker.
            world.sandbox.faults.add(
                FaultRule(
                    .status(404, body: #"{"success":false,"message":"Contact not found."}"#),
                    path: "/contacts/delete"
                )
            )
            let job = try await world.once("news", .push).job
            #expect(job.state == .succeeded && job.progress.deleted == 2, "\(job)")
            #expect(world.sandbox.loops.contact(email: "c2@shop.test") == nil)
        }
    }

    @Test func whatIsRefusedIsSetAsideInTheServicesWordsWhateverTheStatus() async throws {
        try await Self.with { world async throws in
            try world.writeShop("UPDATE customer SET email = 'nobody' WHERE id = 1")
            world.sandbox.faults.add(
                FaultRule(.status(200, body: #"{"success":false,"message":"Not today."}"#), method: "PUT", nth: 2)
            )
            let job = try await world.once("news", .push).job
            #expect(job.state == .partial && job.progress.created == 1 && job.progress.quarantined == 2, "\(job)")
            let daemon = try await world.startDaemon()
            let list = try await world.ferryctl("quarantine", job.id).output
            #expect(list.contains("Invalid email address.") && list.contains("Not today."))
            try await world.stop(daemon)
        }
    }

    @Test func noContactEverHoldsWhatIsOfAnotherRow() async throws {
        try await Self.with(customers: 2) { world async throws in
            try world.writeShop("INSERT INTO customer VALUES (8, 'c1@shop.test', 'other', 1)")
            let job = try await world.once("news", .push).job
            #expect(job.state == .partial && job.progress.created == 2 && job.progress.quarantined == 1, "\(job)")
            try world.writeShop("INSERT INTO customer VALUES (9, 'c2@shop.test', 'other', 1)")
            #expect(try await world.once("news", .push).job.progress.quarantined == 2)
            // Not sent at all, rather than made right again.
            let writes = world.sandbox.loops.requests.filter { $0.method == "PUT" }
            #expect(writes.count == 2 && !writes.contains { $0.body.contains("other") })
        }
    }

    @Test func aLostAnswerLeavesOneContactAndOneEvent() async throws {
        try await Self.with(entities: [Self.customer, Self.purchase]) { world async throws in
            try world.writeShop("INSERT INTO purchase VALUES (1, 'c1@shop.test', 9.5), (2, 'c2@shop.test', 12)")
            world.sandbox.faults.add(
                FaultRule(.reset(afterEffect: true), method: "PUT"),
                FaultRule(.status(502, afterEffect: true), path: "/events/send")
            )
            let job = try await world.once("news", .push).job
            #expect(job.state == .succeeded && job.progress.created == 5, "\(job)")
            #expect(world.sandbox.loops.contacts.count == 3)
            #expect(world.sandbox.loops.events.map(\.properties) == [#"{"amount":9.5}"#, #"{"amount":12.0}"#])
            // The answer that came was that the key had been used.
            #expect(world.sandbox.loops.requests.contains { $0.path.hasSuffix("/events/send") && $0.status == 409 })
        }
    }

    @Test func anEventWhoseAnswerDiedWithTheProgramIsNotSentTwice() async throws {
        try await Self.with(entities: [Self.customer, Self.purchase]) { world async throws in
            _ = try await world.once("news", .push)
            try world.writeShop("INSERT INTO purchase VALUES (1, 'c1@shop.test', 9.5), (2, 'c2@shop.test', 12)")
            world.sandbox.faults.add(FaultRule(.delay(milliseconds: 60_000, afterEffect: true), path: "/events/send"))
            let push = try world.startOnce("news", .push)
            try await eventually("the first event has landed") { world.sandbox.loops.events.count == 1 }
            try await push.terminate()
            let job = try await world.once("news", .push).job
            #expect(job.state == .succeeded && job.progress.created == 2, "\(job)")
            #expect(world.sandbox.loops.events.count == 2)
            #expect(try await world.once("news", .push).job.progress.unchanged == 5)
        }
    }

    @Test func aKeyThatSomebodyElseUsedIsARefusalAtTheFirstTry() async throws {
        try await Self.with(entities: [Self.customer, Self.purchase]) { world async throws in
            try world.writeShop("INSERT INTO purchase VALUES (1, 'c1@shop.test', 9.5)")
            let body = #"{"success":false,"message":"Idempotency key already used with a different request body."}"#
            world.sandbox.faults.add(FaultRule(.status(409, body: body), path: "/events/send"))
            let job = try await world.once("news", .push).job
            #expect(job.state == .partial && job.progress.quarantined == 1, "\(job)")
        }
    }

    @Test func anEventForNobodyIsSetAside() async throws {
        try await Self.with(entities: [Self.customer, Self.purchase]) { world async throws in
            try world.writeShop("INSERT INTO purchase VALUES (1, 'nobody@shop.test', 9.5)")
            let job = try await world.once("news", .push).job
            #expect(job.state == .partial && job.progress.created == 3 && job.progress.quarantined == 1, "\(job)")
        }
    }

    @Test func theTeamsRateIsKeptAndARefusalWaitedOut() async throws {
        try await Self.with(customers: 12, rate: 5) { world async throws in
            world.sandbox.loops.setLimit(requestsPerSecond: 5)
            world.sandbox.faults.add(FaultRule(.status(429, retryAfter: "1"), method: "PUT", nth: 3))
            let job = try await world.once("news", .push).job
            #expect(job.state == .succeeded && job.progress.created == 12, "\(job)")
            // The fault's refusal is the only one: the budget keeps to what the service takes.
            #expect(world.sandbox.loops.requests.filter { $0.status == 429 }.count == 1)
        }
    }

    private static let richCustomer = customer.replacing(
        "field_mappings:",
        with: """
            field_mappings:
                  - { source: fields.points, target: points }
                  - { source: fields.vip, target: isVip }
                  - { source: fields.city, target: city }
            """
    )

    private func addColumns(_ world: FerryWorld) throws {
        try world.writeShop(
            """
            ALTER TABLE customer ADD COLUMN points INTEGER; ALTER TABLE customer ADD COLUMN vip BOOLEAN;
            ALTER TABLE customer ADD COLUMN city TEXT;
            UPDATE customer SET points = 9, vip = TRUE WHERE id = 2;
            """
        )
    }

    @Test func propertiesAreMadeWhenTheirFirstValueComes() async throws {
        try await Self.with(entities: [Self.richCustomer]) { world async throws in
            try addColumns(world)
            let team = world.sandbox.loops
            // Whether an answer is lost or not, and whoever is quicker.
            world.sandbox.faults.add(FaultRule(.reset(afterEffect: true), method: "POST", path: "/contacts/properties"))
            let job = try await world.once("news", .push).job
            #expect(job.state == .succeeded && job.progress.created == 3, "\(job)")
            #expect(team.contact(email: "c2@shop.test")?["points"] == "9")
            #expect(team.contact(email: "c2@shop.test")?["isVip"] == "true")
            let made = team.requests.filter { $0.method == "POST" && $0.path.hasSuffix("/contacts/properties") }
            #expect(!made.contains { $0.body.contains("city") }, "no record has one")
            try world.writeShop("UPDATE customer SET city = 'Bergen' WHERE id = 3")
            #expect(try await world.once("news", .push).job.progress.updated == 1)
            #expect(team.contact(email: "c3@shop.test")?["city"] == "\"Bergen\"")
        }
    }

    @Test func aPlanSaysWhichPropertiesWouldBeMadeAndMakesNone() async throws {
        try await Self.with(entities: [Self.richCustomer]) { world async throws in
            try addColumns(world)
            let daemon = try await world.startDaemon()
            let plan = try await world.ferryctl("plan", "news", "--push")
            #expect(plan.output.contains("the service would be given the field 'points' (number)"), "\(plan.output)")
            #expect(world.sandbox.loops.requests.allSatisfy { $0.method == "GET" })
            try await world.stop(daemon)
        }
    }

    @Test func aPropertyThatIsRefusedEndsTheJobAndIsNamed() async throws {
        let wrong = Self.richCustomer.replacing("target: points", with: "target: Points")
        try await Self.with(entities: [wrong]) { world async throws in
            try addColumns(world)
            let job = try await world.once("news", .push).job
            #expect(job.state == .failed && job.error?.code == "service.refused", "\(job)")
            #expect(job.error?.message.contains("'Points'") == true && job.error?.message.contains("camelCase") == true)
        }
    }

    @Test func withoutLeaveNoPropertyIsMade() async throws {
        let settings = ", create_properties: false"
        try await Self.with(entities: [Self.richCustomer], settings: settings) { world async throws in
            try addColumns(world)
            let job = try await world.once("news", .push).job
            #expect(job.state == .partial && job.progress.quarantined == 1, "\(job)")
            #expect(!world.sandbox.loops.requests.contains { $0.path.hasSuffix("/contacts/properties") })
        }
    }

    @Test func howLongALongPushTakesIsSaidBeforeItStarts() async throws {
        try await Self.with(customers: 90, rate: 3) { world async throws in
            let daemon = try await world.startDaemon()
            let plan = try await world.ferryctl("plan", "news", "--push")
            #expect(plan.output.contains("takes about 30 s at the service's pace"), "\(plan.output)")
            let id = try await world.requestSync("news", .push)
            try await eventually("it says so") { try await world.job(id).progress.expectedSeconds == 30 }
            #expect(try await world.ferryctl("job", id).output.contains("about 30 s, at the service's pace"))
            _ = try await world.ferryctl("cancel", id)
            try await world.stop(daemon)
        }
    }

    @Test func theConnectionIsTestedByTheKeysOwnCall() async throws {
        try await Self.with { world async throws in
            let daemon = try await world.startDaemon()
            #expect(try await world.ferryctl("test", "news").exitCode == 0)
            #expect(world.sandbox.loops.requests.map { "\($0.method) \($0.path)" } == ["GET /loops/api/v1/api-key"])
            world.sandbox.loops.key = "another"
            let refused = try await world.ferryctl("test", "news")
            #expect(refused.exitCode != 0 && (refused.output + refused.errors).contains("Invalid API key"))
            try await world.stop(daemon)
        }
    }

    @Test func aPlanShowsWhatAContactHoldsNowAndSendsNothing() async throws {
        try await Self.with { world async throws in
            _ = try await world.once("news", .push)
            try world.writeShop("UPDATE customer SET plan = 'gold' WHERE id = 1")
            let daemon = try await world.startDaemon()
            let plan = try await world.ferryctl("plan", "news", "--push")
            #expect(plan.output.contains("plan 1") && plan.output.contains("gold"), "\(plan.output)")
            #expect(world.sandbox.loops.requests.filter { $0.method != "GET" }.count == 3)
            try await world.stop(daemon)
        }
    }
}
