import Testing

struct WrongHostsTests {
    private static let create = """
            create:
              request: { method: POST, path: /books }
              repeatable: false
              after_unknown: { find: books }
              batch: { max: 1, item: "${record.fields}" }

        """

    private static let host = """
        hosts:
          writes:
            base: https://writes.example.com
            auth: { body: { member: key, value: "${settings.token}" } }

        """

    static let files = [
        WrongFile(
            "a host that is not there",
            replacing: create,
            with: """
                    delete:
                      request: { host: wites, method: DELETE, path: "/books/${path(record.id)}" }
                      repeatable: true
                \(host)
                """,
            reports: """
                services/shelf.yaml:20:24: error: there is no host 'wites' [config.invalid_value]
                  hint: did you mean 'writes'?
                """
        ),
        WrongFile(
            "a list where a host expects an object",
            replacing: create,
            with: """
                    create:
                      request: { host: writes, method: POST, path: /books }
                      repeatable: true
                      batch: { max: 9, item: "${record.fields}" }
                \(host)
                """,
            reports: """
                services/shelf.yaml:20:52: error: the request has no object as its body, in which its host expects 'key' [config.unsafe_service]
                  hint: say in 'into' where the list stands in an object
                """
        ),
        WrongFile(
            "a body that is no object where a host expects one",
            replacing: create,
            with: """
                    delete:
                      request: { host: writes, method: POST, path: /delete, body: ["${record.id}"] }
                      repeatable: true
                \(host)
                """,
            reports: """
                services/shelf.yaml:20:52: error: the request has no object as its body, in which its host expects 'key' [config.unsafe_service]
                  hint: give it another method, or an object as its body
                """
        ),
        WrongFile(
            "a member where the list stands",
            replacing: create,
            with: """
                    create:
                      request: { method: POST, path: /books, body: { books: 1 } }
                      repeatable: true
                      batch: { max: 9, into: books, item: "${record.fields}" }

                """,
            reports: """
                services/shelf.yaml:20:52: error: 'books' is where the batch's list stands [config.invalid_value]
                  hint: remove it from 'body', or say another place in 'into'
                """
        ),
        WrongFile(
            "a record's UUID outside of its fields",
            replacing: "item: \"${record.fields}\"",
            with: "item: { id: \"${record.uuid}\", f: \"${record.fields}\" }",
            reports: """
                services/shelf.yaml:23:30: error: a record's UUID goes where its fields go [config.invalid_template]
                  hint: write 'add: { uuid: "${record.uuid}" }' under the operation
                """
        ),
        WrongFile(
            "a place that is none, and what cannot be added",
            replacing: "batch: { max: 1, item: \"${record.fields}\" }",
            with: """
                batch: { max: 1, item: "${record.fields}" }
                      move: { a..b: c }
                      add: { id: "${record.id}", day: "${page.offset}" }
                """,
            reports: """
                services/shelf.yaml:24:15: error: 'a..b' is not a path: expected a name (write names with other characters as ['name']) at character 3 [config.invalid_path]
                  hint: write it like address.city or properties['$set']
                services/shelf.yaml:25:18: error: of the record, only its UUID can be added [config.invalid_template]
                  hint: write "${record.uuid}", with nothing around it; or take values of settings
                services/shelf.yaml:25:39: error: there is no 'page' in what is added to a record [config.invalid_template]
                  hint: what can be used here: 'settings', 'record'
                """
        ),
    ]

    @Test("a schedule needs the settings of its own requests only")
    func asksForSettings() throws {
        let world = try World()
        try world.write(
            "integrations/events.yaml",
            """
            type: posthog
            schedule: { pull: { every: 1h }, push: { every: 1h } }
            config: { project_api_key: { env: KEY } }
            entities:
              - type: purchase
                resource: events
                field_mappings:
                  - { constant: bought, target: event }
                  - { source: fields.name, target: distinct_id, direction: push }
              - type: seen
                resource: events
                field_mappings: [{ source: fields.name, target: event, direction: pull }]
              - type: customer
                resource: person_properties
                field_mappings: [{ source: fields.name, target: distinct_id, direction: push }]

            """
        )
        #expect(
            try world.diagnostics() == """
                integrations/events.yaml:11:15: error: 'events' cannot be pulled: 'config' has no 'project_id' [config.missing_key]
                  hint: The project's number (Settings, Project); needed to pull
                integrations/events.yaml:11:15: error: 'events' cannot be pulled: 'config' has no 'personal_api_key' [config.missing_key]
                  hint: A personal API key (phx_…) with the scope query:read; needed to pull
                """
        )
    }

    @Test("each is reported where it stands, with a code and what to do", arguments: files)
    func reports(_ file: WrongFile) throws {
        #expect(try file.diagnostics(in: .services) == file.reports)
    }
}
