import FerryAPI
import FerryCore
import FerryJSON
import FerrySandbox
import FerryTesting
import Foundation
import Glibc
import Testing

/// What Ferry keeps of an integration: shown, moved and forgotten by `ferryctl state`.
@Suite struct StateTests {
    @Test func whatWasExportedAndForgottenIsInPlaceAgainAfterAnImport() async throws {
        try await Self.withPushedItems(1200) { world async throws in
            let exported = try await world.ferryctl("state", "export", "items")
            #expect(exported.exitCode == 0, "\(exported.errors)")
            // A header, links in two pages and an end.
            let lines = exported.output.split(separator: "\n")
            #expect(lines.count == 4)
            #expect(lines.first?.hasPrefix(#"{"format":"ferry-state","version":1,"integrationId":"items","#) == true)
            #expect(lines.last == #"{"totalLinks":1200}"#)
            // No secret, and nothing of the rows but their keys.
            #expect(!exported.output.contains(Items.definition.primarySecret) && !exported.output.contains("Item 7"))
            try world.folder.write(exported.output, to: "items.state")

            let forgotten = try await world.ferryctl("state", "reset", "items", "--yes")
            #expect(forgotten.output == "Forgotten: item, with 1,200 links.\n")
            let shown = try await world.ferryctl("state", "show", "items")
            #expect(shown.output.hasPrefix("Nothing is kept of 'items' yet.\n"))

            let imported = try await world.ferryctl("state", "import", "items", "\(world.folder.path)/items.state")
            #expect(imported.output == "In place: item, with 1,200 links.\n", "\(imported.errors)")
            // Whoever still knew nothing would look each record up or create it again.
            let before = world.writes("items").count
            let again = try await world.sync("items", .push)
            #expect(again.state == .succeeded && again.progress.unchanged == 1200, "\(again)")
            #expect(world.writes("items").count == before)
            #expect(world.sandbox.tables.count(of: "items") == 1200)
        }
    }

    @Test func anIntegrationGetsAnotherNameAndKeepsItsLinks() async throws {
        try await Self.withPushedItems { world async throws in
            let exported = try await world.ferryctl("state", "export", "items", "--type", "item")
            try world.folder.write(exported.output, to: "items.state")
            try world.write(integration: "goods", Items.integration(world))
            #expect(try await world.ferryctl("reload").exitCode == 0)
            let imported = try await world.ferryctl("state", "import", "goods", "\(world.folder.path)/items.state")
            #expect(imported.exitCode == 0, "\(imported.errors)")
            let before = world.writes("items").count
            let planned = try await world.ferryctl("plan", "goods", "--push", "--json")
            let plan = try JSONValue(parsing: planned.output)["data"]
            #expect(plan?["isEmpty"]?.bool == true && plan?["notes"]?.elements == [], "\(planned.output)")
            let job = try await world.sync("goods", .push)
            #expect(job.state == .succeeded && job.progress.unchanged == 20, "\(job)")
            #expect(job.notes == [])
            #expect(world.writes("items").count == before)
        }
    }

    @Test func whatWasDoneIsToldWithTheUserWhoAskedForIt() async throws {
        try await Self.withPushedItems { world async throws in
            _ = try await world.ferryctl("state", "export", "items")
            _ = try await world.ferryctl("state", "reset", "items", "--cursors")
            let shown = try await world.ferryctl("state", "show", "items")
            #expect(shown.exitCode == 0, "\(shown.errors)")
            let lines = shown.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
            #expect(lines.first?.prefix(2) == ["TYPE", "LINKS"])
            #expect(lines.dropFirst().first?.prefix(4) == ["item", "20", "0", "0"])
            #expect(lines.dropFirst(2).first == ["WHEN", "WHO", "WHAT", "TYPES", "LINKS"])
            let user = String(cString: getpwuid(getuid()).pointee.pw_name)
            #expect(lines.dropFirst(3).first?.suffix(5) == [user, "reset", "of", "cursors", "item"])
            #expect(lines.dropFirst(4).first?.suffix(4) == [user, "export", "item", "20"])

            let answer = try await world.json("GET", "/api/v1/integrations/items/state").body["data"]
            #expect(answer?["entities"]?.elements.first?["links"]?.integer == 20)
            #expect(answer?["changes"]?.elements.map { $0["user"]?.integer } == [Int(getuid()), Int(getuid())])
        }
    }

