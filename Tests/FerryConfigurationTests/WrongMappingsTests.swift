import Testing

struct WrongMappingsTests {
    static let files = [
        WrongFile(
            "a local path without fields",
            replacing: "fields.sku",
            with: "sku",
            reports: """
                integrations/a.yaml:13:19: error: a local path is 'id', 'type' or begins with 'fields.', not 'sku' [config.invalid_path]
                  hint: did you mean 'fields.sku'?
                """
        ),
        WrongFile(
            "a local path that goes below the identifier",
            replacing: "fields.sku",
            with: "id.x",
            reports:
                "integrations/a.yaml:13:19: error: a local path is 'id', 'type' or begins with 'fields.', not 'id.x' [config.invalid_path]"
        ),
        WrongFile(
            "a local path of all fields",
            replacing: "fields.sku",
            with: "fields",
            reports: """
                integrations/a.yaml:13:19: error: 'fields' is not one field [config.invalid_path]
                  hint: name one, such as fields.title
                """
        ),
        WrongFile(
            "a path with a wrong character",
            replacing: "fields.sku",
            with: "fields.odd name",
            reports: """
                integrations/a.yaml:13:29: error: 'source' is not a path: expected '.' or '[' at character 11 [config.invalid_path]
                  hint: write it like fields.title, keys[0] or fields['odd name']
                """
        ),
        WrongFile(
            "a path with a wrong character, quoted",
            replacing: "fields.sku",
            with: "\"fields.tags[*]\"",
            reports: """
                integrations/a.yaml:13:32: error: 'source' is not a path: a path leads to one value, so wildcards, filters and slices are not allowed at character 13 [config.invalid_path]
                  hint: write it like fields.title, keys[0] or fields['odd name']
                """
        ),
        WrongFile(
            "a target that is the whole record",
            replacing: "target: sku",
            with: "target: $",
            reports: """
                integrations/a.yaml:13:39: error: a remote path names a field, not the whole record [config.invalid_path]
                  hint: name one, such as title
                """
        ),
        WrongFile(
            "an unknown transform",
            replacing: "target: sku",
            with: "target: sku, transform: slugfy",
            reports: """
                integrations/a.yaml:13:55: error: unknown transform 'slugfy' [config.unknown_transform]
                  hint: did you mean 'slugify'?
                """
        ),
        WrongFile(
            "an unknown transform in a list",
            replacing: """
                      - { source: fields.sku, target: sku }

                """,
            with: """
                      - source: fields.sku
                        target: sku
                        transform:
                          - lowercase
                          - markdown

                """,
            reports: """
                integrations/a.yaml:13:9: warning: the mapping to 'sku' has a transform that cannot be undone, and nothing says which way it flows: it will flow in either direction a job runs [config.direction_ambiguous]
                  hint: add 'direction: push' or 'direction: pull', or set a schedule
                integrations/a.yaml:17:13: error: unknown transform 'markdown' [config.unknown_transform]
                  hint: there are: lowercase, markdown_to_html, slugify, to_string, uppercase
                """
        ),
        WrongFile(
            "options that the transform does not take",
            replacing: "target: sku",
            with: "target: sku, transform: { lowercase: 1 }",
            reports: "integrations/a.yaml:13:57: error: 'lowercase' takes no options [config.invalid_transform]"
        ),
        WrongFile(
            "a transform with two names",
            replacing: "target: sku",
            with: "target: sku, transform: { slugify: {}, lowercase: {} }",
            reports: """
                integrations/a.yaml:13:55: error: 'transform' must be a transform's name, or one name with its options, not a mapping [config.wrong_type]
                  hint: write 'trim', '{ truncate: 80 }', or several as a list: '[trim, slugify]'
                """
        ),
        WrongFile(
            "two mappings that push one target",
            replacing: """
                      - { source: fields.sku, target: sku }

                """,
            with: """
                      - { source: fields.sku, target: sku }
                      - { source: fields.name, target: sku }

                """,
            reports: """
                integrations/a.yaml:14:40: error: 'sku' is already written on a push by the mapping in line 13 [config.mapping_conflict]
                  hint: remove one, or let it flow the other way only: 'direction: pull'
                """
        ),
        WrongFile(
            "two mappings that pull one field",
            replacing: """
                      - { source: fields.sku, target: sku }

                """,
            with: """
                      - { source: fields.sku, target: sku }
                      - { source: fields.sku, target: code }

                """,
            reports: """
                integrations/a.yaml:14:19: error: 'fields.sku' is already written on a pull by the mapping in line 13 [config.mapping_conflict]
                  hint: remove one, or let it flow the other way only: 'direction: push'
                """
        ),
        WrongFile(
            "a target inside another",
            replacing: """
                      - { source: fields.sku, target: sku }

                """,
            with: """
                      - { source: fields.sku, target: sku }
                      - { source: fields.seo, target: seo }
                      - { source: fields.title, target: seo.title }

                """,
            reports: """
                integrations/a.yaml:15:41: error: 'seo.title' overlaps 'seo', which is written on a push by the mapping in line 14 [config.mapping_conflict]
                  hint: remove one, or let it flow the other way only: 'direction: pull'
                """
        ),
        WrongFile(
            "a source and a constant",
            replacing: "target: sku",
            with: "target: sku, constant: 1",
            reports: """
                integrations/a.yaml:13:54: error: a field mapping has either a 'source' or a 'constant' [config.invalid_value]
                  hint: remove one; 'source' stands in line 13
                """
        ),
        WrongFile(
            "a constant that is pulled",
            replacing: """
                      - { source: fields.sku, target: sku }

                """,
            with: """
                      - { target: kind, constant: book, direction: pull }

                """,
            reports: """
                integrations/a.yaml:13:52: error: a constant can only be pushed [config.invalid_value]
                  hint: write 'direction: push', or leave it out
                """
        ),
        WrongFile(
            "a direction that is none",
            replacing: "target: sku",
            with: "target: sku, direction: up",
            reports: """
                integrations/a.yaml:13:55: error: 'direction' cannot be 'up' [config.invalid_value]
                  hint: it can be: both, pull, push
                """
        ),
        WrongFile(
            "a one-way transform without a schedule",
            replacing: """
                      - { source: fields.sku, target: sku }

                """,
            with: """
                      - { source: fields.sku, target: sku }
                      - { source: fields.name, target: slug, transform: slugify }

                """,
            reports: """
                integrations/a.yaml:14:9: warning: the mapping to 'slug' has a transform that cannot be undone, and nothing says which way it flows: it will flow in either direction a job runs [config.direction_ambiguous]
                  hint: add 'direction: push' or 'direction: pull', or set a schedule
                """
        ),
        WrongFile(
            "a one-way transform on a pulled field, with a schedule for pulls only",
            replacing: """
                      - { source: fields.sku, target: sku }

                """,
            with: """
                      - { source: fields.sku, target: sku }
                      - { source: fields.name, target: name }
                      - { source: fields.name, target: slug, transform: slugify }
                schedule: { pull: { every: 1h } }

                """,
            reports: """
                integrations/a.yaml:15:19: error: 'fields.name' is already written on a pull by the mapping in line 14 [config.mapping_conflict]
                  hint: remove one, or let it flow the other way only: 'direction: push'
                """
        ),
        WrongFile(
            "a number that JSON does not have",
            replacing: "target: sku",
            with: "target: sku, default: .nan",
            reports:
                "integrations/a.yaml:13:53: error: 'default' cannot be .nan: JSON has no such number [config.invalid_value]"
        ),
    ]

    @Test("each is reported where it stands, with a code and what to do", arguments: files)
    func isReported(_ file: WrongFile) throws {
        #expect(try file.diagnostics(in: .integrations) == file.reports)
    }
}
