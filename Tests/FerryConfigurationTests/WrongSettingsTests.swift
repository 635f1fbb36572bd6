import Testing

struct WrongSettingsTests {
    static let files = [
        WrongFile(
            "an entity's own setting that is not there",
            replacing: "    resource: rows",
            with: """
                    config: { collection_di: other }
                    resource: rows
                """,
            reports: """
                integrations/a.yaml:11:15: error: 'dynamic_table' has no setting 'collection_di' [config.unknown_setting]
                  hint: did you mean 'collection_id'?
                """
        ),
        WrongFile(
            "an entity's own secret",
            replacing: "    resource: rows",
            with: """
                    config: { key: { env: OTHER } }
                    resource: rows
                """,
            reports: """
                integrations/a.yaml:11:20: error: 'key' is a secret, which the whole integration shares [config.unknown_setting]
                  hint: move it to the integration's 'config'
                """
        ),
        WrongFile(
            "an entity's own setting with a wrong value",
            replacing: "    resource: rows",
            with: """
                    config: { page_size: 0 }
                    resource: rows
                """,
            reports: "integrations/a.yaml:11:26: error: 'page_size' must be at least 1, not 0 [config.invalid_value]"
        ),
        WrongFile(
            "a setting that is not there",
            replacing: "  agent_id",
            with: """
                  page_sise: 10
                  agent_id
                """,
            reports: """
                integrations/a.yaml:4:3: error: 'dynamic_table' has no setting 'page_sise' [config.unknown_setting]
                  hint: did you mean 'page_size'?
                """
        ),
        WrongFile(
            "a required setting left out",
            replacing: """
                  agent_id: agent-123

                """,
            with: "",
            reports: """
                integrations/a.yaml:3:3: error: 'agent_id' is missing [config.missing_key]
                  hint: agentId of the table's Integration tab
                """
        ),
        WrongFile(
            "a setting below its minimum",
            replacing: "  agent_id",
            with: """
                  page_size: 0
                  agent_id
                """,
            reports: "integrations/a.yaml:4:14: error: 'page_size' must be at least 1, not 0 [config.invalid_value]"
        ),
        WrongFile(
            "a setting above its maximum",
            replacing: "  agent_id",
            with: """
                  page_size: 5000
                  agent_id
                """,
            reports:
                "integrations/a.yaml:4:14: error: 'page_size' must be at most 1000, not 5000 [config.invalid_value]"
        ),
        WrongFile(
            "a number that is quoted",
            replacing: "  agent_id",
            with: """
                  page_size: "10"
                  agent_id
                """,
            reports: """
                integrations/a.yaml:4:14: error: 'page_size' must be a whole number, not a string [config.wrong_type]
                  hint: remove the quotation marks
                """
        ),
        WrongFile(
            "a number that is a word",
            replacing: "  agent_id",
            with: """
                  page_size: many
                  agent_id
                """,
            reports:
                "integrations/a.yaml:4:14: error: 'page_size' must be a whole number, not a string [config.wrong_type]"
        ),
        WrongFile(
            "a setting that is empty",
            replacing: "agent-123",
            with: "\"\"",
            reports: "integrations/a.yaml:4:13: error: 'agent_id' must not be empty [config.invalid_value]"
        ),
        WrongFile(
            "a list for a string",
            replacing: "agent-123",
            with: "[a, b]",
            reports: "integrations/a.yaml:4:13: error: 'agent_id' must be a string, not a list [config.wrong_type]"
        ),
        WrongFile(
            "no config at all",
            replacing: """
                config:
                  plugin_host: https://plugins.example.com
                  agent_id: agent-123
                  configuration_id: config-456
                  collection_id: collection-789
                  primary_key: sku
                  key: { env: KEY }

                """,
            with: "",
            reports: """
                integrations/a.yaml:1:1: error: 'plugin_host' is missing [config.missing_key]
                  hint: Scheme and host of the plugin, such as https://plugins.example.com
                integrations/a.yaml:1:1: error: 'agent_id' is missing [config.missing_key]
                  hint: agentId of the table's Integration tab
                integrations/a.yaml:1:1: error: 'configuration_id' is missing [config.missing_key]
                  hint: configurationId of the table's Integration tab
                integrations/a.yaml:1:1: error: 'collection_id' is missing [config.missing_key]
                  hint: collectionId of the table's Integration tab
                integrations/a.yaml:1:1: error: 'primary_key' is missing [config.missing_key]
                  hint: The table's primary key column: rows are read in its order and meet by it
                integrations/a.yaml:1:1: error: 'key' is missing [config.missing_key]
                  hint: The primary key of the Integration tab
                """
        ),
        WrongFile(
            "a literal secret in a file that others can read",
            replacing: "{ env: KEY }",
            with: "dt_primary_0001",
            reports: """
                integrations/a.yaml:8:8: error: 'key' holds the secret itself, in a file that others can read [config.literal_secret]
                  hint: say where it is: 'key: { credential: NAME }', '{ file: PATH }' or '{ env: NAME }'; or take the others' rights away: chmod 600 integrations/a.yaml
                """
        ),
        WrongFile(
            "a secret with two places",
            replacing: "{ env: KEY }",
            with: "{ env: KEY, file: /key }",
            reports: """
                integrations/a.yaml:8:8: error: 'key' must say one place where the secret is [config.invalid_value]
                  hint: say where it is: 'key: { credential: NAME }', '{ file: PATH }' or '{ env: NAME }'
                """
        ),
        WrongFile(
            "a secret with no place",
            replacing: "{ env: KEY }",
            with: "{}",
            reports: """
                integrations/a.yaml:8:8: error: 'key' must say one place where the secret is [config.invalid_value]
                  hint: say where it is: 'key: { credential: NAME }', '{ file: PATH }' or '{ env: NAME }'
                """
        ),
        WrongFile(
            "a secret with an unknown kind of place",
            replacing: "{ env: KEY }",
            with: "{ vault: KEY }",
            reports: """
                integrations/a.yaml:8:10: error: unknown key 'vault' [config.unknown_key]
                  hint: the keys here are: credential, file, env
                """
        ),
    ]

    @Test("each is reported where it stands, with a code and what to do", arguments: files)
    func isReported(_ file: WrongFile) throws {
        #expect(try file.diagnostics(in: .integrations) == file.reports)
    }
}
