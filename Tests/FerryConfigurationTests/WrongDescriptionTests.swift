import FerryConfiguration
import FerryCore
import Testing

/// Mistakes of a service description that would show only when it runs.
struct WrongDescriptionTests {
    static let files = [
        WrongFile(
            "a name that no integration could write",
            replacing: "service: shelf",
            with: "service: My Shelf",
            reports: """
                services/shelf.yaml:1:10: error: 'My Shelf' cannot be a service's name [config.invalid_value]
                  hint: use lower-case letters, digits, '_' and '-'; what people call it is its 'title'
                """
        ),
        WrongFile(
            "a setting that no template can name",
            replacing: "  size: {",
            with: "  page-size: { default: 5 }\n  size: {",
            reports: """
                services/shelf.yaml:5:3: error: 'page-size' cannot be a setting's name [config.invalid_value]
                  hint: use letters, digits and '_': nothing else can stand in '${settings.…}'
                """
        ),
        WrongFile(
            "a setting that nothing uses",
            replacing: "  size: {",
            with: "  region: {}\n  size: {",
            reports: """
                services/shelf.yaml:5:3: warning: the setting 'region' is used nowhere [config.unused_setting]
                  hint: use it as ${settings.region}, or remove it
                """
        ),
        WrongFile(
            "a required setting with a default",
            replacing: "host: { required: true }",
            with: "host: { required: true, default: \"https://api.example.com\" }",
            reports: """
                services/shelf.yaml:3:36: error: 'host' is required and has a default [config.invalid_value]
                  hint: remove one of the two: with a default it is never missing
                """
        ),
        WrongFile(
            "bounds of a text",
            replacing: "host: { required: true }",
            with: "host: { required: true, minimum: 3 }",
            reports: """
                services/shelf.yaml:3:9: error: 'minimum' and 'maximum' are for integers only [config.invalid_value]
                  hint: add 'type: integer' to 'host', or remove them
                """
        ),
        WrongFile(
            "a range without a number in it",
            replacing: "{ type: integer, default: 50 }",
            with: "{ type: integer, required: true, minimum: 9, maximum: 2 }",
            reports: """
                services/shelf.yaml:5:9: error: no value of 'size' is at least 9 and at most 2 [config.invalid_value]
                  hint: swap 'minimum' and 'maximum'
                """
        ),
        WrongFile(
            "a secret of a type",
            replacing: "{ secret: true, required: true }",
            with: "{ secret: true, required: true, type: integer }",
            reports: """
                services/shelf.yaml:4:10: error: a secret is a text of any kind, or JSON [config.invalid_value]
                  hint: remove 'type', 'enum', 'pattern', 'minimum' and 'maximum' from 'token'
                """
        ),
        WrongFile(
            "an address without a scheme",
            replacing: "${settings.host}/api",
            with: "api.example.com/${settings.host}",
            reports: """
                services/shelf.yaml:6:7: error: the address 'api.example.com/' does not begin with 'https://' [config.invalid_value]
                  hint: did you mean 'https://api.example.com/'?
                """
        ),
        WrongFile(
            "an address of another kind",
            replacing: "${settings.host}/api",
            with: "ftp://${settings.host}/api",
            reports: """
                services/shelf.yaml:6:7: error: 'ftp://' is no address that requests can go to [config.invalid_value]
                  hint: it must begin with https:// or http://
                """
        ),
        WrongFile(
            "a default that is no address",
            replacing: "host: { required: true }",
            with: "host: { default: api.example.com }",
            reports: """
                services/shelf.yaml:3:20: error: the address 'api.example.com' does not begin with 'https://' [config.invalid_value]
                  hint: did you mean 'https://api.example.com'?
                """
        ),
        WrongFile(
            "an address with a password",
            replacing: "${settings.host}/api",
            with: "https://me:secret@api.example.com/${settings.host}",
            reports: """
                services/shelf.yaml:6:7: error: the address holds credentials, in a file that others may read [config.unsafe_service]
                  hint: take them out of it, and send them by 'auth'
                """
        ),
        WrongFile(
            "an address that may have a hole",
            replacing: "host: { required: true }",
            with: "host: {}",
            reports: """
                services/shelf.yaml:6:7: error: the address needs 'host', which an integration may leave out [config.invalid_value]
                  hint: add 'required: true' or a 'default' to the setting
                """
        ),
        WrongFile(
            "credentials that go unencrypted",
            replacing: "host: { required: true }",
            with: "host: { default: \"http://api.example.com\" }",
            reports: """
                services/shelf.yaml:3:20: warning: credentials go to 'http://api.example.com' unencrypted [config.unsafe_service]
                  hint: write https:// if the service has it
                """
        ),
        WrongFile(
            "a path without a slash",
            replacing: "path: /ping",
            with: "path: ping",
            reports: """
                services/shelf.yaml:10:33: error: the path does not begin with a slash: it would be a part of what stands before it [config.invalid_value]
                  hint: write '/ping'
                """
        ),
        WrongFile(
            "a path that is an address",
            replacing: "path: /ping",
            with: "path: \"https://status.example.com/ping\"",
            reports: """
                services/shelf.yaml:10:33: error: the path is an address of its own [config.invalid_value]
                  hint: write what comes after 'base', such as /books; another host is another service
                """
        ),
        WrongFile(
            "a placeholder in a manner of another program",
            replacing: "/books/${path(match.value)}",
            with: "/books/{id}?of=${path(match.value)}",
            reports: """
                services/shelf.yaml:16:32: error: the path holds '{', which no address can [config.invalid_value]
                  hint: write placeholders like ${path(match.value)}
                """
        ),
        WrongFile(
            "a value that could lead elsewhere",
            replacing: "/books/${path(match.value)}",
            with: "/books/${match.value}",
            reports: """
                services/shelf.yaml:16:32: error: '${match.value}' stands in the path as it is: one with a slash in it would lead elsewhere [config.unsafe_service]
                  hint: write ${path(match.value)}
                """
        ),
        WrongFile(
            "a look-up that looks for nothing",
            replacing: "\"/books/${path(match.value)}\"",
            with: "/books",
            reports: """
                services/shelf.yaml:16:32: error: 'find' does not use '${match.value}': it would ask for the same whatever is looked for [config.unsafe_service]
                  hint: add it to the request's 'path' (as ${path(match.value)}), 'query' or 'body'
                """
        ),
        WrongFile(
            "a function with too much",
            replacing: "${path(match.value)}",
            with: "${path(match.field, match.value)}",
            reports: """
                services/shelf.yaml:16:32: error: 'path' is not a template: 'path' takes one value, not 2 [config.invalid_template]
                  hint: write it like ${settings.page_size} or ${path(settings.id)}
                """
        ),
        WrongFile(
            "something below a text",
            replacing: "${settings.host}/api",
            with: "${settings.host.name}/api",
            reports: """
                services/shelf.yaml:6:7: error: 'settings.host' has nothing below it [config.invalid_template]
                  hint: write ${settings.host}
                """
        ),
        WrongFile(
            "a credential among the headers",
            replacing: "path: /ping",
            with: "path: /ping, headers: { Authorization: Basic bWU6bWU= }",
            reports: """
                services/shelf.yaml:10:51: error: 'Authorization' is how somebody proves who they are [config.unsafe_service]
                  hint: send it by 'auth', where redirects, logs and errors cannot leak it
                """
        ),
        WrongFile(
            "a header that cannot be sent",
            replacing: "path: /ping",
            with: "path: /ping, headers: { \"Api Version\": 2 }",
            reports: """
                services/shelf.yaml:10:51: error: 'Api Version' cannot be a header's name [config.invalid_value]
                  hint: write it like X-Api-Version
                """
        ),
        WrongFile(
            "a credential in the description",
            replacing: "bearer: { token: \"${settings.token}\" }",
            with: "bearer: { token: sk_live_5d1e }",
            reports: """
                services/shelf.yaml:8:20: error: 'auth' holds the credential itself, the same for everybody who uses the description [config.literal_secret]
                  hint: declare a setting with 'secret: true', and write ${settings.NAME} here
                """
        ),
        WrongFile(
            "a credential that is no secret",
            replacing: "{ secret: true, required: true }",
            with: "{ required: true }",
            reports: """
                services/shelf.yaml:8:20: error: 'token' is not declared as a secret: everybody who may see the settings would see it [config.unsafe_service]
                  hint: add 'secret: true' to the setting
                """
        ),
        WrongFile(
            "a size that is no number",
            replacing: "size: \"${settings.size}\"",
            with: "size: many",
            reports: """
                services/shelf.yaml:15:33: error: 'size' must be a whole number greater than 0 [config.invalid_value]
                  hint: write it like 100, or ${settings.page_size}
                """
        ),
        WrongFile(
            "a size that is a text",
            replacing: "{ type: integer, default: 50 }",
            with: "{ default: 50 }",
            reports: """
                services/shelf.yaml:15:33: error: 'size' refers to 'size', which is no setting of type integer [config.invalid_template]
                  hint: give it 'type: integer'
                """
        ),
        WrongFile(
            "numbered pages of sizes that are not sent",
            replacing: """
                ${page.offset}" } }
                    id: id
                    paginate: { offset: { size: "${settings.size}" } }
                """,
            with: """
                ${page.number}" } }
                    id: id
                    paginate: { page: { size: "${settings.size}" } }
                """,
            reports: """
                services/shelf.yaml:15:31: error: the pages have a 'size', but the request does not send '${page.size}': records would be lost between pages of other sizes [config.unsafe_service]
                  hint: add it to the request's 'query' or 'body', or leave 'size' out where the service fixes it
                """
        ),
        WrongFile(
            "a cursor that is the record",
            replacing: "    id: id\n",
            with: "    id: id\n    incremental: { cursor: { field: $ } }\n",
            reports: """
                services/shelf.yaml:15:28: error: the request does not use '${cursor.value}': every pull would read everything [config.unsafe_service]
                  hint: add it to the request's 'query' or 'body', or leave 'incremental' out
                services/shelf.yaml:15:37: error: a cursor is a field of the record, not the record itself [config.invalid_path]
                  hint: write the path of the field that says when a record changed, such as updated_at
                """
        ),
        WrongFile(
            "a write that reads",
            replacing: "method: POST",
            with: "method: GET",
            reports: """
                services/shelf.yaml:20:7: error: 'create' is a GET request, which changes nothing [config.unsafe_service]
                  hint: see what the service's documentation says: POST, PUT, PATCH or DELETE
                """
        ),
        WrongFile(
            "a write of nothing",
            replacing: "item: \"${record.fields}\"",
            with: "item: { kind: book }",
            reports: """
                services/shelf.yaml:20:7: error: 'create' sends nothing of the record [config.unsafe_service]
                  hint: put "${record.fields}" into the batch's 'item'
                """
        ),
        WrongFile(
            "a delete of whatever",
            replacing: "      batch: { max: 1, item: \"${record.fields}\" }\n",
            with: """
                      batch: { max: 1, item: "${record.fields}" }
                    delete:
                      request: { method: DELETE, path: /books }
                      repeatable: true

                """,
            reports: """
                services/shelf.yaml:25:7: error: 'delete' does not send '${record.id}': the service could not tell which record is meant [config.unsafe_service]
                  hint: add it to the request's 'path' (as ${path(record.id)}), 'query' or 'body'
                """
        ),
        WrongFile(
            "a list that stands in a list",
            replacing: "batch: { max: 1,",
            with: "batch: { max: 1, into: \"rows[0]\",",
            reports: """
                services/shelf.yaml:23:30: error: 'into' is where a list stands in an object: it has names only, no numbers [config.invalid_path]
                  hint: write it like rows or data.rows
                """
        ),
        WrongFile(
            "two ways to clear up",
            replacing: "{ find: books }",
            with: "{ find: books, scan: books }",
            reports: """
                services/shelf.yaml:22:43: error: 'after_unknown' is either 'find' or 'scan', not both [config.invalid_value]
                  hint: keep 'find': it costs a request, and a scan reads the whole stream
                """
        ),
        WrongFile(
            "a rule behind one that takes everything",
            replacing: "check:\n",
            with: """
                errors:
                  rules:
                    - { status: 4xx, verdict: record }
                    - { status: [404, 410], body: { code: gone }, verdict: config }
                check:

                """,
            reports: """
                services/shelf.yaml:12:7: error: this rule never decides anything: those before it take all its status codes [config.unreachable_rule]
                  hint: rules go from the top, and the first that fits decides: put those with a 'body', 'has' or 'text' first
                """
        ),
    ]

