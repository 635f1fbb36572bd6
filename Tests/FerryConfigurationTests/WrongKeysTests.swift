import Testing

struct WrongKeysTests {
    static let files = [
        WrongFile(
            "a key that nobody knows, with a near spelling",
            replacing: "type: dynamic_table",
            with: """
                type: dynamic_table
                stroe: main
                """,
            reports: """
                integrations/a.yaml:2:1: error: unknown key 'stroe' [config.unknown_key]
                  hint: did you mean 'store'?
                """
        ),
        WrongFile(
            "a key that nobody knows, with no near spelling",
            replacing: """
                      - { source: fields.sku, target: sku }

                """,
            with: """
                      - { source: fields.sku, target: sku, colour: red }

                """,
            reports: """
                integrations/a.yaml:13:44: error: unknown key 'colour' [config.unknown_key]
                  hint: the keys here are: source, target, transform, as, default, constant, required, on_error, direction
                """
        ),
        WrongFile(
            "a key in the wrong style",
            replacing: "type: dynamic_table",
            with: """
                type: dynamic_table
                maxFailed: 5
                """,
            reports: """
                integrations/a.yaml:2:1: error: unknown key 'maxFailed' [config.unknown_key]
                  hint: did you mean 'max_failed'?
                """
        ),
        WrongFile(
            "a key twice",
            replacing: "type: dynamic_table",
            with: """
                type: dynamic_table
                name: one
                name: two
                """,
            reports: """
                integrations/a.yaml:3:1: error: 'name' is already set in line 2 [config.duplicate_key]
                  hint: remove one of the two
                """
        ),
        WrongFile(
            "a key three times, quoted or not",
            replacing: "type: dynamic_table",
            with: """
                type: dynamic_table
                name: one
                "name": two
                name: three
                """,
            reports: """
                integrations/a.yaml:3:1: error: 'name' is already set in line 2 [config.duplicate_key]
                  hint: remove one of the two
                integrations/a.yaml:4:1: error: 'name' is already set in line 2 [config.duplicate_key]
                  hint: remove one of the two
                """
        ),
        WrongFile(
            "two spellings of one key",
            replacing: """
                      - { source: fields.sku, target: sku }

                """,
            with: """
                      - { source: fields.sku, target: sku }
                    fieldMappings: []

                """,
            reports: """
                integrations/a.yaml:14:5: error: 'fieldMappings' is already set in line 12 [config.duplicate_key]
                  hint: 'field_mappings' has two spellings; remove one of the two
                """
        ),
        WrongFile(
            "a missing type",
            replacing: """
                type: dynamic_table

                """,
            with: "",
            reports: """
                integrations/a.yaml:1:1: error: 'type' is missing [config.missing_key]
                  hint: The service's name; 'ferryctl services' lists them.
                """
        ),
        WrongFile(
            "no entities",
            replacing: """
                entities:
                  - type: product
                    resource: rows
                    field_mappings:
                      - { source: fields.sku, target: sku }

                """,
            with: """
                entities: []

                """,
            reports: """
                integrations/a.yaml:9:11: error: 'entities' must not be empty [config.invalid_value]
                  hint: add one, such as '- type: product'
                """
        ),
        WrongFile(
            "entities that are missing",
            replacing: """
                entities:
                  - type: product
                    resource: rows
                    field_mappings:
                      - { source: fields.sku, target: sku }

                """,
            with: "",
            reports: """
                integrations/a.yaml:1:1: error: 'entities' is missing [config.missing_key]
                  hint: The kinds of local entities and the remote resources they map to.
                """
        ),
        WrongFile(
            "an entity without mappings",
            replacing: """
                    field_mappings:
                      - { source: fields.sku, target: sku }

                """,
            with: "",
            reports: """
                integrations/a.yaml:10:5: error: 'field_mappings' is missing [config.missing_key]
                  hint: say how values move, such as [{ source: fields.title, target: title }]
                """
        ),
        WrongFile(
            "an entity with an empty list of mappings",
            replacing: """
                    field_mappings:
                      - { source: fields.sku, target: sku }

                """,
            with: """
                    field_mappings: []

                """,
            reports: """
                integrations/a.yaml:12:21: error: 'field_mappings' must not be empty [config.missing_key]
                  hint: add one, such as '- { source: fields.title, target: title }'
                """
        ),
        WrongFile(
            "a mapping without a target",
            replacing: """
                      - { source: fields.sku, target: sku }

                """,
            with: """
                      - { source: fields.sku }

                """,
            reports: """
                integrations/a.yaml:13:9: error: 'target' is missing [config.missing_key]
                  hint: The path in the remote record, for both directions, such as title or seo.title.
                """
        ),
        WrongFile(
            "a mapping without a source",
            replacing: """
                      - { source: fields.sku, target: sku }

                """,
            with: """
                      - { target: sku }

                """,
            reports: """
                integrations/a.yaml:13:9: error: 'source' is missing [config.missing_key]
                  hint: name the local path, such as fields.title, or give a 'constant'
                """
        ),
    ]

    @Test("each is reported where it stands, with a code and what to do", arguments: files)
    func isReported(_ file: WrongFile) throws {
        #expect(try file.diagnostics(in: .integrations) == file.reports)
    }
}
