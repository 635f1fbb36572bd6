import Testing

struct WrongSyntaxTests {
    static let files = [
        WrongFile(
            "a tab as indentation",
            replacing: "  agent_id",
            with: "\tagent_id",
            reports: """
                integrations/a.yaml:4:1: error: while scanning a plain scalar, found a tab character that violates indentation [config.syntax]
                  hint: indent with spaces: YAML takes no tab characters there
                """
        ),
        WrongFile(
            "a colon without a space",
            replacing: "type: dynamic_table",
            with: "type:dynamic_table",
            reports: """
                integrations/a.yaml:1:1: error: mapping values are not allowed in this context [config.syntax]
                  hint: put a space after the colon: 'type: …'
                """
        ),
        WrongFile(
            "a colon inside a plain value",
            replacing: "type: dynamic_table",
            with: """
                name: Products: the table
                type: dynamic_table
                """,
            reports: """
                integrations/a.yaml:1:15: error: mapping values are not allowed in this context [config.syntax]
                  hint: put the value between quotation marks: it contains ': '
                """
        ),
        WrongFile(
            "a star that is no alias",
            replacing: """
                      - { source: fields.sku, target: sku }

                """,
            with: """
                      - { source: fields.sku, target: sku }
                schedule: { pull: { cron: */15 * * * * } }

                """,
            reports: """
                integrations/a.yaml:14:28: error: while scanning an alias, did not find expected alphabetic or numeric character [config.syntax]
                  hint: put the value between quotation marks: '*' and '&' mean something to YAML
                """
        ),
        WrongFile(
            "an alias of nothing",
            replacing: "agent-123",
            with: "*nothing",
            reports: """
                integrations/a.yaml:4:13: error: the alias stands for nothing that was defined before it [config.syntax]
                  hint: define it with '&name', or quote values that begin with '*'
                """
        ),
        WrongFile(
            "a bracket that is not closed",
            replacing: "{ env: KEY }",
            with: "{ env: KEY",
            reports: """
                integrations/a.yaml:9:9: error: while parsing a flow mapping, did not find expected ',' or '}' [config.syntax]
                  hint: a comma, or the bracket that closes the one in line 8, column 8, is missing
                """
        ),
        WrongFile(
            "a quotation mark that is not closed",
            replacing: "agent-123",
            with: "\"agent-123",
            reports: """
                integrations/a.yaml:4:13: error: while scanning a quoted scalar, found unexpected end of stream [config.syntax]
                  hint: close the quotation mark that is opened here
                """
        ),
        WrongFile(
            "keys in different columns",
            replacing: "  agent_id",
            with: "   agent_id",
            reports: """
                integrations/a.yaml:4:12: error: mapping values are not allowed in this context [config.syntax]
                  hint: the keys of one mapping begin in the same column; this one stands deeper than the one above
                """
        ),
        WrongFile(
            "a value that begins with a reserved character",
            replacing: "agent-123",
            with: "@agent",
            reports: """
                integrations/a.yaml:4:13: error: while scanning for the next token, found character that cannot start any token [config.syntax]
                  hint: put the value between quotation marks: it begins with a character that means something to YAML
                """
        ),
        WrongFile(
            "a second document",
            replacing: """
                      - { source: fields.sku, target: sku }

                """,
            with: """
                      - { source: fields.sku, target: sku }
                ---
                type: dynamic_table

                """,
            reports: """
                integrations/a.yaml:14:1: error: the file holds more than one document [config.syntax]
                  hint: put what follows this line into a file of its own
                """
        ),
        WrongFile(
            "a control character",
            replacing: "agent-123",
            with: "agent\u{7}",
            reports: """
                integrations/a.yaml:4:18: error: the file holds a control character [config.syntax]
                  hint: remove it, or write it as an escape between double quotation marks
                """
        ),
        WrongFile(
            "a file of one word",
            text: """
                dynamic_table

                """,
            reports: "integrations/a.yaml:1:1: error: the file must be a mapping, not a string [config.wrong_type]"
        ),
        WrongFile(
            "a file whose only line lacks a space",
            text: """
                type:dynamic_table

                """,
            reports: """
                integrations/a.yaml:1:1: error: the file must be a mapping, not a string [config.wrong_type]
                  hint: put a space after the colon: 'type: …'
                """
        ),
        WrongFile(
            "an empty file",
            text: """
                # nothing yet

                """,
            reports: """
                integrations/a.yaml:1:1: error: the file is empty [config.missing_key]
                  hint: it needs 'type', 'config' and 'entities'
                """
        ),
        WrongFile(
            "a list instead of a mapping",
            text: """
                - type: dynamic_table

                """,
            reports: "integrations/a.yaml:1:1: error: the file must be a mapping, not a list [config.wrong_type]"
        ),
    ]

    @Test("each is reported where it stands, with a code and what to do", arguments: files)
    func isReported(_ file: WrongFile) throws {
        #expect(try file.diagnostics(in: .integrations) == file.reports)
    }
}
