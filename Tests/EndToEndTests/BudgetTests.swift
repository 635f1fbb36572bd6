import FerryAPI
import FerryCore
import FerryJSON
import FerrySQLite
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// Rate limits, from both sides: what the real programs do, and what a service sees that counts by its own clock.
@Suite struct BudgetTests {
    /// Writes integrations that all read the same table with the same key.
    private func write(_ count: Int, _ world: FerryWorld, settings: String = "") throws -> [String] {
        try (1...count).map { number in
            let name = "items\(number)"
            let text = Items.integration(world, store: "main", settings: settings)
                .replacing("- type: item\n", with: "- type: item\(number)\n")
            try world.write(integration: name, text)
            return name
        }
    }

    @Test func fiftyIntegrationsOfOneAccountNeverExceedItsBudgetEvenWhenItIsKilled() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...3))
            // The service refuses what is more than it takes; nobody tells of it.
            world.sandbox.limiter.set(RateLimit(requests: 20, milliseconds: 1000))
            let names = try write(50, world, settings: "requests_per_second: 20")
            let first = try await world.startDaemon()
            for name in names { _ = try await world.requestSync(name, .pull) }
            try await eventually("half of it is done") { world.sandbox.limiter.arrivals.count >= 40 }
            first.send(SIGKILL)
            _ = try await first.end()
            // Whatever it had sent is counted before the next one starts: this process may be held up for seconds.
            let port = try #require(world.sandbox.port)
            // The list is not read at one instant: what is moved in it meanwhile may be missed once.
            try await eventually("its connections are closed") {
                try (0..<5).allSatisfy { _ in try Self.openConnections(to: port) == 0 }
            }
            _ = try await world.startDaemon()
            try await eventually("all jobs end") {
                let jobs = try await jobs(world, limit: 200)
                return jobs.count == 50 && jobs.allSatisfy { $0["state"] == "succeeded" }
            }
            let arrivals = world.sandbox.limiter.arrivals
            let retried = try await jobs(world, limit: 200).filter { $0["progress"]?["retries"] != 0 }
            #expect(world.sandbox.limiter.refused == 0, "\(arrivals.map { Int($0) }), retried: \(retried)")
            // Two pages for each, and some twice: those that were under way.
            #expect((100...160).contains(arrivals.count))
            let counts = arrivals.indices.map { first in
                arrivals[first...].prefix { $0 - arrivals[first] < 1000 }.count
            }
            #expect(try #require(counts.max()) <= 20)
            // The budget is used, not only kept: 20 a second, and a little for the answers' way and the restart.
            let seconds = try #require(arrivals.last) / 1000
            #expect(seconds < Double(arrivals.count) / 20 * 3 + 20, "\(arrivals.count) requests in \(seconds) s")
        }
    }

    /// The connections that were made to a port and not closed by whoever listens there, those not taken yet included.
    private static func openConnections(to port: Int) throws -> Int {
        // proc(5), /proc/net/tcp: the local address and port, the remote ones, the state, all in hexadecimal.
        let hexadecimal = String(port, radix: 16, uppercase: true)
        let suffix = ":" + String(repeating: "0", count: 4 - hexadecimal.count) + hexadecimal
        let table = try String(contentsOfFile: "/proc/self/net/tcp", encoding: .utf8)
        return table.split(separator: "\n").dropFirst().count { line in
            let fields = line.split(separator: " ")
            // Established, being made, closed by the other side only.
            return fields.count > 3 && fields[1].hasSuffix(suffix) && ["01", "03", "08"].contains(fields[3])
        }
    }

    @Test(arguments: [RateLimit.Announcement.retryAfterSeconds, .retryAfterDate])
    func oneRefusalWithRetryAfterHoldsAllJobsOfTheAccount(announcement: RateLimit.Announcement) async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...3))
            let names = try write(6, world)
            _ = try await world.startDaemon()
            world.sandbox.limiter.set(RateLimit(requests: 4, milliseconds: 3000, announcement: announcement))
            var ids: [String] = []
            for name in names { ids.append(try await world.enqueue(name, .pull)) }
            try await eventually("several jobs wait for the rate limit") {
                let waiting = try await jobs(world, query: "state=waiting")
                return waiting.count >= 2 && waiting.allSatisfy { $0["wait"]?["reason"] == "rate limit" }
            }
            for id in ids { #expect(try await world.job(id).state == .succeeded) }
            // Only what was under way together may be refused, and one request to see after each pause: 12 requests of
            // which 4 pass in 3 s make a handful of pauses.
            #expect(world.sandbox.limiter.refused <= 4 * 6)
        }
    }

    @Test(arguments: [
        RateLimit.Announcement.secondsLeft, .epoch, .epochMilliseconds, .draft, .structured,
    ])
    func aServiceThatSaysWhatIsLeftRefusesOnlyWhatWasUnderWayTogether(announcement: RateLimit.Announcement) async throws
    {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...3))
            let names = try write(6, world)
            _ = try await world.startDaemon()
            // More than the four workers, whose first requests know nothing yet.
            world.sandbox.limiter.set(RateLimit(requests: 6, milliseconds: 1000, announcement: announcement))
            var ids: [String] = []
            for name in names { ids.append(try await world.enqueue(name, .pull)) }
            for id in ids { #expect(try await world.job(id).state == .succeeded) }
            #expect(world.sandbox.limiter.refused <= 4)
            #expect(world.sandbox.limiter.arrivals.count >= 12)
        }
    }

    @Test func aServiceOfOnesOwnSaysItsLimitsInItsDescription() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...3))
            world.sandbox.limiter.set(RateLimit(requests: 2, milliseconds: 1000, announcement: .peculiar))
            try world.folder.write(Self.description(world), to: "etc/services/shelf.yaml")
            for number in 1...4 {
                try world.write(
                    integration: "shelf\(number)",
                    """
                    type: shelf
                    config: { key: \(Items.definition.primarySecret) }
                    entities:
                      - type: item\(number)
                        resource: rows
                        key: sku
                        field_mappings:
                          - { source: fields.sku, target: sku }
                    """
                )
            }
            // Three requests each, of which two pass in a second: without the headers each would have one refused.
            for number in 1...4 {
                let run = try await world.once("shelf\(number)", .pull)
                #expect(run.job.state == .succeeded, "\(run.job)")
            }
            // Another process does not know what the service said to the one before it.
            #expect(world.sandbox.limiter.refused <= 3)
            #expect(world.sandbox.limiter.arrivals.count - world.sandbox.limiter.refused == 12)
        }
    }

    @Test func aTestOfTheConnectionCountsAndSaysWhenThereIsNothingLeft() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...3))
            world.sandbox.faults.add(FaultRule(.status(429, retryAfter: "120")))
            _ = try write(1, world)
            _ = try await world.startDaemon()
            let refused = try await world.ferryctl("test", "items1")
            #expect(refused.exitCode == 1)
            // The service would answer now, but has asked to wait.
            let held = try await world.ferryctl("test", "items1")
            #expect(held.exitCode == 1)
            #expect((held.output + held.errors).contains("its rate limit is reached for about 1"))
            #expect(world.sandbox.requests.count == 1)
        }
    }

    @Test func noSecretIsInTheLedger() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...3))
            _ = try write(1, world, settings: "requests_per_second: 5")
            #expect(try await world.once("items1", .pull).job.state == .succeeded)
            let ledger = "\(world.state)/ledger.db"
            let accounts = try world.rows(ledger, "SELECT key, record FROM account")
            #expect(accounts.count == 1)
            #expect(accounts[0].hasPrefix("\(world.sandbox.baseURL) "))
            for suffix in ["", "-wal"] {
                let bytes = FileManager.default.contents(atPath: ledger + suffix) ?? Data()
                #expect(bytes.range(of: Data(Items.definition.primarySecret.utf8)) == nil)
            }
        }
    }

    private func jobs(_ world: FerryWorld, query: String = "", limit: Int = 100) async throws -> [JSONValue] {
        let answer = try await world.json("GET", "/api/v1/jobs?limit=\(limit)&\(query)")
        return answer.body["data"]?["jobs"]?.elements ?? []
    }

    /// The rows of a table as a service that its user describes.
    private static func description(_ world: FerryWorld) -> String {
        let table = Items.definition
        let path = "\(table.agentID)/\(table.configurationID)/\(table.collectionID)"
        return """
            service: shelf
            settings:
              key: { secret: true, required: true }
            base: "\(world.sandbox.baseURL)/api/dynamic-table/integration/\(path)"
            auth:
              header: { name: X-Secret-Key, value: "${settings.key}" }
            limits:
              headers:
                remaining: Left
                reset: { name: Back-In, as: seconds }
            check:
              request: { method: GET, path: "" }
            streams:
              rows:
                request: { method: GET, path: "", query: { skip: "${page.offset}", take: "${page.size}" } }
                id: id
                root: data
                paginate: { offset: { size: 100 } }
            """
    }
}
