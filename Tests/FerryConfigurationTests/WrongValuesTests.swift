import Testing

struct WrongValuesTests {
    static let files = [
        WrongFile(
            "an identifier with capitals",
            replacing: "type: dynamic_table",
            with: """
                id: Products
                type: dynamic_table
                """,
            reports: """
                integrations/a.yaml:1:5: error: 'Products' cannot be an identifier [config.invalid_value]
                  hint: use lower-case letters, digits, '_' and '-'
                """
        ),
        WrongFile(
            "a boolean in words",
            replacing: "type: dynamic_table",
            with: """
                type: dynamic_table
                enabled: yes
                """,
            reports: """
                integrations/a.yaml:2:10: error: 'enabled' must be true or false, not a string [config.wrong_type]
                  hint: write true
                """
        ),
        WrongFile(
            "a store that is not defined",
            replacing: "type: dynamic_table",
            with: """
                type: dynamic_table
                store: mian
                """,
            reports: """
                integrations/a.yaml:2:8: error: there is no store 'mian' [config.unknown_store]
                  hint: did you mean 'main'?
                """
        ),
        WrongFile(
            "a service that is not there",
            replacing: "dynamic_table",
            with: "dynamic_tabel",
            reports: """
                integrations/a.yaml:1:7: error: there is no service 'dynamic_tabel' [config.unknown_type]
                  hint: did you mean 'dynamic_table'?
                """
        ),
        WrongFile(
            "a resource that is not there",
            replacing: "resource: rows",
            with: "resource: row",
            reports: """
                integrations/a.yaml:11:15: error: 'dynamic_table' has no resource 'row' [config.unknown_resource]
                  hint: did you mean 'rows'?
                """
        ),
        WrongFile(
            "an entity type with a space",
            replacing: "type: product",
            with: "type: our products",
            reports: """
                integrations/a.yaml:10:11: error: 'our products' cannot be an entity type [config.invalid_value]
                  hint: begin with a letter, go on with letters, digits, '_' and '-', at most 63 in all
                """
        ),
        WrongFile(
            "an entity type of SQLite's own",
            replacing: "type: product",
            with: "type: sqlite_master",
            reports:
                "integrations/a.yaml:10:11: error: 'sqlite_master' cannot be an entity type: SQLite keeps names that begin with 'sqlite_' for itself [config.invalid_value]"
        ),
        WrongFile(
            "an entity type used twice",
            replacing: """
                      - { source: fields.sku, target: sku }

                """,
            with: """
                      - { source: fields.sku, target: sku }
                  - type: Product
                    resource: rows
                    field_mappings:
                      - { source: fields.sku, target: sku }

                """,
            reports: """
                integrations/a.yaml:14:11: error: entity type 'Product' is already used in line 10 [config.invalid_value]
                  hint: give every entity a type of its own
                """
        ),
        WrongFile(
            "a policy for deletes that is none",
            replacing: "    resource: rows",
            with: """
                    resource: rows
                    deletes: drop
                """,
            reports: """
                integrations/a.yaml:12:14: error: 'deletes' cannot be 'drop' [config.invalid_value]
                  hint: it can be: keep, propagate
                """
        ),
        WrongFile(
            "a policy for conflicts that is none",
            replacing: "type: dynamic_table",
            with: """
                type: dynamic_table
                conflicts: local_win
                """,
            reports: """
                integrations/a.yaml:2:12: error: 'conflicts' cannot be 'local_win' [config.invalid_value]
                  hint: did you mean 'local_wins'?
                """
        ),
        WrongFile(
            "a limit for failures above everything",
            replacing: "type: dynamic_table",
            with: """
                type: dynamic_table
                max_failed: 120%
                """,
            reports: """
                integrations/a.yaml:2:13: error: 'max_failed' must be a number of rows or a share from 0% to 100% [config.invalid_value]
                  hint: write it like 50 or 5%
                """
        ),
        WrongFile(
            "a share without its sign",
            replacing: "type: dynamic_table",
            with: """
                type: dynamic_table
                delete_guard: { share: 0.2 }
                """,
            reports: """
                integrations/a.yaml:2:24: error: 'share' must be a share from 0% to 100% [config.invalid_value]
                  hint: write it like 20%
                """
        ),
        WrongFile(
            "a count below zero",
            replacing: "type: dynamic_table",
            with: """
                type: dynamic_table
                expect: { pull: { min_records: -1 } }
                """,
            reports: "integrations/a.yaml:2:32: error: 'min_records' must be at least 0, not -1 [config.invalid_value]"
        ),
        WrongFile(
            "a match without its target",
            replacing: "    resource: rows",
            with: """
                    resource: rows
                    match: { source: fields.sku }
                """,
            reports: """
                integrations/a.yaml:12:12: error: 'target' is missing [config.missing_key]
                  hint: The remote path of the natural key.
                """
        ),
        WrongFile(
            "a mapping that is a word",
            replacing: """
                      - { source: fields.sku, target: sku }

                """,
            with: """
                      - sku

                """,
            reports:
                "integrations/a.yaml:13:9: error: an item of 'field_mappings' must be a mapping, not a string [config.wrong_type]"
        ),
        WrongFile(
            "several mistakes at once",
            text: """
                type: dynamic_table
                config:
                  plugin_host: https://plugins.example.com
                  agent: 1
                  configuration_id: config-456
                  collection_id: collection-789
                  primary_key: sku
                  key: { env: KEY }
                entities:
                  - type: product
                    resource: lines
                    field_mappings:
                      - { source: sku, target: sku }

                """,
            reports: """
                integrations/a.yaml:3:3: error: 'agent_id' is missing [config.missing_key]
                  hint: agentId of the table's Integration tab
                integrations/a.yaml:4:3: error: 'dynamic_table' has no setting 'agent' [config.unknown_setting]
                  hint: did you mean 'agent_id'?
                integrations/a.yaml:11:15: error: 'dynamic_table' has no resource 'lines' [config.unknown_resource]
                  hint: its resources are: rows
                integrations/a.yaml:13:19: error: a local path is 'id', 'type' or begins with 'fields.', not 'sku' [config.invalid_path]
                  hint: did you mean 'fields.sku'?
                """
        ),
    ]

    @Test("each is reported where it stands, with a code and what to do", arguments: files)
    func isReported(_ file: WrongFile) throws {
        #expect(try file.diagnostics(in: .integrations) == file.reports)
    }
}
