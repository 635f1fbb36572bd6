import FerryAPI
import FerryCore
import FerryJSON
import FerrySandbox
import FerryTesting
import Testing

/// What people are told about files that are wrong, by the programs themselves.
@Suite struct ConfigErrorTests {
    @Test func checkPrintsAllErrorsOfAllFilesInOneGo() async throws {
        try await FerryWorld.with { world async throws in
            try Self.writeBrokenFiles(world)
            let result = try await Program.run("ferryctl", ["check", world.configuration], in: world.folder)
            #expect(result.exitCode == 3)
            let folder = world.configuration
            let expected = [
                "\(folder)/ferry.yaml:1:1: error: ", "[config.unknown_key]", "did you mean 'workers'?",
                "\(folder)/integrations/mapping.yaml:14:", "[config.unknown_transform]", "did you mean 'slugify'?",
                "\(folder)/integrations/schedule.yaml:10:", "[config.invalid_schedule]",
                "\(folder)/integrations/syntax.yaml:3:1: error: ", "[config.syntax]",
                "a value is missing, or the bracket that closes what was opened before",
                "\(folder)/integrations/typo.yaml:1:7: error: ", "[config.unknown_type]",
                "did you mean 'dynamic_table'?",
            ]
            for text in expected { #expect(result.errors.contains(text), "\(text) is not in:\n\(result.errors)") }
            #expect(result.output.contains("4 integrations, "))
        }
    }

    @Test func checkPrintsTheSameForPrograms() async throws {
        try await FerryWorld.with { world async throws in
            try Self.writeBrokenFiles(world)
            let result = try await Program.run("ferryctl", ["check", world.configuration, "--json"], in: world.folder)
            #expect(result.exitCode == 3)
            let data = try #require(try JSONValue(parsing: result.output)["data"])
            #expect(data["ok"] == false)
            let findings = data["diagnostics"]?.elements ?? []
            #expect(findings.count >= 5)
            for finding in findings {
                #expect(finding.keys == ["file", "line", "column", "severity", "code", "message", "hint"])
                #expect(finding["line"]?.integer ?? 0 > 0 && finding["column"]?.integer ?? 0 > 0)
            }
        }
    }

    @Test func onceWithABrokenIntegrationPrintsItsErrorsAndExitsWithThree() async throws {
        try await FerryWorld.with { world async throws in
            try Self.writeBrokenFiles(world)
            let result = try await world.startOnce("mapping", .push).end()
            #expect(result.exitCode == 3)
            #expect(result.errors.contains("integrations/mapping.yaml:14:"))
            #expect(result.errors.contains("did you mean 'slugify'?"))
            // Other files' errors are other people's.
            #expect(!result.errors.contains("typo.yaml"))
        }
    }

    @Test func aSecretInAFileThatOthersMayReadIsRefused() async throws {
        try await FerryWorld.with { world async throws in
            try world.writeShop(Items.sql(1))
            try world.folder.write(Items.integration(world), to: "etc/integrations/items.yaml", mode: 0o644)
            let result = try await Program.run("ferryctl", ["check", world.configuration], in: world.folder)
            #expect(result.exitCode == 3)
            #expect(result.errors.contains("[config.literal_secret]"))
            #expect(!result.errors.contains(Items.definition.primarySecret))
        }
    }

    private static func writeBrokenFiles(_ world: FerryWorld) throws {
        let start = """
            type: dynamic_table
            config:
              plugin_host: https://plugins.example.com
              agent_id: a
              configuration_id: b
              collection_id: c
              primary_key: sku
              key: { env: FERRY_TEST_KEY }

            """
        let end = """
            entities:
              - type: item
                resource: rows
                field_mappings:

            """
        try world.write(settings: "wrokers: 3\n")
        try world.write(integration: "typo", "type: dynamic_tabel\nentities: []\n")
        try world.write(integration: "syntax", "type: dynamic_table\nconfig: { a: \n")
        try world.write(
            integration: "mapping",
            start + "\n" + end + "      - { source: fields.name, target: name, transform: slugfy }\n"
        )
        try world.write(
            integration: "schedule",
            start + "schedule:\n  pull: { cron: \"99 * * * *\" }\n" + end
                + "      - { source: fields.name, target: name }\n"
        )
    }
}
