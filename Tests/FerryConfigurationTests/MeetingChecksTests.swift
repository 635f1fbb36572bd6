import FerryCore
import Testing

/// Where records flow both ways, something has to tell which row a record stands for.
struct MeetingChecksTests {
    private let world: World

    init() throws {
        world = try World()
        try world.write("services/shelf.yaml", BaseFile.service)
    }

    private static let title = "{ source: fields.title, target: title }"

    /// The diagnostics of an integration that goes both ways, or as `schedule` says.
    private func diagnostics(
        _ entity: String,
        mappings: String = title,
        schedule: String = "{ pull: { every: 1h }, push: { every: 1h } }"
    ) throws -> String {
        try world.write(
            "integrations/a.yaml",
            """
            type: shelf
            config: { host: "https://shelf.example.com", token: { env: TOKEN } }
            schedule: \(schedule)
            entities:
              - { type: book, resource: books, \(entity)field_mappings: [\(mappings)] }

            """
        )
        return try world.diagnostics()
    }

    @Test("an entity both ways without a natural key is refused")
    func needsANaturalKey() throws {
        #expect(
            try diagnostics("")
                == """
                integrations/a.yaml:5:5: error: 'match' is missing: where records flow both ways, a natural key tells \
                which row a record stands for [config.missing_key]
                  hint: name one, such as 'match: { source: fields.slug, target: slug }', and map it; or add \
                'direction: pull' or 'direction: push' to each of the mappings
                """
        )
    }

    @Test(
        "a natural key that no mapping gives both ways is none",
        arguments: [title, "\(title), { source: fields.isbn, target: isbn, direction: push }"]
    )
    func needsAMappedNaturalKey(mappings: String) throws {
        #expect(
            try diagnostics("match: { source: fields.isbn, target: isbn }, ", mappings: mappings)
                == """
                integrations/a.yaml:5:5: error: no mapping gives the natural key 'isbn' both ways, which tells the rows \
                that records stand for [config.missing_key]
                  hint: map it both ways: '- { source: fields.isbn, target: isbn }' in 'field_mappings'
                """
        )
    }

    @Test(
        "what tells the row is enough",
        arguments: [
            ("match: { source: fields.title, target: title }, ", title),
            ("", "\(title), { source: id, target: number }"), ("", "\(title), { source: fields.id, target: number }"),
            ("key: isbn, ", "\(title), { source: fields.isbn, target: isbn }"),
            ("", "{ source: fields.title, target: title, direction: pull }"),
            ("", "{ source: fields.title, target: title, direction: push }"),
        ]
    )
    func acceptsWhatTells(entity: String, mappings: String) throws {
        let diagnostics = try diagnostics(entity, mappings: mappings)
        #expect(!diagnostics.contains("natural key"), "\(diagnostics)")
    }

    @Test(
        "one way, and by hand, none is needed",
        arguments: ["{ push: { every: 1h } }", "{ pull: { every: 1h } }", "{}"]
    )
    func needsNoneOneWay(schedule: String) throws {
        #expect(try !diagnostics("", schedule: schedule).contains("natural key"))
    }

    @Test("where the service makes no records, none is needed")
    func needsNoneWithoutCreates() throws {
        let start = try #require(BaseFile.service.firstRange(of: "    create:"))
        let update = """
                update:
                  request: { method: PUT, path: "/books/${path(record.id)}" }
                  repeatable: true
                  batch: { max: 1, item: "${record.fields}" }

            """
        try world.write("services/shelf.yaml", BaseFile.service[..<start.lowerBound] + update)
        #expect(try diagnostics("") == "")
    }
}
