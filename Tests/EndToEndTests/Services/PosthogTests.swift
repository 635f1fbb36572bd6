import FerryAPI
import FerryCore
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// PostHog as the sandbox plays it: what is pulled through caps and ties, and what arrives through refusals, lost
/// answers and kills.
@Suite struct PosthogTests {
    private static func with(
        settings: String = "",
        entities: [String],
        _ body: (FerryWorld) async throws -> Void
    ) async throws {
        try await FerryWorld.with { world async throws in
            let project = world.sandbox.posthog
            project.setLimit(queriesPerMinute: nil)
            try world.writeShop(
                """
                CREATE TABLE purchase (id INTEGER PRIMARY KEY, customer, bought_at TEXT, amount REAL, note TEXT);
                CREATE TABLE customer (id TEXT PRIMARY KEY, plan TEXT, source TEXT);
                CREATE TABLE seen (uuid TEXT PRIMARY KEY, event TEXT, person TEXT, at TEXT, amount REAL);
                CREATE TABLE person (id TEXT PRIMARY KEY, plan TEXT);
                """
            )
            try world.write(
                integration: "hog",
                """
                type: posthog
                store: shop
                config:
                  api_host: "\(world.sandbox.baseURL)/posthog/app/"
                  ingest_host: "\(world.sandbox.baseURL)/posthog/ingest"
                  project_id: "\(project.id)"
                  personal_api_key: \(project.personalKey)
                  project_api_key: \(project.projectKey)
                  queries_per_minute: 100000
                  queries_per_hour: 1000000
                  \(settings)
                entities:
                \(entities.joined(separator: "\n"))
                """
            )
            try await body(world)
        }
    }

    private static let seen = """
          - type: seen
            resource: events
            key: uuid
            field_mappings:
              - { source: fields.uuid, target: uuid, direction: pull }
              - { source: fields.event, target: event, direction: pull }
              - { source: fields.person, target: distinct_id, direction: pull }
              - { source: fields.at, target: timestamp, direction: pull }
              - { source: fields.amount, target: properties.amount, direction: pull }
        """

    private static let purchase = """
          - type: purchase
            resource: events
            field_mappings:
              - { constant: purchase, target: event, direction: push }
              - { source: fields.customer, target: distinct_id, direction: push }
              - { source: fields.bought_at, target: timestamp, direction: push }
              - { source: fields.amount, target: properties.amount, direction: push }
              - { source: fields.note, target: properties.note, direction: push }
        """

    private static let customer = """
          - type: customer
            resource: person_properties
            field_mappings:
              - { source: fields.id, target: distinct_id }
              - { source: fields.plan, target: properties.plan }
              - { source: fields.source, target: set_once.source }
        """

    private static func event(_ number: Int, at time: String) -> PosthogEvent {
        let digits = String(number)
        return PosthogEvent(
            uuid: "0190c3a0-0000-7000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits,
            event: "bought",
            distinctID: "user-\(number)",
            timestamp: time,
            properties: "{\"amount\":\(number).5}"
        )
    }

    private static func addPurchases(_ numbers: ClosedRange<Int>, note: String = "NULL", to world: FerryWorld) throws {
        try world.writeShop(
            """
            WITH RECURSIVE n(i) AS (SELECT \(numbers.lowerBound) UNION ALL SELECT i + 1 FROM n WHERE i < \(numbers.upperBound))
            INSERT INTO purchase SELECT i, 'user-' || i, '2026-01-02 03:04:05', i + 0.5, \(note) FROM n;
            """
        )
    }

    private func queries(_ world: FerryWorld) -> [LoggedRequest] {
        world.sandbox.posthog.requests.filter { $0.path.hasSuffix("/query/") }
    }

    private func batches(_ world: FerryWorld) -> [LoggedRequest] {
        world.sandbox.posthog.requests.filter { $0.path.hasSuffix("/batch/") }
    }

    // MARK: Pull

