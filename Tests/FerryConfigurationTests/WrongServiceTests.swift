import Testing

struct WrongServiceTests {
    static let files = [
        WrongFile(
            "an unknown key",
            replacing: """
                check:

                """,
            with: """
                chek: 1
                check:

                """,
            reports: """
                services/shelf.yaml:9:1: error: unknown key 'chek' [config.unknown_key]
                  hint: did you mean 'check'?
                """
        ),
        WrongFile(
            "no base",
            replacing: """
                base: "${settings.host}/api"

                """,
            with: "",
            reports: """
                services/shelf.yaml:1:1: error: 'base' is missing [config.missing_key]
                  hint: The address that all requests begin with.
                """
        ),
        WrongFile(
            "no resources",
            replacing: """
                streams:
                  books:
                    request: { method: GET, path: /books, query: { from: "${page.offset}" } }
                    id: id
                    paginate: { offset: { size: "${settings.size}" } }
                    find: { method: GET, path: "/books/${path(match.value)}" }
                sinks:
                  books:
                    create:
                      request: { method: POST, path: /books }
                      repeatable: false
                      after_unknown: { find: books }
                      batch: { max: 1, item: "${record.fields}" }

                """,
            with: "",
            reports: """
                services/shelf.yaml:1:1: error: the service has no resources [config.missing_key]
                  hint: add 'streams' (what can be pulled) or 'sinks' (what can be pushed)
                """
        ),
        WrongFile(
            "a setting that is not declared",
            replacing: "${settings.host}/api",
            with: "${settings.hots}/api",
            reports: """
                services/shelf.yaml:6:7: error: 'settings' has no 'hots' [config.invalid_template]
                  hint: did you mean 'host'?
                """
        ),
        WrongFile(
            "a scope that is not there in the base",
            replacing: "${settings.host}/api",
            with: "${page.offset}/api",
            reports: """
                services/shelf.yaml:6:7: error: there is no 'page' in the base address [config.invalid_template]
                  hint: what can be used here: 'settings'
                """
        ),
        WrongFile(
            "a scope that is not there anywhere",
            replacing: "${settings.host}/api",
            with: "${setting.host}/api",
            reports: """
                services/shelf.yaml:6:7: error: 'base' is not a template: unknown scope 'setting'; there are 'settings', 'page', 'cursor', 'record', 'batch', 'action', 'field', 'match', 'part', 'window' [config.invalid_template]
                  hint: did you mean 'settings'?
                """
        ),
        WrongFile(
            "an expression that does not end",
            replacing: "${settings.host}/api",
            with: "${settings.host/api",
            reports: """
                services/shelf.yaml:6:7: error: 'base' is not a template: expected '}' in '${…}' [config.invalid_template]
                  hint: write it like ${settings.page_size} or ${path(settings.id)}
                """
        ),
        WrongFile(
            "a page's value that is not there",
            replacing: "${page.offset}",
            with: "${page.number}",
            reports: """
                services/shelf.yaml:13:58: error: 'page' has no 'number' [config.invalid_template]
                  hint: it has: offset, size
                """
        ),
        WrongFile(
            "a page in a stream of one page",
            replacing: """
                    paginate: { offset: { size: "${settings.size}" } }

                """,
            with: "",
            reports: """
                services/shelf.yaml:13:58: error: there is no 'page' in a stream's request [config.invalid_template]
                  hint: what can be used here: 'settings'
                """
        ),
        WrongFile(
            "a secret outside auth",
            replacing: "path: /ping",
            with: "path: /ping, query: { key: \"${settings.token}\" }",
            reports: """
                services/shelf.yaml:10:54: error: the secret 'token' is used outside 'auth' [config.unsafe_service]
                  hint: send it by 'auth', where redirects, logs and errors cannot leak it
                """
        ),
        WrongFile(
            "a create that cannot be cleared up",
            replacing: """
                      after_unknown: { find: books }

                """,
            with: "",
            reports: """
                services/shelf.yaml:20:7: error: a 'create' that is not repeatable must say how lost answers are cleared up [config.unsafe_service]
                  hint: add 'after_unknown: { find: STREAM }', a stream with a 'find' request
                """
        ),
        WrongFile(
            "a look-up in a stream that is not there",
            replacing: "after_unknown: { find: books }",
            with: "after_unknown: { find: book }",
            reports: """
                services/shelf.yaml:22:30: error: there is no stream 'book' [config.unknown_resource]
                  hint: did you mean 'books'?
                """
        ),
        WrongFile(
            "a look-up in a stream that cannot look up",
            replacing: """
                    find: { method: GET, path: "/books/${path(match.value)}" }

                """,
            with: "",
            reports: """
                services/shelf.yaml:21:30: error: stream 'books' cannot look records up [config.unsafe_service]
                  hint: add a 'find' request to it, in line 12; or say 'scan' instead of 'find', and it is read as a whole
                """
        ),
        WrongFile(
            "a record in the address of many",
            replacing: """
                path: /books }
                      repeatable: false
                      after_unknown: { find: books }
                      batch: { max: 1, item: "${record.fields}" }

                """,
            with: """
                path: "/books/${path(record.id)}" }
                      repeatable: true
                      batch: { max: "${settings.size}", item: "${record.fields}" }

                """,
            reports: """
                services/shelf.yaml:20:38: error: there is no 'record' in a write of several records [config.invalid_template]
                  hint: what can be used here: 'settings', 'batch'
                """
        ),
        WrongFile(
            "a secret with a default",
            replacing: "{ secret: true, required: true }",
            with: "{ secret: true, default: x }",
            reports: """
                services/shelf.yaml:4:35: error: a secret cannot have a default [config.unsafe_service]
                  hint: remove 'default': every integration refers to a secret of its own
                """
        ),
        WrongFile(
            "a default of the wrong type",
            replacing: "default: 50",
            with: "default: fifty",
            reports:
                "services/shelf.yaml:5:35: error: 'default' must be a whole number, not a string [config.wrong_type]"
        ),
        WrongFile(
            "a method that is none",
            replacing: "method: POST",
            with: "method: post",
            reports: """
                services/shelf.yaml:20:26: error: 'method' cannot be 'post' [config.invalid_value]
                  hint: did you mean 'POST'?
                """
        ),
        WrongFile(
            "an unknown verdict",
            replacing: """
                check:

                """,
            with: """
                errors: { rules: [{ status: 5xx, verdict: again }] }
                check:

                """,
            reports: """
                services/shelf.yaml:9:43: error: 'verdict' cannot be 'again' [config.invalid_value]
                  hint: it can be: retry, rate, auth, record, batch, gone, config, part, done
                """
        ),
        WrongFile(
            "a status that is none",
            replacing: """
                check:

                """,
            with: """
                errors: { rules: [{ status: 99, verdict: retry }] }
                check:

                """,
            reports: """
                services/shelf.yaml:9:29: error: 'status' must be a status code [config.invalid_value]
                  hint: write it like 404, 5xx or [404, 410]
                """
        ),
        WrongFile(
            "two kinds of authentication",
            replacing: """
                  bearer: { token: "${settings.token}" }

                """,
            with: """
                  bearer: { token: "${settings.token}" }
                  header: { name: X-Key, value: "${settings.token}" }

                """,
            reports:
                "services/shelf.yaml:8:3: error: 'auth' is one of 'header', 'bearer', not all of them [config.invalid_value]"
        ),
        WrongFile(
            "a sink that does nothing",
            replacing: """
                    create:
                      request: { method: POST, path: /books }
                      repeatable: false
                      after_unknown: { find: books }
                      batch: { max: 1, item: "${record.fields}" }

                """,
            with: """
                    match: sku

                """,
            reports: """
                services/shelf.yaml:18:3: error: sink 'books' does nothing [config.missing_key]
                  hint: add 'upsert', 'create', 'update' or 'delete'
                """
        ),
        WrongFile(
            "a name that is taken",
            replacing: "service: shelf",
            with: "service: dynamic_table",
            reports: """
                services/shelf.yaml:1:10: error: the service 'dynamic_table' is already described by built-in/dynamic_table.yaml [config.duplicate_id]
                  hint: give it another name
                """
        ),
    ]

    @Test("each is reported where it stands, with a code and what to do", arguments: files)
    func isReported(_ file: WrongFile) throws {
        #expect(try file.diagnostics(in: .services) == file.reports)
    }
}
