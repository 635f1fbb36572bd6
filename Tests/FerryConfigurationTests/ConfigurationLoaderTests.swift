import FerryConfiguration
import FerryCore
import Testing

struct ConfigurationLoaderTests {
    private let world: World

    init() throws {
        world = try World()
    }

    @Test("an empty directory means the defaults, and the built-in services")
    func loadsAnEmptyDirectory() throws {
        let loaded = try world.load()
        #expect(loaded.diagnostics == [])
        #expect(loaded.settings.workers == 4)
        #expect(
            loaded.services.keys.sorted() == [
                "dynamic_table", "google_search_console", "loops", "posthog", "sanity", "wiserows",
            ]
        )
        #expect(loaded.integrations.isEmpty)
    }

    @Test("a directory that is not there is reported")
    func reportsAMissingDirectory() throws {
        let loaded = try World.load("/nowhere/ferry/")
        #expect(
            loaded.diagnostics.map(\.description) == [
                "/nowhere/ferry:1:1: error: there is no such directory [config.unreadable]\n"
                    + "  hint: make it, or name another one with --config"
            ]
        )
    }

    @Test("the settings of ferry.yaml are decoded")
    func decodesSettings() throws {
        try world.write(
            "ferry.yaml",
            """
            workers: 2
            stores:
              shop: { type: sqlite, path: /srv/shop.db }
            ledger: { retention: 2 weeks, max_jobs: 50 }
            json: { max_depth: 2000 }
            socket: { group: ferry, admin_group: ferry-admin }
            log: { level: debug }
            """
        )
        let loaded = try world.load()
        #expect(loaded.diagnostics == [])
        #expect(loaded.settings.workers == 2)
        #expect(loaded.settings.stores == ["main": .embedded, "shop": .sqlite(path: "/srv/shop.db")])
        #expect(loaded.settings.jobRetention == .seconds(14 * 86400))
        #expect(loaded.settings.maximumJobs == 50)
        #expect(loaded.settings.maximumJSONDepth == 2000)
        #expect(loaded.settings.socketGroup == "ferry")
        #expect(loaded.settings.adminGroup == "ferry-admin")
        #expect(loaded.settings.logLevel == "debug")
    }

    @Test("the limit of JSON's depth has its own limits", arguments: [0, -1, 100_001])
    func boundsTheDepthOfJSON(depth: Int) throws {
        try world.write("ferry.yaml", "json: { max_depth: \(depth) }\n")
        let loaded = try world.load()
        #expect(loaded.hasErrors)
        #expect(loaded.settings.maximumJSONDepth == 512)
        try world.write("ferry.yaml", "json: { max_depth: 100000 }\n")
        #expect(try world.load().settings.maximumJSONDepth == 100_000)
    }

    @Test("a wrong value in ferry.yaml keeps its default and leaves the others alone")
    func keepsWhatIsRight() throws {
        try world.write("ferry.yaml", "workers: 0\nlog: { level: debug }\n")
        let loaded = try world.load()
        #expect(loaded.hasErrors)
        #expect(loaded.settings.workers == 4)
        #expect(loaded.settings.logLevel == "debug")
    }

    @Test("a broken ferry.yaml does not make integrations lose their stores")
    func doesNotCascade() throws {
        try world.write("ferry.yaml", "stores:\n  shop: { type: sqlite, path: shop.db }\n")
        try world.write("integrations/a.yaml", "store: shop\n" + BaseFile.integration)
        #expect(try world.load().diagnostics.map(\.code) == [.configInvalidValue])
        try world.write("ferry.yaml", "stores: {\n")
        #expect(try world.load().diagnostics.map(\.code) == [.configSyntax])
    }

    @Test("the errors of all files come in one go, by file and line, and the rest can be used")
    func reportsEverything() throws {
        try world.write("ferry.yaml", "workers: 0\n")
        try world.write("services/b.yaml", "service: b\n")
        try world.write("integrations/b.yaml", "tpye: x\n" + BaseFile.integration)
        try world.write("integrations/a.yml", "type: b\nentities: 1\n")
        try world.write("integrations/good.yaml", BaseFile.integration)
        try world.write("integrations/.hidden.yaml", "not: read\n")
        try world.write("integrations/README.md", "not read")
        let loaded = try world.load()
        let places = loaded.diagnostics.map { "\($0.file.dropFirst(world.directory.utf8.count + 1)):\($0.line)" }
        #expect(
            places == [
                "ferry.yaml:1", "services/b.yaml:1", "services/b.yaml:1", "services/b.yaml:1", "integrations/a.yml:1",
                "integrations/a.yml:2", "integrations/b.yaml:1",
            ]
        )
        #expect(loaded.integrations.map(\.id) == ["a", "b", "good"])
        #expect(loaded.integrations.map { $0.integration != nil } == [false, false, true])
        #expect(loaded.integrations.map(\.diagnostics.count) == [2, 1, 0])
        #expect(loaded.integrations.first?.file == world.directory + "/integrations/a.yml")
        #expect(
            loaded.services.keys.sorted() == [
                "dynamic_table", "google_search_console", "loops", "posthog", "sanity", "wiserows",
            ]
        )
    }

    @Test("an integration of a service with errors is told where they are")
    func pointsToTheService() throws {
        try world.write("services/shelf.yaml", BaseFile.service + "chek: 1\n")
        try world.write("integrations/a.yaml", "type: shelf\nentities: []\n")
        let messages = try world.load().integrations.first?.diagnostics.map(\.description) ?? []
        #expect(
            messages.first
                == """
                \(world.directory)/integrations/a.yaml:1:7: error: the description of service 'shelf' has errors \
                [config.unknown_type]
                  hint: correct \(world.directory)/services/shelf.yaml
                """
        )
    }

    @Test("two files with one identifier are both refused, each naming the other, as one integration")
    func refusesDuplicates() throws {
        try world.write("integrations/a.yaml", "id: same\n" + BaseFile.integration)
        try world.write("integrations/b.yaml", BaseFile.integration + "id: same\n")
        let loaded = try world.load()
        #expect(
            try world.diagnostics()
                == """
                integrations/a.yaml:1:5: error: the identifier 'same' is also used by \
                integrations/b.yaml [config.duplicate_id]
                  hint: give each file an 'id' of its own
                integrations/b.yaml:14:5: error: the identifier 'same' is also used by \
                integrations/a.yaml [config.duplicate_id]
                  hint: give each file an 'id' of its own
                """
        )
        #expect(loaded.integrations.map(\.id) == ["same"])
        #expect(loaded.integrations.first?.integration == nil)
        #expect(loaded.integrations.first?.diagnostics.count == 2)
    }

    @Test("a file's name that cannot be an identifier needs an id")
    func needsAnIdentifier() throws {
        try world.write("integrations/My products.yaml", BaseFile.integration)
        #expect(
            try world.diagnostics()
                == """
                integrations/My products.yaml:1:1: error: the file's name 'My products' cannot be an identifier \
                [config.invalid_value]
                  hint: rename the file, or add 'id:' with lower-case letters, digits, '_' and '-'
                """
        )
        try world.write("integrations/My products.yaml", "id: products\n" + BaseFile.integration)
        #expect(try world.load().integrations.map(\.id) == ["products"])
    }

    @Test("the revision changes with the file and with the service, and with nothing else")
    func fingerprints() throws {
        func revision() throws -> String { try #require(try world.load().integrations.first?.integration?.revision) }
        try world.write("services/shelf.yaml", BaseFile.service)
        let file = """
            type: shelf
            config: { host: "https://shelf.example.com", token: { env: TOKEN } }
            entities: [{ type: book, resource: books, field_mappings: [{ source: id, target: id }] }]
            """
        try world.write("integrations/a.yaml", file)
        let first = try revision()
        #expect(first.utf8.count == 32)
        #expect(try revision() == first)
        try world.write("integrations/a.yaml", file + "\n# a comment")
        let second = try revision()
        #expect(second != first)
        try world.write("services/shelf.yaml", BaseFile.service + "# a comment\n")
        #expect(try revision() != second)
    }

    @Test("of the services built in, those that nobody uses need not be read, and nothing else changes")
    func readsServicesLater() throws {
        try world.write("integrations/a.yaml", BaseFile.integration)
        // The same type, written as no search for its name would find it.
        try world.write(
            "integrations/b.yaml",
            BaseFile.integration.replacing("type: dynamic_table", with: "type: \"dynamic\\u005Ftable\"")
        )
        try world.write("integrations/c.yaml", BaseFile.integration.replacing("dynamic_table", with: "dynamic_tabel"))
        try world.write("services/shelf.yaml", BaseFile.service)
        try world.write("services/loops.yaml", BaseFile.service.replacing("service: shelf", with: "service: loops"))
        let all = try world.load()
        let used = try world.load(readsAllServices: false)
        #expect(all.services.count == 7)
        #expect(used.services.keys.sorted() == ["dynamic_table", "shelf"])
        #expect(all.diagnostics.map(\.code) == [.configDuplicateID, .configUnknownType])
        #expect(used.diagnostics == all.diagnostics)
        #expect(used.integrations.map(\.id) == all.integrations.map(\.id))
        #expect(used.integrations.compactMap(\.integration?.revision).count == 2)
        #expect(
            used.integrations.map(\.integration?.revision) == all.integrations.map(\.integration?.revision)
        )
    }

    @Test("a literal secret in a private file is accepted with a warning that does not show it")
    func acceptsAPrivateLiteral() throws {
        let text = BaseFile.integration.replacing("{ env: KEY }", with: "dt_primary_0001")
        try world.write("integrations/a.yaml", text, mode: 0o600)
        let loaded = try world.load()
        #expect(
            try world.diagnostics()
                == """
                integrations/a.yaml:8:8: warning: 'key' holds the secret itself [config.literal_secret]
                  hint: say where it is: 'key: { credential: NAME }', '{ file: PATH }' or '{ env: NAME }'
                """
        )
        #expect(!loaded.hasErrors)
        #expect(loaded.integrations.first?.integration?.secrets["key"] == .literal(Secret("dt_primary_0001")))
        for mode in [0o640, 0o604, 0o620] {
            try world.write("integrations/a.yaml", text, mode: mode)
            let diagnostics = try world.diagnostics()
            #expect(try world.load().hasErrors)
            #expect(!diagnostics.contains("dt_primary_0001"))
        }
    }

    @Test("a file that is not UTF-8 is refused where it stops being so")
    func refusesOtherEncodings() throws {
        try world.write("integrations/a.yaml", bytes: Array("type: dynamic_table\nname: caf".utf8) + [0xE9, 0x0A])
        #expect(
            try world.diagnostics()
                == """
                integrations/a.yaml:2:10: error: the file is not UTF-8 text [config.syntax]
                  hint: save it with the encoding UTF-8
                """
        )
    }

    @Test("a byte order mark and Windows line ends do not matter")
    func acceptsWindowsFiles() throws {
        let text = "\u{FEFF}" + BaseFile.integration.split(separator: "\n").joined(separator: "\r\n")
        try world.write("integrations/a.yaml", text)
        #expect(try world.diagnostics() == "")
        try world.write("integrations/a.yaml", text + "\r\nstroe: main\r\n")
        #expect(try world.load().diagnostics.map(\.line) == [14])
    }

    @Test("aliases that multiply are refused instead of filling the memory")
    func refusesAliasBombs() throws {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...12 {
            let aliases = [String](repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        try world.write("integrations/a.yaml", text)
        #expect(try world.load().diagnostics.map(\.code) == [.configSyntax])
    }
}