    @Test func aResetOfCursorsLetsTheNextPullReadEverythingAndDoubleNothing() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...30))
            try world.write(integration: "items", Items.integration(world, store: "main"))
            _ = try await world.startDaemon()
            #expect(try await world.sync("items", .pull).progress.created == 30)
            let reset = try await world.ferryctl("state", "reset", "items", "--cursors")
            #expect(reset.output == "The next jobs read and compare everything of: item.\n", "\(reset.errors)")
            let again = try await world.sync("items", .pull)
            #expect(again.progress.unchanged == 30 && again.progress.created == 0)
        }
    }

    @Test func aResetAsksFirst() async throws {
        try await Self.withPushedItems { world async throws in
            let result = try await world.ferryctl("state", "reset", "items")
            #expect(result.exitCode == 2)
            #expect(result.errors.contains("Forget 20 links of 'items'?"))
            #expect(result.errors.contains("Say --yes, or --cursors to keep the links."))
            #expect(try await world.sync("items", .push).progress.unchanged == 20)
        }
    }

    @Test func whileAJobRunsTheStateIsLeftAlone() async throws {
        try await Self.withPushedItems { world async throws in
            try world.changeShop("UPDATE item SET price = price + 1")
            world.sandbox.faults.add(FaultRule(.status(503), times: nil))
            let job = try await world.requestSync("items", .push)
            try await eventually("the job waits") { try await world.jobNow(job)["state"]?.string == "waiting" }
            for arguments in [["export", "items"], ["reset", "items", "--yes"], ["reset", "items", "--cursors"]] {
                let result = try await Program.run(
                    "ferryctl",
                    ["--socket", world.socket, "state"] + arguments,
                    in: world.folder
                )
                #expect(result.exitCode == 1 && result.output.isEmpty)
                #expect(result.errors.contains("a job of 'items' is running"))
                #expect(result.errors.contains("[integration.busy]"))
                #expect(result.errors.contains("run 'ferryctl pause items'"))
            }
            #expect(try await world.ferryctl("state", "show", "items").output.contains("A job is running"))
        }
    }

    @Test(arguments: [
        ("", "items.state:1: this is no state"),
        ("{}\n", "items.state:1: this is no state"),
        ("HEADER", "items.state:1: the state is cut short"),
        ("HEADER\nLINKS\n", "items.state:2: the state is cut short"),
        ("HEADER\nLINKS\n{\"totalLinks\":7}\n", "items.state:3: 7 links were written, and 20 are here"),
        ("HEADER\nLINKS\nnonsense\n", "items.state:3: this is neither a page of links nor the end of a state"),
        ("HEADER\nLINKS\nLINKS\n{\"totalLinks\":40}\n", "is linked twice"),
        ("HEADER\nBAD\n{\"totalLinks\":20}\n", "is no hash of it"),
        ("OTHER\nLINKS\nEND\n", "the links of 'item' belong to rows at"),
        ("NEWER\nLINKS\nEND\n", "this is version 2 of the format"),
    ])
    func whatIsNotWholeChangesNothing(text: String, message: String) async throws {
        try await Self.withPushedItems { world async throws in
            let exported = try await world.ferryctl("state", "export", "items").output
            let lines = exported.split(separator: "\n").map(String.init)
            try #require(lines.count == 3)
            let stand = [
                "HEADER": lines[0], "LINKS": lines[1], "END": lines[2],
                "OTHER": lines[0].replacingOccurrences(of: "127.0.0.1", with: "127.0.0.2"),
                "NEWER": lines[0].replacingOccurrences(of: "n\":1,", with: "n\":2,"),
                "BAD": lines[1].replacingOccurrences(of: "localHash\":\"", with: "localHash\":\"x"),
            ]
            let text = text.split(separator: "\n", omittingEmptySubsequences: false)
                .map { stand[String($0)] ?? String($0) }.joined(separator: "\n")
            try world.folder.write(text, to: "items.state")
            let result = try await world.ferryctl(
                "state",
                "import",
                "items",
                "\(world.folder.path)/items.state",
                "--replace"
            )
            #expect(result.exitCode == 1 && result.output.isEmpty)
            #expect(result.errors.contains(message), "\(result.errors)")
            let job = try await world.sync("items", .push)
            #expect(job.progress.unchanged == 20 && job.notes == [], "\(job)")
        }
    }

    @Test func linksThatAreThereAreReplacedOnRequestOnly() async throws {
        try await Self.withPushedItems { world async throws in
            try world.folder.write(try await world.ferryctl("state", "export", "items").output, to: "items.state")
            let path = "\(world.folder.path)/items.state"
            let refused = try await world.ferryctl("state", "import", "items", path)
            #expect(refused.exitCode == 1)
            #expect(refused.errors.contains("'items' has 20 links of 'item' already"), "\(refused.errors)")
            #expect(refused.errors.contains("import with --replace"))
            #expect(try await world.ferryctl("state", "import", "items", path, "--replace").exitCode == 0)
            #expect(try await world.sync("items", .push).progress.unchanged == 20)
        }
    }

    @Test func whatIsNotThereIsNamed() async throws {
        try await Self.withPushedItems { world async throws in
            let unknown = try await world.ferryctl("state", "show", "itmes")
            #expect(unknown.exitCode == 1)
            #expect(unknown.errors.contains("there is no integration 'itmes'"))
            let type = try await world.ferryctl("state", "export", "items", "--type", "itme")
            #expect(type.errors.contains("nothing is kept of an entity type 'itme'"), "\(type.errors)")
            #expect(type.errors.contains("there are: item"))
            let file = try await world.ferryctl("state", "import", "items", "/nowhere/items.state")
            #expect(file.errors.contains("the file '/nowhere/items.state' cannot be read: No such file or directory"))
        }
    }

    /// A daemon that has pushed so many items.
    private static func withPushedItems(_ count: Int = 20, _ body: (FerryWorld) async throws -> Void) async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: [])
            try world.writeShop(Items.sql(count))
            try world.write(integration: "items", Items.integration(world))
            _ = try await world.startDaemon()
            let job = try await world.sync("items", .push)
            try #require(job.progress.created == count, "\(job)")
            try await body(world)
        }
    }
}