    @Test("each is reported where it stands, with a code and what to do", arguments: files)
    func isReported(_ file: WrongFile) throws {
        #expect(try file.diagnostics(in: .services) == file.reports)
    }

    @Test("all mistakes of a file are reported in one go")
    func reportsAllAtOnce() throws {
        let world = try World()
        try world.write(
            "shelf.yaml",
            """
            service: shelf
            settings:
              host: {}
            base: "${settings.hots}"
            auth: { bearer: { token: abc } }
            check: { request: { method: GET, path: ping } }
            streams:
              books:
                request: 5
                id: id
                paginate: { offset: { size: many } }
              authors:
                id: "a["
              prices:
                request: { method: FETCH, path: /prices, query: { after: "${page.token}" } }
                id: id
                paginate: { page: {} }
            sinks:
              books:
                update: { request: { method: PUT, path: "/books/${record.id}" }, repeatable: maybe }
            extra: 1
            """
        )
        let file = world.directory + "/shelf.yaml"
        let reading = try #require(ServiceFiles(builtIn: []).read([file]).first)
        #expect(reading.description == nil)
        #expect(
            reading.diagnostics.map { "\($0.line):\($0.column) \($0.code.rawValue)" } == [
                "4:7 config.invalid_template", "5:26 config.literal_secret", "6:40 config.invalid_value",
                "9:14 config.wrong_type", "11:33 config.invalid_value", "13:5 config.missing_key",
                "13:12 config.invalid_path", "15:24 config.invalid_value", "15:62 config.invalid_template",
                "20:13 config.unsafe_service", "20:45 config.unsafe_service", "20:82 config.wrong_type",
                "21:1 config.unknown_key",
            ]
        )
    }

    @Test("a file that is not there, one that is empty and two of one name are reported too")
    func reportsFiles() throws {
        let world = try World()
        try world.write("a.yaml", BaseFile.service)
        try world.write("b.yaml", BaseFile.service)
        try world.write("c.yaml", "")
        let files = ["a", "b", "c", "d"].map { "\(world.directory)/\($0).yaml" }
        let readings = ServiceFiles(builtIn: []).read(files)
        #expect(readings.map(\.file) == files)
        #expect(readings.map { $0.description?.name } == ["shelf", nil, nil, nil])
        #expect(
            readings.map { $0.diagnostics.map(\.code) } == [
                [], [.configDuplicateID], [.configMissingKey], [.configUnreadable],
            ]
        )
    }
}
