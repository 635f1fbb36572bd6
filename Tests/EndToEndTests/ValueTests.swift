import FerryAPI
import FerryCore
import FerryJSON
import FerrySandbox
import FerryTesting
import Testing

/// Values that go through a pull and a push, compared by their JSON literals.
@Suite struct ValueTests {
    @Test func everyValueSurvivesAPullAndAPushUnchanged() async throws {
        try await FerryWorld.with { world async throws in
            let values: [(text: String, number: String, flag: String)] = [
                (#""plain""#, "9007199254740993", "true"),
                (#""""#, "-9223372036854775808", "false"),
                ("null", "123456789012345678901234567890", "null"),
                (#""  kept  ""#, "0.123456789012345678901234567891", "true"),
                (#""😀 é 你好 👩‍👩‍👧‍👦""#, "19.90", "false"),
                (#""{\"a\":[1,2.50,null],\"b\":{}}""#, "1e400", "true"),
                (#""line\nbreak\ttab \"quote\" \\ back""#, "-0.0", "true"),
                (#""2024-01-15""#, "1.0", "true"),
                (#""007""#, "0", "false"),
                (#""true""#, "4500", "false"),
                (#""before\u0000after""#, "100000000000000000000", "true"),
            ]
            let rows = values.enumerated().map { index, value -> SandboxRow.Data in
                [
                    ("sku", "\"\(Items.sku(index))\""), ("name", value.text), ("price", value.number),
                    ("in_stock", value.flag),
                ]
            }
            var copy = Items.definition
            copy.collectionID = "copy"
            world.sandbox.tables.addTable(Items.definition, rows: rows)
            world.sandbox.tables.addTable(copy)
            try world.write(integration: "in", Items.integration(world, store: "main"))
            try world.write(integration: "out", Items.integration(world, table: copy, store: "main"))
            let pull = try await world.once("in", .pull)
            #expect(pull.exitCode == 0)
            #expect(pull.job.progress.created == rows.count)
            let push = try await world.once("out", .push)
            #expect(push.exitCode == 0)
            let before = world.sandbox.tables.rows(of: "items").map(\.data)
            let after = world.sandbox.tables.rows(of: "copy").map(\.data)
            #expect(PushTests.literals(after) == PushTests.literals(before))
        }
    }

    @Test func everyNaughtyStringSurvivesAPullAndAPushUnchanged() async throws {
        try await FerryWorld.with { world async throws in
            let strings = NaughtyStrings.all
            #expect(strings.count > 250)
            let rows = strings.enumerated().map { index, text -> SandboxRow.Data in
                [("sku", "\"\(Items.sku(index))\""), ("name", JSONValue.string(text).compactText)]
            }
            var copy = Items.definition
            copy.collectionID = "copy"
            world.sandbox.tables.addTable(Items.definition, rows: rows)
            world.sandbox.tables.addTable(copy)
            try world.write(integration: "in", Items.integration(world, store: "main"))
            try world.write(integration: "out", Items.integration(world, table: copy, store: "main"))
            let pull = try await world.once("in", .pull)
            #expect(pull.exitCode == 0 && pull.job.progress.created == rows.count)
            let push = try await world.once("out", .push)
            #expect(push.exitCode == 0 && push.job.progress.created == rows.count)
            let arrived = Dictionary(
                world.sandbox.tables.rows(of: "copy").map { ($0["sku"] ?? "", $0["name"] ?? "") },
                uniquingKeysWith: { $1 }
            )
            for (index, text) in strings.enumerated() {
                let literal = try #require(arrived["\"\(Items.sku(index))\""], "\(text.debugDescription)")
                let value = try JSONValue(parsing: literal).string
                #expect(value?.utf8.elementsEqual(text.utf8) == true, "\(text.debugDescription) became \(literal)")
            }
            // Nothing was changed on the way, so nothing is left to do.
            let again = try await world.once("out", .push)
            #expect(again.job.progress.unchanged == rows.count && again.job.progress.updated == 0)
        }
    }

    @Test func aColumnThatIsMissingIsNotNull() async throws {
        try await FerryWorld.with { world async throws in
            let rows: [SandboxRow.Data] = [
                [("sku", "\"A\""), ("name", "null")], [("sku", "\"B\""), ("price", "1")],
            ]
            var copy = Items.definition
            copy.collectionID = "copy"
            world.sandbox.tables.addTable(Items.definition, rows: rows)
            world.sandbox.tables.addTable(copy)
            try world.write(integration: "in", Items.integration(world, store: "main"))
            try world.write(integration: "out", Items.integration(world, table: copy, store: "main"))
            #expect(try await world.once("in", .pull).exitCode == 0)
            #expect(try await world.once("out", .push).exitCode == 0)
            let copied = PushTests.literals(world.sandbox.tables.rows(of: "copy").map(\.data))
            #expect(copied == [#"sku="A" name=null"#, #"sku="B" price=1"#])
        }
    }

    @Test func aStringThatIsNoTextIsRefusedByNameAndTheOthersArePulled() async throws {
        try await FerryWorld.with { world async throws in
            var rows = Items.rows(1...9)
            rows.append([("sku", "\"S-0010\""), ("name", #""lone \ud800 surrogate""#)])
            world.sandbox.tables.addTable(Items.definition, rows: rows)
            try world.write(integration: "items", Items.integration(world, store: "main"))
            let result = try await world.once("items", .pull)
            #expect(result.exitCode == 6)
            #expect(result.job.progress.created == 9)
            #expect(result.job.progress.quarantined == 1)
        }
    }
}
