import FerryConfiguration
import FerryCore
import Testing

struct IntegrationValuesTests {
    private func integration(_ text: String) throws -> Integration {
        let world = try World()
        try world.write("integrations/a.yaml", text)
        let loaded = try world.load()
        #expect(loaded.diagnostics.filter { $0.severity == .error } == [])
        return try #require(loaded.integrations.first?.integration)
    }

    private func mapping(_ entry: String) throws -> FieldMapping {
        let text = BaseFile.integration.replacing("{ source: fields.sku, target: sku }", with: entry)
        return try #require(try integration(text).entities.first?.mappings.first)
    }

    @Test("what a file does not say has its default, the service's settings included")
    func hasDefaults() throws {
        let integration = try integration(BaseFile.integration)
        #expect(integration.id == "a")
        #expect(integration.name == "a")
        #expect(integration.isEnabled)
        #expect(integration.store == "main")
        #expect(integration.settings["page_size"] == 100)
        #expect(integration.secrets == ["key": .environment("KEY")])
        #expect(integration.schedules.isEmpty)
        #expect(integration.conflicts == .hold)
        #expect(integration.maximumFailures == nil)
        #expect(integration.expectations.isEmpty)
        #expect(integration.deleteGuard == DeleteGuard(share: 0.2, count: 10))
        let entity = try #require(integration.entities.first)
        #expect(entity.key == nil)
        #expect(entity.match == nil)
        #expect(entity.query == nil)
        #expect(entity.deletes == .keep)
        #expect(entity.changedSince == nil)
    }

