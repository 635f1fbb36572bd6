import FerryAPI
import FerryCore
import FerryJSON
import FerryHTTP
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// Every command of `ferryctl` against a daemon.
@Suite struct FerryctlTests {
    @Test func statusIsTheDefaultAndShowsIntegrationsWithTheirStateAndAttention() async throws {
        try await Self.withPushedItems { world async throws in
            for result in [try await world.ferryctl("status"), try await world.ferryctl()] {
                #expect(result.exitCode == 0)
                #expect(result.output.contains("ferryd 0.1.0, up "))
                #expect(result.output.contains("INTEGRATION"))
                let line = result.output.split(separator: "\n").first { $0.hasPrefix("items") }
                #expect(line?.contains("dynamic_table") == true && line?.contains("active") == true)
                #expect(!result.output.contains("\u{1B}"))
            }
        }
    }

    @Test func listAndShowTellWhatIsConfigured() async throws {
        try await Self.withPushedItems { world async throws in
            let list = try await world.ferryctl("list")
            #expect(list.exitCode == 0)
            #expect(list.output.contains("items"))
            let show = try await world.ferryctl("show", "items")
            #expect(show.exitCode == 0)
            #expect(show.output.contains("fields.price"))
            #expect(show.output.contains("‹secret›"))
            #expect(!show.output.contains(Items.definition.primarySecret))
        }
    }

    @Test func syncQueuesAndWithWaitShowsTheEnd() async throws {
        try await Self.withPushedItems { world async throws in
            let queued = try await world.ferryctl("sync", "items", "--push")
            #expect(queued.exitCode == 0)
            #expect(queued.output.hasPrefix("Queued as job_"))
            let id = try #require(queued.output.split(whereSeparator: \.isWhitespace).first { $0.hasPrefix("job_") })
            _ = try await world.job(String(id.prefix { $0.isLetter || $0.isNumber || $0 == "_" }))
            try world.writeShop("UPDATE item SET price = 7 WHERE sku = 'S-0002'")
            let waited = try await world.ferryctl("sync", "items", "--push", "--entity", "S-0002", "--wait")
            #expect(waited.exitCode == 0)
            #expect(waited.output.contains("items push succeeded in "))
            #expect(waited.output.contains("1 read, 1 updated"))
        }
    }

    @Test func testSaysConnectedOrWhyNot() async throws {
        try await Self.withPushedItems { world async throws in
            let good = try await world.ferryctl("test", "items")
            #expect(good.exitCode == 0)
            #expect(good.output.hasPrefix("connected in "))
            world.sandbox.faults.add(FaultRule(.status(401, body: #"{"message":"Nope"}"#), times: nil))
            let bad = try await world.ferryctl("test", "items")
            #expect(bad.exitCode == 1)
            #expect(bad.errors.contains("Dynamic Table answered 401: Nope"))
            #expect(bad.errors.contains("'key' and 'secondary_key'"))
        }
    }

    @Test func jobsJobCancelAndRetry() async throws {
        try await Self.withPushedItems { world async throws in
            let id = try await world.sync("items", .push).id
            let jobs = try await world.ferryctl(
                "jobs",
                "--integration",
                "items",
                "--state",
                "succeeded",
                "--limit",
                "1"
            )
            #expect(jobs.exitCode == 0)
            #expect(jobs.output.contains(id))
            let job = try await world.ferryctl("job", id)
            #expect(job.exitCode == 0)
            #expect(job.output.contains("state:        succeeded"))
            #expect(job.output.contains("3 read, 3 unchanged"))
            let cancel = try await world.ferryctl("cancel", id)
            #expect(cancel.exitCode == 1)
            #expect(cancel.errors.contains("has ended already: succeeded"))
            let retry = try await world.ferryctl("retry", id)
            #expect(retry.exitCode == 0)
            let words = retry.output.split(whereSeparator: { " .\n".contains($0) })
            let again = try await world.job(String(try #require(words.last)))
            #expect(again.trigger == "retry" && again.state == .succeeded && again.id != id)
        }
    }

    @Test func reloadReportsErrorsAndExitsWithThree() async throws {
        try await Self.withPushedItems { world async throws in
            let good = try await world.ferryctl("reload")
            #expect(good.exitCode == 0)
            #expect(good.output == "1 integration loaded.\n")
            try world.write(integration: "items", "type: dynamic_tabel\n")
            let bad = try await world.ferryctl("reload")
            #expect(bad.exitCode == 3)
            #expect(bad.errors.contains("items.yaml:1:7: error:"))
            #expect(bad.errors.contains("did you mean 'dynamic_table'?"))
        }
    }

    @Test func jsonIsTheDaemonsAnswerForEveryCommand() async throws {
        try await Self.withPushedItems { world async throws in
            let id = try await world.sync("items", .push).id
            let commands: [[String]] = [
                ["status"], ["list"], ["show", "items"], ["test", "items"], ["jobs"], ["job", id], ["reload"],
                ["pause", "items"], ["resume", "items"], ["retry", id], ["sync", "items", "--push"],
                ["sync", "items", "--push", "--wait"], ["check", world.configuration],
            ]
            for command in commands {
                let result = try await Program.run(
                    "ferryctl",
                    command + ["--json", "--socket", world.socket],
                    in: world.folder
                )
                let comment = Comment(rawValue: "\(command): \(result.output)\(result.errors)")
                #expect(result.exitCode == 0, comment)
                #expect(try JSONValue(parsing: result.output).keys == ["data"], comment)
            }
            let failure = try await world.ferryctl("show", "nothing", "--json")
            #expect(failure.exitCode == 1)
            #expect(try JSONValue(parsing: failure.output)["error"]?["code"] == "integration.not_found")
        }
    }

    /// A daemon with the integration `items`, three items pushed.
    static func withPushedItems(_ body: (FerryWorld) async throws -> Void) async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition)
            try world.writeShop(Items.sql(3))
            try world.write(integration: "items", Items.integration(world))
            _ = try await world.startDaemon()
            #expect(try await world.sync("items", .push).state == .succeeded)
            try await body(world)
        }
    }
}
