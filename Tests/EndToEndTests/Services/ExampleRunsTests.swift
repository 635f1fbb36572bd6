import FerryAPI
import FerryCore
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// The examples of `etc/ferry/integrations`, run against the sandbox as they stand but for addresses and keys.
@Suite struct ExampleRunsTests {
    /// Writes an example into a world, with some of its lines replaced.
    private func write(
        _ name: String,
        _ lines: [(old: String, new: String)],
        in world: FerryWorld
    ) throws {
        let path = try #require(Repository.path("etc/ferry/integrations/\(name).yaml"))
        var text = try String(contentsOfFile: path, encoding: .utf8)
        for (old, new) in [("enabled: false", "enabled: true")] + lines {
            try #require(text.contains(old), "\(name).yaml has no '\(old)'")
            text = text.replacingOccurrences(of: old, with: new)
        }
        try world.write(integration: name, text)
    }

    @Test func theNewsletterPushesContactsAndEvents() async throws {
        try await FerryWorld.with { world async throws in
            let team = world.sandbox.loops
            team.addProperty("planName", type: "string")
            team.add(LoopsList(id: "cm06f5v0e45nf0ml5754o9cix", name: "News"))
            try write(
                "newsletter",
                [
                    ("store: main", "store: shop"),
                    ("{ credential: loops-key }", team.key),
                    (
                        "requests_per_second: 8 ",
                        "base_url: \(world.sandbox.baseURL)/loops/api/v1\n  requests_per_second: 8 "
                    ),
                ],
                in: world
            )
            try world.writeShop(
                """
                CREATE TABLE customer (id INTEGER PRIMARY KEY, email TEXT, first_name TEXT, plan TEXT, news BOOLEAN);
                INSERT INTO customer VALUES (1, 'Ada@Shop.test', 'Ada', 'pro', TRUE), (2, 'bo@shop.test', NULL, NULL, NULL);
                CREATE TABLE purchase (id INTEGER PRIMARY KEY, email TEXT, amount REAL);
                INSERT INTO purchase VALUES (1, 'ada@shop.test', 12.5);
                """
            )
            let job = try await world.once("newsletter", .push).job
            #expect(job.state == .succeeded && job.progress.created == 3, "\(job)")
            let ada = try #require(team.contact(email: "ada@shop.test"))
            #expect(ada["planName"] == "\"pro\"" && ada.mailingLists == ["cm06f5v0e45nf0ml5754o9cix": true])
            #expect(team.events.map(\.name) == ["purchase"])
            #expect(try await world.once("newsletter", .push).job.progress.unchanged == 3)
        }
    }
}
