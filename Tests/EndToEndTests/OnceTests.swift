import FerryAPI
import FerryCore
import FerryJSON
import FerrySQLite
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// `ferryd once`: one job in the foreground, without a daemon.
@Suite struct OnceTests {
    @Test func pullsEveryRowOnceAndThenWritesNothing() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(SeededProducts.definition, rows: SeededProducts.rows(count: 250, seed: 7))
            try world.write(integration: "products", Self.products(world))
            let first = try await world.once("products", .pull)
            #expect(first.exitCode == 0)
            #expect(first.job.progress.read == 250)
            #expect(first.job.progress.created == 250)

            let second = try await world.once("products", .pull)
            #expect(second.exitCode == 0)
            #expect(second.job.progress.unchanged == 250)
            #expect(second.job.progress.created == 0)
            #expect(second.job.progress.updated == 0)
            #expect(try world.rows(world.store, "SELECT count(*), count(DISTINCT sku) FROM product") == ["250|250"])
        }
    }

    @Test func appliesTheFourTransformsOfTheAPIDocument() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(
                SeededProducts.definition,
                rows: [
                    [
                        ("sku", "\"A-1\""), ("product_name", "\"Crème brûlée Straße\""), ("price", "19.90"),
                        ("description", "\"# Über\\n\\n*alles*\""), ("category", "\"Süßes\""), ("brand", "\"Ärzte\""),
                    ]
                ]
            )
            try world.write(integration: "products", Self.products(world))
            #expect(try await world.once("products", .pull).exitCode == 0)
            let row = try world.rows(world.store, "SELECT slug, body_html, category, brand FROM product")
            #expect(row == ["creme-brulee-strasse|<h1>Über</h1>\n<p><em>alles</em></p>\n|süßes|ÄRZTE"])
        }
    }

    @Test func printsASentenceForPeopleAndTheJobForPrograms() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(SeededProducts.definition, rows: SeededProducts.rows(count: 3))
            try world.write(integration: "products", Self.products(world))
            let people = try await world.startOnce("products", .pull).end()
            #expect(people.exitCode == 0)
            let sentence = "pull of 'products' succeeded: 3 read, 3 created, 0 updated, 0 unchanged, 0 deleted in "
            #expect(people.output.hasPrefix(sentence))

            let programs = try await world.once("products", .pull)
            #expect(programs.job.trigger == "once")
            #expect(programs.job.state == .succeeded)
            #expect(programs.job.attempt == 1)
        }
    }

    @Test(.enabled("needs script(1)") { FileManager.default.isExecutableFile(atPath: "/usr/bin/script") })
    func showsAProgressLineOnATerminalAndNoneElsewhere() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(SeededProducts.definition, rows: SeededProducts.rows(count: 300))
            world.sandbox.faults.add(FaultRule(.delay(milliseconds: 150), times: nil))
            try world.write(integration: "products", Self.products(world))
            let command = [
                "\(Program.directory)/ferryd", "once", "--config", world.configuration, "--state", world.state,
                "products", "--pull",
            ]
            let terminal = try await Program.run(
                "/usr/bin/script",
                ["-qec", command.joined(separator: " "), "/dev/null"],
                in: world.folder
            )
            #expect(terminal.exitCode == 0)
            // Which counts are seen depends on when it looks; on a busy machine it may miss some.
            #expect(terminal.output.contains(#/pull products: [1-9][0-9]* read, /#))
            #expect(terminal.output.contains("pull of 'products' succeeded: 300 read"))
            let pipe = try await world.startOnce("products", .pull).end()
            #expect(!(pipe.output + pipe.errors).contains("pull products: "))
        }
    }

    @Test func theJobIsPrintedAsTheSocketShowsIt() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(SeededProducts.definition, rows: SeededProducts.rows(count: 3))
            try world.write(integration: "products", Self.products(world))
            let once = try await world.startOnce("products", .pull, ["--json"]).end()
            let printed = try #require(try JSONValue(parsing: once.output)["job"])
            _ = try await world.startDaemon()
            let id = try #require(printed["id"]?.string)
            #expect(try await world.jobNow(id) == printed)
        }
    }

    @Test func anUnknownIntegrationIsAConfigurationErrorThatListsTheKnownOnes() async throws {
        try await FerryWorld.with { world async throws in
            try world.write(integration: "products", Self.products(world))
            let result = try await world.startOnce("prodcuts", .pull).end()
            #expect(result.exitCode == 3)
            #expect(result.errors.contains("there is no integration 'prodcuts'"))
            #expect(result.errors.contains("hint: there are: products"))
        }
    }

    @Test func anIntegrationThatCannotBeReachedFailsWithOne() async throws {
        try await FerryWorld.with { world async throws in
            try world.write(integration: "products", Self.products(world))
            let result = try await world.once("products", .pull)
            #expect(result.exitCode == 1)
            #expect(result.job.state == .failed)
            #expect(result.job.error?.code == "service.not_found")
            #expect(result.job.error?.message.contains("Table not found") == true)
        }
    }

    @Test func aLedgerOfANewerVersionIsRefusedAndLeftAsItIs() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(SeededProducts.definition, rows: SeededProducts.rows(count: 3))
            try world.write(integration: "products", Self.products(world))
            #expect(try await world.once("products", .pull).exitCode == 0)
            let ledger = "\(world.state)/ledger.db"
            try SQLiteConnection(path: ledger, mode: .readWrite)
                .execute("INSERT INTO grdb_migrations VALUES ('v999 of a later Ferry')")
            let before = try world.rows(ledger, "SELECT count(*) FROM job")

            let result = try await world.startOnce("products", .pull).end()
            #expect(result.exitCode != 0)
            #expect(result.errors.contains("[ledger.newer_version]"))
            #expect(try world.rows(ledger, "SELECT count(*) FROM job") == before)
        }
    }

    @Test func refusesAStateDirectoryThatADaemonUses() async throws {
        try await FerryWorld.with { world async throws in
            try world.write(integration: "products", Self.products(world))
            _ = try await world.startDaemon()
            let result = try await world.startOnce("products", .pull).end()
            #expect(result.exitCode == 1)
            #expect(result.errors.contains("[daemon.already_running]"))
            #expect(result.errors.contains("use 'ferryctl sync' while the daemon runs"))
        }
    }

    static func products(_ world: FerryWorld) -> String {
        """
        type: dynamic_table
        \(world.config(SeededProducts.definition, extra: "page_size: 100"))
        schedule: { pull: { every: 1h } }
        entities:
          - type: product
            resource: rows
            field_mappings:
              - { source: fields.sku, target: sku }
              - { source: fields.name, target: product_name }
              - { source: fields.slug, target: product_name, transform: slugify }
              - { source: fields.body_html, target: description, transform: markdown_to_html }
              - { source: fields.category, target: category, transform: lowercase }
              - { source: fields.brand, target: brand, transform: uppercase }
              - { source: fields.price, target: price }
              - { source: fields.in_stock, target: in_stock }
        """
    }
}