    @Test("an entity's own settings stand for the integration's, and those required may be its own in every entity")
    func settingsOfEntities() throws {
        let text = BaseFile.integration.replacing("  collection_id: collection-789\n", with: "")
            .replacing("    resource:", with: "    config: { collection_id: t1, page_size: 7 }\n    resource:")
        let integration = try integration(text)
        #expect(integration.settings["collection_id"] == nil && integration.settings["page_size"] == 100)
        let settings = integration.configured(for: try #require(integration.entities.first)).settings
        #expect(settings["collection_id"] == "t1" && settings["page_size"] == 7 && settings["batch_size"] == 100)
        #expect(integration.configuredForTest.settings == settings)
    }

    @Test("a required setting that only some entities have is missing")
    func settingsOfSomeEntities() throws {
        let world = try World()
        let other = """
              - type: other
                resource: rows
                field_mappings: [{ source: fields.sku, target: sku }]

            """
        try world.write(
            "integrations/a.yaml",
            BaseFile.integration.replacing("  collection_id: collection-789\n", with: "")
                .replacing("    resource: rows", with: "    config: { collection_id: t1 }\n    resource: rows") + other
        )
        let messages = try world.load().diagnostics.map(\.message)
        #expect(messages == ["'collection_id' is missing"])
    }

    @Test("text that looks like something else stays as it is written")
    func keepsText() throws {
        let text = BaseFile.integration.replacing("agent-123", with: "no").replacing("config-456", with: "1.10")
            .replacing("collection-789", with: "0x1F")
        let settings = try integration(text).settings
        #expect(settings["agent_id"] == "no")
        #expect(settings["configuration_id"] == "1.10")
        #expect(settings["collection_id"] == "0x1F")
    }

    @Test("JSON pasted from the API is accepted")
    func acceptsPastedJSON() throws {
        let text = """
            {"type": "dynamic_table",
             "config": {"plugin_host": "https://p.example.com", "agent_id": "a", "configuration_id": "c",
                        "collection_id": "t", "primary_key": "sku", "key": {"env": "KEY"}},
             "entities": [{"type": "product", "resource": "rows", "fieldMappings": [
               {"source": "fields.title", "target": "title", "transform": null},
               {"source": "fields.body", "target": "body", "transform": "lowercase"}]}]}
            """
        let mappings = try #require(try integration(text).entities.first?.mappings)
        #expect(mappings.map(\.transforms) == [[], [TransformReference(name: "lowercase")]])
    }

    @Test("anchors, aliases and merge keys are resolved")
    func resolvesAliases() throws {
        let text =
            BaseFile.integration + """
                  - type: draft
                    resource: rows
                    field_mappings:
                      - &name { source: fields.name, target: name, required: true }
                  - type: note
                    resource: rows
                    field_mappings:
                      - { <<: *name, target: title }
                """
        let entities = try integration(text).entities
        #expect(entities.map(\.type) == ["product", "draft", "note"])
        #expect(entities.last?.mappings.first?.source?.description == "fields.name")
        #expect(entities.last?.mappings.first?.target.description == "title")
        #expect(entities.last?.mappings.first?.isRequired == true)
    }

    @Test(
        "a transform is a name, a name with options, or a list of these",
        arguments: [
            ("slugify", [TransformReference(name: "slugify")]),
            ("null", []),
            ("[]", []),
            ("[lowercase, slugify]", [TransformReference(name: "lowercase"), TransformReference(name: "slugify")]),
            ("{ slugify: { max_length: 40 } }", [TransformReference(name: "slugify", options: ["max_length": 40])]),
            (
                "[lowercase, slugify: { separator: \"_\" }]",
                [
                    TransformReference(name: "lowercase"),
                    TransformReference(name: "slugify", options: ["separator": "_"]),
                ]
            ),
        ]
    )
    func readsTransforms(_ text: String, _ transforms: [TransformReference]) throws {
        #expect(try mapping("{ source: fields.sku, target: sku, transform: \(text) }").transforms == transforms)
    }

    @Test(
        "a constant or default keeps its YAML 1.2 type, every digit of a number included",
        arguments: [
            ("1", .number("1")), ("+007", .number("7")), ("-0.50", .number("-0.50")), (".5", .number("0.5")),
            ("1e3", .number("1e3")), ("0x10", .number("16")), ("0o17", .number("15")),
            ("12345678901234567890.123", .number("12345678901234567890.123")), ("true", .bool(true)),
            ("yes", .string("yes")), ("\"1\"", .string("1")), ("~", .null), ("1.2.3", .string("1.2.3")),
            ("2024-01-15", .string("2024-01-15")), ("[1, a]", .array([.number("1"), .string("a")])),
            ("{ a: null }", .object([JSONValue.Member(key: "a", value: .null)])), ("!!str 1", .string("1")),
        ] as [(String, JSONValue)]
    )
    func keepsTypes(_ text: String, _ value: JSONValue) throws {
        #expect(try mapping("{ target: sku, constant: \(text) }").constant == value)
        #expect(try mapping("{ source: fields.sku, target: sku, default: \(text) }").defaultValue == value)
    }

    @Test("a missing default is not a default of null")
    func distinguishesMissing() throws {
        #expect(try mapping("{ source: fields.sku, target: sku }").defaultValue == nil)
        #expect(try mapping("{ source: fields.sku, target: sku }").constant == nil)
    }

    @Test(
        "the policies of a mapping are decoded",
        arguments: [("fail_row", .failRow), ("skip_field", .skipField), ("null", .null), ("\"null\"", .null)]
            as [(String, FieldMapping.ErrorPolicy)]
    )
    func readsErrorPolicies(_ text: String, _ policy: FieldMapping.ErrorPolicy) throws {
        #expect(try mapping("{ source: fields.sku, target: sku, on_error: \(text) }").onError == policy)
    }

    @Test(
        "a limit for failures is a share or a number",
        arguments: [("5%", .share(0.05)), ("0.5%", .share(0.005)), ("0", .rows(0)), ("50", .rows(50))]
            as [(String, FailureLimit)]
    )
    func readsFailureLimits(_ text: String, _ limit: FailureLimit) throws {
        #expect(try integration(BaseFile.integration + "max_failed: \(text)\n").maximumFailures == limit)
    }

    @Test("a schedule's policies are decoded")
    func readsSchedules() throws {
        let text =
            BaseFile.integration + """
                schedule:
                  pull: { every: 90, catch_up: all, overlap: queue, jitter: 1m 30s }
                  push:
                """
        let schedules = try integration(text).schedules
        #expect(
            schedules == [
                .pull: SyncSchedule(
                    timing: .every(.seconds(90)),
                    jitter: .seconds(90),
                    catchUp: .all,
                    overlap: .queue
                )
            ]
        )
    }

    @Test("two mappings of one field do not conflict where one of them flows the other way")
    func allowsOppositeFlows() throws {
        let text =
            BaseFile.integration + """
                      - { source: fields.name, target: name }
                      - { source: fields.name, target: slug, transform: slugify }
                      - { source: fields.sku, target: code, direction: push }
                schedule: { pull: { every: 1h }, push: { every: 1h } }
                """
        #expect(try integration(text).entities.first?.mappings.count == 4)
    }
}