    /// In 2025-26 a server that gave fewer rows than LIMIT asked for made clients stop there, and lose the rest.
    @Test func pagesThatTheServerCapsAreNotTakenForTheEnd() async throws {
        try await Self.with(settings: "page_size: 10", entities: [Self.seen]) { world async throws in
            let project = world.sandbox.posthog
            project.setResultCap(7)
            // Twelve at one instant, so that pages begin and end among ties.
            project.capture((1...12).map { Self.event($0, at: "2026-01-01T10:00:00.123456Z") })
            project.capture((13...25).map { Self.event($0, at: "2026-01-02T10:00:\($0).000001Z") })
            let job = try await world.once("hog", .pull).job
            #expect(job.state == .succeeded && job.progress.created == 25, "\(job)")
            #expect(try world.rows(world.shop, "SELECT count(*), count(DISTINCT person) FROM seen") == ["25|25"])
            #expect(
                try world.rows(world.shop, "SELECT amount, at FROM seen WHERE person = 'user-3'") == [
                    "3.5|2026-01-01T10:00:00.123456Z"
                ]
            )
            // 7, 7, 7 and 4 rows, and none: only that is the end.
            #expect(queries(world).count == 5)
        }
    }

    @Test func whatComesLaterIsPulledOnceTiesAndLateOnesIncluded() async throws {
        try await Self.with(entities: [Self.seen]) { world async throws in
            let project = world.sandbox.posthog
            // A query without rows, asked again when there are some, is answered anew.
            #expect(try await world.once("hog", .pull).job.progress.created == 0)
            project.capture((11...20).map { Self.event($0, at: "2026-01-01T10:00:00Z") })
            #expect(try await world.once("hog", .pull).job.progress.created == 10)
            // One at the very instant that was last, with a lower identifier, and one half an hour before.
            project.capture([Self.event(5, at: "2026-01-01T10:00:00Z"), Self.event(6, at: "2026-01-01T09:30:00Z")])
            let second = try await world.once("hog", .pull).job
            #expect(second.state == .succeeded && second.progress.created == 2, "\(second)")
            #expect(second.progress.updated == 0)
            let third = try await world.once("hog", .pull).job
            #expect(third.progress.created == 0 && third.progress.updated == 0, "\(third)")
            #expect(try world.rows(world.shop, "SELECT count(*) FROM seen") == ["12"])
            // What is older than the overlap is not read again.
            #expect(queries(world).suffix(2).first?.body.contains("2026-01-01 09:00:00.000000") == true)
        }
    }

    @Test func aProjectsOwnTimeZoneMovesNothing() async throws {
        try await Self.with(settings: "page_size: 4", entities: [Self.seen]) { world async throws in
            world.sandbox.posthog.setTimeZone(minutesAhead: -210)
            world.sandbox.posthog.capture((10...19).map { Self.event($0, at: "2026-01-01T23:59:\($0 * 2).5Z") })
            #expect(try await world.once("hog", .pull).job.progress.created == 10)
            #expect(try await world.once("hog", .pull).job.progress.created == 0)
            #expect(queries(world).contains { $0.body.contains(#""since":"2026-01-01 23:59:26.500000""#) })
        }
    }

    @Test func aPullThatDiesGoesOnWhereItWas() async throws {
        try await Self.with(settings: "page_size: 5", entities: [Self.seen]) { world async throws in
            world.sandbox.posthog.capture((1...20).map { Self.event($0, at: "2026-01-01T10:00:00Z") })
            world.sandbox.faults.add(FaultRule(.delay(milliseconds: 60_000), path: "/query/", nth: 3))
            let pull = try world.startOnce("hog", .pull)
            try await eventually("two pages are in place") {
                try world.rows(world.shop, "SELECT count(*) FROM seen") == ["10"]
            }
            try await pull.terminate()
            let job = try await world.once("hog", .pull).job
            #expect(job.state == .succeeded, "\(job)")
            #expect(try world.rows(world.shop, "SELECT count(*) FROM seen") == ["20"])
        }
    }

    @Test func aQueryThatIsStillRunningIsAskedAgainAndALimitWaitedOut() async throws {
        try await Self.with(entities: [Self.seen]) { world async throws in
            world.sandbox.posthog.capture([Self.event(1, at: "2026-01-01T10:00:00Z")])
            let running = #"{"query_status":{"id":"q1","complete":false}}"#
            let throttled =
                #"{"type":"throttled_error","code":"throttled","detail":"Request was throttled.","attr":null}"#
            world.sandbox.faults.add(
                FaultRule(.status(202, body: running), path: "/query/"),
                FaultRule(.status(429, retryAfter: "1", body: throttled), path: "/query/", nth: 2)
            )
            let job = try await world.once("hog", .pull).job
            #expect(job.state == .succeeded && job.progress.created == 1, "\(job)")
        }
    }

    @Test func whatIsTooMuchForTheDatabaseIsAskedForInHalves() async throws {
        try await Self.with(settings: "page_size: 40", entities: [Self.seen]) { world async throws in
            world.sandbox.posthog.capture((10...30).map { Self.event($0, at: "2026-01-01T10:00:\($0)Z") })
            let slow =
                #"{"type":"server_error","code":"error","detail":"Query has hit the max execution time","attr":null}"#
            world.sandbox.faults.add(
                FaultRule(.status(504, body: slow), path: "/query/"),
                FaultRule(.status(512, body: slow), path: "/query/", nth: 2)
            )
            let job = try await world.once("hog", .pull).job
            #expect(job.state == .succeeded && job.progress.created == 21 && job.progress.retries == 0, "\(job)")
            let sizes = queries(world).compactMap { $0.body.firstMatch(of: /limit ([0-9]+)/)?.output.1 }
            #expect(sizes == ["40", "20", "10", "10", "10", "10"])
        }
    }

    @Test func personsArePulledChangedAndDeleted() async throws {
        let entity = """
              - type: person
                resource: persons
                key: id
                deletes: propagate
                field_mappings:
                  - { source: fields.id, target: id }
                  - { source: fields.plan, target: properties.plan }
            """
        try await Self.with(settings: "page_size: 2", entities: [entity]) { world async throws in
            SeededPosthog.fill(world.sandbox.posthog)
            #expect(try await world.once("hog", .pull).job.progress.created == 3)
            #expect(try world.rows(world.shop, "SELECT plan FROM person ORDER BY id") == ["pro", "free", "free"])
            world.sandbox.posthog.removePerson("user-1")
            // Gone is what two complete scans did not see.
            #expect(try await world.once("hog", .pull).job.progress.deleted == 0)
            #expect(try await world.once("hog", .pull).job.progress.deleted == 1)
        }
    }

    // MARK: Push

    @Test func eventsArriveOnceAndOthersAreSetAsideBeforePostHogDropsThem() async throws {
        try await Self.with(entities: [Self.purchase]) { world async throws in
            try Self.addPurchases(1...3, to: world)
            try world.writeShop(
                """
                INSERT INTO purchase VALUES (4, NULL, '2026-01-02', 1, NULL), (5, 'Anonymous', '2026-01-02', 1, NULL),
                    (6, 'user-6', 'tomorrow', 1, NULL), (7, 'user-7', NULL, 1, NULL), (8, printf('%0201d', 1), '2026-01-02', 1, NULL),
                    (9, 9, '2026-01-02T05:04:05.678+02:00', 1, 'an "ä"');
                """
            )
            let job = try await world.once("hog", .push).job
            #expect(job.state == .partial && job.progress.created == 4 && job.progress.quarantined == 5, "\(job)")
            let project = world.sandbox.posthog
            #expect(project.droppedCount == 0)
            #expect(Set(project.events.map(\.distinctID)) == ["user-1", "user-2", "user-3", "9"])
            let last = try #require(project.events.first { $0.distinctID == "9" })
            #expect(last.timestamp == "2026-01-02T03:04:05.678000Z" && last.event == "purchase")
            #expect(
                last.properties == #"{"amount":1.0,"note":"an \"ä\"","$geoip_disable":true,"$lib":"ferry"}"#
            )
            let daemon = try await world.startDaemon()
            // What is refused here is known before anything is sent.
            try world.writeShop("INSERT INTO purchase VALUES (10, 'guest', '2026-01-02', 1, NULL)")
            let plan = try await world.ferryctl("plan", "hog", "--push").output
            #expect(plan.contains("stands for nobody"), "\(plan)")
            try world.writeShop("DELETE FROM purchase WHERE id = 10")
            let list = try await world.ferryctl("quarantine", job.id).output
            for words in ["'distinct_id'", "stands for nobody", "no date and time", "'timestamp'", "more than 200"] {
                #expect(list.contains(words), "\(words) in \(list)")
            }
            try await world.stop(daemon)
            #expect(try await world.once("hog", .push).job.progress.unchanged == 4)
            #expect(project.receivedCount == 4)
        }
    }

    @Test func aLostAnswerDoublesNothing() async throws {
        try await Self.with(settings: "batch_size: 4", entities: [Self.purchase]) { world async throws in
            try Self.addPurchases(1...10, to: world)
            world.sandbox.faults.add(
                FaultRule(.reset(afterEffect: true), path: "/batch/"),
                FaultRule(.status(500, body: "oops", afterEffect: true), path: "/batch/", nth: 3)
            )
            let job = try await world.once("hog", .push).job
            #expect(job.state == .succeeded && job.progress.created == 10, "\(job)")
            let project = world.sandbox.posthog
            // They came twice, and PostHog knew them again.
            #expect(project.receivedCount == 18 && project.events.count == 10)
            let bodies = batches(world).map(\.body)
            #expect(bodies[0] == bodies[1] && bodies[2] == bodies[3])
        }
    }

    @Test func eventsThatDiedWithTheProgramAreSentAgainAsTheSameOnes() async throws {
        try await Self.with(settings: "batch_size: 4", entities: [Self.purchase]) { world async throws in
            try Self.addPurchases(1...6, to: world)
            world.sandbox.faults.add(FaultRule(.delay(milliseconds: 60_000, afterEffect: true), path: "/batch/"))
            let push = try world.startOnce("hog", .push)
            try await eventually("the first batch has landed") { world.sandbox.posthog.receivedCount == 4 }
            try await push.terminate()
            // Rows come in between, so that the batches are others.
            try world.writeShop("INSERT INTO purchase VALUES (-1, 'user-0', '2026-01-01', 1, NULL)")
            let job = try await world.once("hog", .push).job
            #expect(job.state == .succeeded && job.progress.created == 7, "\(job)")
            #expect(world.sandbox.posthog.receivedCount == 11 && world.sandbox.posthog.events.count == 7)
        }
    }

    @Test func whatMayHaveLandedIsSentAgainAsItWasWhateverItsRowAndMappingSayNow() async throws {
        try await Self.with(entities: [Self.purchase]) { world async throws in
            try Self.addPurchases(1...3, to: world)
            world.sandbox.faults.add(FaultRule(.delay(milliseconds: 60_000, afterEffect: true), path: "/batch/"))
            let push = try world.startOnce("hog", .push)
            try await eventually("the batch has landed") { world.sandbox.posthog.receivedCount == 3 }
            try await push.terminate()
            let landed = world.sandbox.posthog.events
            // By another day or another person PostHog would take it for another event.
            try world.writeShop(
                "UPDATE purchase SET bought_at = '2026-01-09' WHERE id = 1; UPDATE purchase SET customer = 'x' WHERE id = 2;"
            )
            let path = "\(world.configuration)/integrations/hog.yaml"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            try world.write(integration: "hog", text.replacing("constant: purchase", with: "constant: sale"))
            let job = try await world.once("hog", .push).job
            #expect(job.state == .succeeded && job.progress.created == 3, "\(job)")
            #expect(world.sandbox.posthog.receivedCount == 6 && world.sandbox.posthog.events == landed)
            #expect(try await world.once("hog", .push).job.progress.created == 0)
            #expect(world.sandbox.posthog.receivedCount == 6)
        }
    }

    @Test func largeBodiesAreZippedAndSmallOnesNot() async throws {
        try await Self.with(entities: [Self.purchase]) { world async throws in
            try Self.addPurchases(1...1, to: world)
            _ = try await world.once("hog", .push)
            try Self.addPurchases(2...90, note: "printf('%0100d', i)", to: world)
            #expect(try await world.once("hog", .push).job.progress.created == 89)
            let sent = batches(world)
            #expect(sent.map { $0.headerNames.contains("Content-Encoding") } == [false, true])
            #expect(sent.last.map { $0.bodyBytes < 8000 } == true, "\(sent.map(\.bodyBytes))")
            #expect(world.sandbox.posthog.events.count == 90)
        }
    }

    @Test func aBodyThatIsTooLargeIsHalvedAndALimitWaitedOut() async throws {
        try await Self.with(entities: [Self.purchase]) { world async throws in
            try Self.addPurchases(1...8, to: world)
            world.sandbox.faults.add(
                FaultRule(.status(413, body: "request body too large"), path: "/batch/"),
                FaultRule(.status(429, retryAfter: "1", body: "rate limited"), path: "/batch/", nth: 2)
            )
            let job = try await world.once("hog", .push).job
            #expect(job.state == .succeeded && job.progress.created == 8, "\(job)")
            #expect(world.sandbox.posthog.events.count == 8)
        }
    }

    @Test func aBillingLimitIsSaidAndNotWaitedFor() async throws {
        try await Self.with(entities: [Self.purchase]) { world async throws in
            try Self.addPurchases(1...2, to: world)
            world.sandbox.posthog.setBillingLimit(true)
            let refused = try await world.once("hog", .push).job
            #expect(refused.state == .failed && refused.error?.code == "service.refused", "\(refused)")
            #expect(refused.error?.message.contains("billing limit reached") == true)
            world.sandbox.posthog.setBillingLimit(false)
            world.sandbox.faults.add(
                FaultRule(.status(200, body: #"{"status":"Ok","quota_limited":["events"]}"#), path: "/batch/")
            )
            #expect(try await world.once("hog", .push).job.error?.code == "service.refused")
            #expect(try await world.once("hog", .push).job.progress.created == 2)
        }
    }

    @Test func personsAndGroupsGetTheirPropertiesAsOftenAsTheyChange() async throws {
        let company = """
              - type: company
                resource: group_properties
                field_mappings:
                  - { constant: company, target: type }
                  - { source: fields.name, target: key }
                  - { source: fields.source, target: properties.source }
            """
        try await Self.with(entities: [Self.customer, company]) { world async throws in
            let project = world.sandbox.posthog
            try world.writeShop(
                """
                INSERT INTO customer VALUES ('u1', 'free', 'ad'), ('u2', 'pro', 'friend');
                CREATE TABLE company (name TEXT PRIMARY KEY, source TEXT);
                INSERT INTO company VALUES ('acme', 'ad'), ('umbrella', 'friend');
                """
            )
            let job = try await world.once("hog", .push).job
            #expect(job.state == .succeeded && job.progress.created == 4, "\(job)")
            #expect(project.person("u1")?["plan"] == "\"free\"" && project.person("u1")?["source"] == "\"ad\"")
            #expect(project.group("company", "umbrella") == #"{"source":"friend"}"#)
            // There and back on one day: the last one counts, and none is taken for an earlier one.
            for plan in ["pro", "free"] {
                try world.writeShop("UPDATE customer SET plan = '\(plan)' WHERE id = 'u1'")
                #expect(try await world.once("hog", .push).job.progress.updated == 1)
                #expect(project.person("u1")?["plan"] == "\"\(plan)\"")
            }
            #expect(project.events.filter { $0.event == "$set" && $0.distinctID == "u1" }.count == 3)
            #expect(project.droppedCount == 0)
        }
    }

    // MARK: Keys

    @Test func theConnectionIsTestedAtBothHosts() async throws {
        try await Self.with(entities: [Self.purchase, Self.seen]) { world async throws in
            let project = world.sandbox.posthog
            let daemon = try await world.startDaemon()
            #expect(try await world.ferryctl("test", "hog").exitCode == 0)
            #expect(
                project.requests.map { "\($0.path) \($0.status ?? 0)" } == [
                    "/posthog/app/api/projects/42/query/ 200", "/posthog/ingest/batch/ 400",
                ]
            )
            #expect(project.receivedCount == 0)
            project.setScope(false)
            let scoped = try await world.ferryctl("test", "hog")
            #expect(scoped.exitCode != 0 && (scoped.output + scoped.errors).contains("query:read"))
            project.setScope(true)
            project.personalKey = "phx_other"
            let refused = try await world.ferryctl("test", "hog")
            #expect(refused.exitCode != 0 && (refused.output + refused.errors).contains("personal_api_key"))
            try await world.stop(daemon)
        }
    }

    @Test func aKeyInTheOthersPlaceIsRefused() async throws {
        try await Self.with(entities: [Self.purchase, Self.seen]) { world async throws in
            let project = world.sandbox.posthog
            (project.personalKey, project.projectKey) = (project.projectKey, project.personalKey)
            try Self.addPurchases(1...1, to: world)
            let push = try await world.once("hog", .push).job
            #expect(push.error?.code == "auth.rejected", "\(push)")
            #expect(push.error?.message.contains("API key is not valid: personal_api_key") == true)
            let pull = try await world.once("hog", .pull).job
            #expect(pull.error?.code == "auth.rejected", "\(pull)")
            #expect(pull.error?.message.contains("Invalid Personal API key.") == true)
        }
    }

    @Test func eachDirectionNeedsItsOwnKeyOnly() async throws {
        try await Self.with(entities: [Self.purchase, Self.seen]) { world async throws in
            let project = world.sandbox.posthog
            let path = "\(world.configuration)/integrations/hog.yaml"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            try world.write(
                integration: "hog",
                lines.filter { !$0.contains("personal_api_key") && !$0.contains("project_id") }.joined(separator: "\n")
            )
            try Self.addPurchases(1...1, to: world)
            #expect(try await world.once("hog", .push).job.progress.created == 1)
            let pull = try await world.once("hog", .pull).job
            #expect(pull.error?.code == "config.missing_key" && pull.error?.message.contains("'project_id'") == true)
            let daemon = try await world.startDaemon()
            #expect(try await world.ferryctl("test", "hog").exitCode == 0)
            try await world.stop(daemon)
            #expect(project.requests.allSatisfy { $0.path == "/posthog/ingest/batch/" })

            try world.write(integration: "hog", text.replacing("project_api_key: \(project.projectKey)", with: ""))
            #expect(try await world.once("hog", .pull).job.progress.created == 1)
            try Self.addPurchases(2...2, to: world)
            let push = try await world.once("hog", .push).job
            #expect(push.error?.code == "config.missing_key", "\(push)")
            #expect(push.error?.message.contains("'project_api_key'") == true)
        }
    }

    // MARK: The endpoint with verdicts

    private static let verdicts = purchase.replacing("resource: events", with: "resource: events_v1")
        .replacing("constant: purchase, target: event", with: "source: fields.note, target: event")

    private func verdictRequests(_ world: FerryWorld) -> [LoggedRequest] {
        world.sandbox.posthog.requests.filter { $0.path.hasSuffix("/i/v1/analytics/events") }
    }

    @Test func onlyWhatCouldNotBeKeptIsSentAgainAndWhatIsDroppedSetAside() async throws {
        try await Self.with(entities: [Self.verdicts]) { world async throws in
            let project = world.sandbox.posthog
            try Self.addPurchases(1...2, note: "'bought'", to: world)
            try Self.addPurchases(3...4, note: "'shaky'", to: world)
            try Self.addPurchases(5...5, note: "'odd'", to: world)
            project.setVerdicts(again: "shaky", times: 3, dropping: ["odd"])
            let job = try await world.once("hog", .push).job
            #expect(job.state == .partial && job.progress.created == 4 && job.progress.quarantined == 1, "\(job)")
            #expect(job.error?.message.contains("invalid_options") == true, "\(job)")
            #expect(project.receivedCount == 4 && project.events.count == 4)
            // Five, the two that were not kept, and the one that was not kept again.
            let sent = verdictRequests(world).map { $0.body.components(separatedBy: "\"distinct_id\"").count - 1 }
            #expect(sent == [5, 2, 1], "\(sent)")
            // As they were the first time.
            let uuids = verdictRequests(world).map { request in
                Set(request.body.components(separatedBy: "\"uuid\":\"").dropFirst().map { $0.prefix(36) })
            }
            #expect(uuids[1].isSubset(of: uuids[0]) && uuids[2].isSubset(of: uuids[1]))
            #expect(try await world.once("hog", .push).job.progress.unchanged == 4)
        }
    }

    @Test func anAnswerWithVerdictsThatIsLostDoublesNothing() async throws {
        try await Self.with(entities: [Self.verdicts]) { world async throws in
            try Self.addPurchases(1...3, note: "'bought'", to: world)
            world.sandbox.faults.add(FaultRule(.reset(afterEffect: true), path: "/i/v1/analytics/events"))
            let job = try await world.once("hog", .push).job
            #expect(job.state == .succeeded && job.progress.created == 3, "\(job)")
            #expect(world.sandbox.posthog.events.count == 3)
        }
    }

    @Test func whatIsNeverKeptEndsTheJobAndIsSentByTheNext() async throws {
        try await Self.with(entities: [Self.verdicts]) { world async throws in
            try Self.addPurchases(1...1, note: "'bought'", to: world)
            try Self.addPurchases(2...2, note: "'shaky'", to: world)
            world.sandbox.posthog.setVerdicts(again: "shaky", times: 1)
            let answer = #"{"results":{}}"#
            world.sandbox.faults.add(FaultRule(.status(200, body: answer), path: "/i/v1/analytics/events"))
            let job = try await world.once("hog", .push).job
            // Of the first request the answer said nothing; of the second, all that it had to.
            #expect(job.state == .succeeded && job.progress.created == 2, "\(job)")
            #expect(verdictRequests(world).count == 3)
            #expect(world.sandbox.posthog.events.count == 2)
        }
    }

    @Test func theEndpointWithVerdictsIsAskedAsItsSourcesSay() async throws {
        try await Self.with(settings: "historical: true", entities: [Self.verdicts]) { world async throws in
            try Self.addPurchases(1...1, note: "'bought'", to: world)
            #expect(try await world.once("hog", .push).job.state == .succeeded)
            let request = try #require(verdictRequests(world).first)
            #expect(request.method == "POST" && request.path == "/posthog/ingest/i/v1/analytics/events")
            for name in ["Authorization", "PostHog-Sdk-Info", "PostHog-Attempt", "PostHog-Request-Id", "User-Agent"] {
                #expect(request.headerNames.contains(name), "\(name)")
            }
            let body = request.body
            #expect(body.hasPrefix(#"{"created_at":"2"#) && body.contains(#","historical_migration":true,"batch":[{"#))
            #expect(
                body.contains(#""event":"bought","distinct_id":"user-1","timestamp":"2026-01-02T03:04:05Z""#),
                "\(body)"
            )
            #expect(body.contains(#""options":{}"#) && !body.contains("api_key"))
            // The key of the other host is never sent here.
            #expect(world.sandbox.posthog.misplacedKeyCount == 0)
        }
    }
}
