import FerryAPI
import FerryCore
import FerrySandbox
import FerryTesting
import Testing

/// Values that transforms refuse: kept with the job, whatever the mapping's `on_error` makes of them.
@Suite struct RefusedValueTests {
    private static func integration(_ world: FerryWorld, onError: String) -> String {
        Items.integration(world).replacing(
            "{ source: fields.name, target: name }",
            with: "{ source: fields.name, target: name, transform: { date: date }, on_error: \(onError) }"
        )
    }

    @Test func theSocketAndFerryctlShowWhatWasRefusedOfAJobThatSucceeded() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition)
            try world.writeShop(Items.sql(20) + "UPDATE item SET name = '2026-11-22' WHERE sku = 'S-0002';")
            try world.write(integration: "items", Self.integration(world, onError: "\"null\""))
            let daemon = try await world.startDaemon()
            let job = try await world.sync("items", .push)
            #expect(job.state == .succeeded && job.progress.created == 20)
            let refusals = try #require(job.refusals.first)
            #expect(job.refusals.count == 1)
            #expect(refusals.entityType == "item" && refusals.field == "fields.name")
            #expect(refusals.destination == "name" && refusals.policy == "null")
            #expect(refusals.count == 19)
            #expect(refusals.examples.map(\.recordId) == ["S-0001", "S-0003", "S-0004"])
            #expect(refusals.examples[0].message == "the text is of none of the formats 'rfc3339', 'date'")
            let shown = try await world.jobNow(job.id)["refusals"]
            #expect(
                shown?.elements.first?.keys == ["entityType", "field", "destination", "policy", "count", "examples"]
            )

            let text = try await world.ferryctl("job", job.id).output
            #expect(text.contains("20 read, 20 created, 19 values refused"))
            #expect(text.contains("19 values of 'fields.name' for 'name' (item), set to null"))
            #expect(text.contains("record 'S-0003': the text is of none of the formats"))

            // A second run has nothing to write, and says the same of the same values.
            let second = try await world.sync("items", .push)
            #expect(second.state == .succeeded && second.progress.unchanged == 20)
            #expect(second.refusals.map(\.count) == [19])
            try await world.stop(daemon)
            // It is the ledger's: another daemon knows it.
            _ = try await world.startDaemon()
            #expect(try await world.job(job.id).refusals == job.refusals)
        }
    }

    @Test func aJobInTheForegroundSaysHowManyValuesWereRefused() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition)
            try world.writeShop(Items.sql(3))
            try world.write(integration: "items", Self.integration(world, onError: "skip_field"))
            let people = try await world.startOnce("items", .push).end()
            #expect(people.exitCode == 0)
            #expect(people.output.contains("3 created, 0 updated, 0 unchanged, 0 deleted, 3 values refused in "))
            #expect(people.errors.contains("'fields.name' of 'item' could not be transformed for 'name' in 3 records"))
            let programs = try await world.once("items", .push)
            #expect(programs.job.refusals.map(\.policy) == ["skip_field"])
        }
    }
}
