import Testing

/// Identifiers of Ferry's own, several elements for a record, everything at once, and settings that have to match.
struct WrongIdentifiersTests {
    private static let create = """
            create:
              request: { method: POST, path: /books }
              repeatable: false
              after_unknown: { find: books }
              batch: { max: 1, item: "${record.fields}" }

        """
    private static let size = "  size: { type: integer, default: 50 }\n"

    private static func sink(_ lines: String...) -> String {
        lines.map { "    \($0)\n" }.joined()
    }

    static let files = [
        WrongFile(
            "an identifier that is the same for all records",
            replacing: create,
            with: sink(
                "identifier: ferry",
                "create:",
                "  request: { method: PUT, path: \"/books/${path(record.id)}\", body: \"${record.fields}\" }",
                "  repeatable: true"
            ),
            reports: """
                services/shelf.yaml:19:17: error: 'identifier' is made of '${record.uuid}', and of nothing else of the record: that alone stays the same [config.unsafe_service]
                  hint: write it like ferry-${record.uuid}
                """
        ),
        WrongFile(
            "an identifier that is not sent",
            replacing: create,
            with: sink(
                "identifier: \"ferry-${record.uuid}\"",
                "create:",
                "  request: { method: POST, path: /books, body: \"${record.fields}\" }",
                "  repeatable: true"
            ),
            reports: """
                services/shelf.yaml:21:7: error: 'create' does not send '${record.id}', by which the sink's 'identifier' says that records are called [config.unsafe_service]
                  hint: add it to the request, or remove 'identifier'
                """
        ),
        WrongFile(
            "an identifier beside an upsert",
            replacing: create,
            with: sink(
                "match: isbn",
                "identifier: \"ferry-${record.uuid}\"",
                "upsert:",
                "  request: { method: PUT, path: /books, body: \"${record.fields}\" }"
            ),
            reports: """
                services/shelf.yaml:20:17: error: an 'upsert' calls records by their natural key [config.invalid_value]
                  hint: remove 'identifier'; or write 'create' and 'update' instead of 'upsert', in line 22
                """
        ),
        WrongFile(
            "a batch with one item and several",
            replacing: "batch: { max: 1, item: \"${record.fields}\" }",
            with: "batch: { max: 1, item: \"${record.fields}\", items: [\"${record.fields}\"] }",
            reports: """
                services/shelf.yaml:23:14: error: 'batch' has either an 'item' or 'items', not both [config.invalid_value]
                  hint: add 'item: "${record.fields}"', or 'items' where a record is several elements
                """
        ),
        WrongFile(
            "what is cleared in an address",
            replacing: create,
            with: sink(
                "create:",
                "  request: { method: POST, path: \"/books/${path(record.cleared)}\", body: \"${record.fields}\" }",
                "  repeatable: true"
            ),
            reports: """
                services/shelf.yaml:20:38: error: 'record.cleared' can stand in a body only [config.invalid_template]
                  hint: here, 'record.id' can be used
                """
        ),
        WrongFile(
            "everything at once, always",
            replacing: "    id: id\n",
            with: "    id: id\n    whole: { request: { method: GET, path: /all }, error: error, when: { sise: 50 } }\n",
            reports: """
                services/shelf.yaml:15:12: error: 'whole' is for streams that read only what has changed afterwards [config.invalid_value]
                  hint: add 'incremental', or write what is in 'whole' as the stream itself
                services/shelf.yaml:15:74: error: there is no setting 'sise' [config.unknown_key]
                  hint: did you mean 'size'?
                """
        ),
        WrongFile(
            "a pattern that is none",
            replacing: size,
            with: size + "  name: { pattern: \"[a\", default: x }\n",
            reports: """
                services/shelf.yaml:6:20: error: the 'pattern' of 'name' is no regular expression [config.invalid_value]
                  hint: write it like [a-z0-9-]+
                """
        ),
        WrongFile(
            "a default that does not match",
            replacing: size,
            with: size + "  name: { pattern: \"[a-z]+\", default: X1, description: small letters }\n",
            reports: """
                services/shelf.yaml:6:39: error: 'default' cannot be 'X1': it must match [a-z]+ [config.invalid_value]
                  hint: small letters
                """
        ),
    ]

    @Test("each is reported where it stands, with a code and what to do", arguments: files)
    func reports(_ file: WrongFile) throws {
        #expect(try file.diagnostics(in: .services) == file.reports)
    }
}
