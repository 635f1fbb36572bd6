import Testing

struct WrongSinksTests {
    private static let create = """
            create:
              request: { method: POST, path: /books }
              repeatable: false
              after_unknown: { find: books }
              batch: { max: 1, item: "${record.fields}" }

        """

    static let files = [
        WrongFile(
            "an upsert without a natural key",
            replacing: create,
            with: """
                    upsert:
                      request: { method: PUT, path: /books, body: "${record.fields}" }

                """,
            reports: """
                services/shelf.yaml:20:7: error: an 'upsert' needs the natural key by which the service knows its records [config.missing_key]
                  hint: add 'match' to the sink
                """
        ),
        WrongFile(
            "an upsert beside a create",
            replacing: create,
            with: """
                    match: isbn
                    upsert:
                      request: { method: PUT, path: /books, body: "${record.fields}" }
                \(create)
                """,
            reports: """
                services/shelf.yaml:21:7: error: an 'upsert' is both 'create' and 'update' [config.invalid_value]
                  hint: remove these two, or 'upsert'
                """
        ),
        WrongFile(
            "an upsert that says whether it can be repeated",
            replacing: create,
            with: """
                    match: isbn
                    upsert:
                      request: { method: PUT, path: /books, body: "${record.fields}" }
                      repeatable: true

                """,
            reports: """
                services/shelf.yaml:22:7: error: unknown key 'repeatable' [config.unknown_key]
                  hint: the keys here are: request, partial, nulls, batch, move, add, fields, verdicts, gone
                """
        ),
        WrongFile(
            "a body and a batch",
            replacing: "path: /books }\n      repeatable",
            with: "path: /books, body: { a: 1 } }\n      repeatable",
            reports: """
                services/shelf.yaml:20:52: error: the batch makes the body, unless its list stands in an object [config.invalid_value]
                  hint: put what is sent for each record into the batch's 'item'; what it stands beside is an object, with the list where 'into' says
                """
        ),
        WrongFile(
            "one field of a record",
            replacing: "item: \"${record.fields}\"",
            with: "item: { t: \"${record.fields.title}\" }",
            reports: """
                services/shelf.yaml:23:30: error: 'record.fields.title' takes one field out of the record [config.invalid_template]
                  hint: write "${record.fields}": the mappings' targets say where each field goes
                """
        ),
        WrongFile(
            "a record with text around it",
            replacing: "item: \"${record.fields}\"",
            with: "item: { t: \"book ${record.id}\", f: \"${record.fields}\" }",
            reports: """
                services/shelf.yaml:23:30: error: what is the record's stands alone in a body [config.invalid_template]
                  hint: write it like "${record.fields}" or "${record.id}", with nothing around it
                """
        ),
        WrongFile(
            "fields in an address",
            replacing: create,
            with: """
                    update:
                      request: { method: PUT, path: "/books/${path(record.fields)}", query: { id: "${record.id}" }, body: "${record.fields}" }
                      repeatable: true

                """,
            reports: """
                services/shelf.yaml:20:37: error: 'record.fields' can stand in a body only [config.invalid_template]
                  hint: here, 'record.id' can be used
                """
        ),
        WrongFile(
            "a repeated request that nothing tells apart",
            replacing: create,
            with: """
                    create:
                      request: { method: POST, path: /books, body: "${record.fields}" }
                      repeatable: true
                      repeated: 409

                """,
            reports: """
                services/shelf.yaml:22:17: error: the request does not send '${batch.id}': the service could not know it again [config.unsafe_service]
                  hint: add it where the service expects its idempotency key, such as 'headers: { Idempotency-Key: "${batch.id}" }'
                """
        ),
        WrongFile(
            "a repeated request of several records",
            replacing: create,
            with: """
                    create:
                      request: { method: POST, path: /books, headers: { Key: "${batch.id}" } }
                      repeatable: true
                      repeated: 409
                      batch: { max: 10, item: "${record.fields}" }

                """,
            reports: """
                services/shelf.yaml:22:17: error: only a request that is 'repeatable' and carries one record is sent again as it was [config.unsafe_service]
                  hint: set 'repeatable: true', and leave 'batch' out, or '${batch.id}' beside its list
                """
        ),
        WrongFile(
            "an after_unknown that says nothing",
            replacing: "{ find: books }",
            with: "{ settle: 5s }",
            reports: """
                services/shelf.yaml:22:22: error: 'after_unknown' does not say where [config.missing_key]
                  hint: add 'find: STREAM', or 'scan: STREAM' where nothing can be searched
                """
        ),
        WrongFile(
            "a scan of what is not listed",
            replacing: "after_unknown: { find: books }",
            with: "after_unknown: { scan: shelves }",
            reports: """
                services/shelf.yaml:22:30: error: there is no stream 'shelves' [config.unknown_resource]
                  hint: the streams are: books
                """
        ),
        WrongFile(
            "an unlisted stream with a request",
            replacing: "    id: id\n",
            with: "    id: id\n    unlisted: there is no list\n",
            reports: """
                services/shelf.yaml:15:15: error: an 'unlisted' stream has no 'request', 'whole', 'incremental' or 'deletes' [config.invalid_value]
                  hint: remove them, or 'unlisted'
                """
        ),
        WrongFile(
            "a stream that neither lists nor says why",
            replacing: "    request: { method: GET, path: /books, query: { from: \"${page.offset}\" } }\n",
            with: "",
            reports: """
                services/shelf.yaml:13:5: error: 'request' is missing [config.missing_key]
                  hint: add the request for a page; or say in 'unlisted' why there is none
                """
        ),
        WrongFile(
            "a record in a header of all requests",
            replacing: "auth:\n",
            with: "headers: { X-Project: \"${record.id}\" }\nauth:\n",
            reports: """
                services/shelf.yaml:7:23: error: there is no 'record' in a header of all requests [config.invalid_template]
                  hint: what can be used here: 'settings'
                """
        ),
        WrongFile(
            "a secret in the identity",
            replacing: "auth:\n",
            with: "identity: \"${settings.token}\"\nauth:\n",
            reports: """
                services/shelf.yaml:7:11: error: the secret 'token' is used outside 'auth' [config.unsafe_service]
                  hint: send it by 'auth', where redirects, logs and errors cannot leak it
                """
        ),
    ]

    @Test("each is reported where it stands, with a code and what to do", arguments: files)
    func reports(_ file: WrongFile) throws {
        #expect(try file.diagnostics(in: .services) == file.reports)
    }

    @Test("a pull of what is not listed is refused with the service's reason")
    func refusesPulls() throws {
        let world = try World()
        try world.write(
            "integrations/news.yaml",
            """
            type: loops
            config: { key: { env: KEY } }
            schedule: { pull: { every: 1h } }
            entities:
              - type: subscriber
                resource: contacts
                field_mappings:
                  - { source: fields.email, target: email }
                  - { source: fields.name, target: firstName, direction: pull }

            """
        )
        let reason = "Loops has no call that lists contacts, only one that finds them by e-mail address"
        #expect(
            try world.diagnostics() == """
                integrations/news.yaml:3:19: error: the pull schedule can never run: 'loops' cannot pull its resource 'contacts': \(reason) [config.direction_unsupported]
                  hint: remove 'schedule.pull'
                integrations/news.yaml:9:62: error: the mapping can never flow: this entity of 'loops' cannot be pulled (\(reason)) [config.direction_unsupported]
                  hint: remove the mapping, or its 'direction'
                """
        )
    }
}
