import FerryConfiguration
import Testing

struct WrongActionsTests {
    private static let sinks = """
        sinks:
          books:
            create:
              request: { method: POST, path: /books }
              repeatable: false
              after_unknown: { find: books }
              batch: { max: 1, item: "${record.fields}" }

        """

    private static func file(_ name: String, _ action: String, reports: String) -> WrongFile {
        WrongFile(name, replacing: sinks, with: "actions:\n\(action)\n", reports: reports)
    }

    static let files = [
        file(
            "an action whose end nothing shows",
            "  count: { request: { method: POST, path: /count } }",
            reports: """
                services/shelf.yaml:18:10: error: nothing shows when the work of 'count' is done [config.missing_key]
                  hint: add 'follow' where it has a name, or 'trace' where something changes when it is done
                """
        ),
        file(
            "an action that anything may repeat",
            """
              count:
                request: { method: GET, path: /count }
                trace: { request: { method: GET, path: /counts }, id: id, name: all, value: at }
            """,
            reports: """
                services/shelf.yaml:19:5: error: work is not asked for by a GET request, which anything on the way may repeat [config.unsafe_service]
                  hint: give it another method, such as POST
                """
        ),
        file(
            "an action that is followed without a name",
            """
              count:
                request: { method: POST, path: /count }
                follow: { request: { method: GET, path: /counts }, state: state, done: done }
            """,
            reports: """
                services/shelf.yaml:19:5: error: 'follow' needs to know what the work is called [config.missing_key]
                  hint: add 'id', the place in the answer that says it
                services/shelf.yaml:20:13: error: the request does not say which work is looked at [config.unsafe_service]
                  hint: add ${path(action.id)} to its path
                """
        ),
        file(
            "an action's name that may lead elsewhere, and a state of two meanings",
            """
              count:
                request: { method: POST, path: /count }
                id: id
                follow: { request: { method: GET, path: "/counts/${action.id}" }, state: state, done: [Over], failed: over }
            """,
            reports: """
                services/shelf.yaml:21:13: error: 'over' means both that the work is done and that it has failed [config.invalid_value]
                  hint: remove it from 'done' or from 'failed'
                services/shelf.yaml:21:45: error: '${action.id}' stands in the path as it is: one with a slash in it would lead elsewhere [config.unsafe_service]
                  hint: write ${path(action.id)}
                """
        ),
        file(
            "an action with a stream's name",
            """
              books:
                request: { method: POST, path: /count }
                trace: { request: { method: GET, path: /counts }, id: id, name: all, value: at }
            """,
            reports: """
                services/shelf.yaml:18:3: error: 'books' is the name of a stream or a sink already [config.invalid_value]
                  hint: give the action a name of its own: it has no records
                """
        ),
        file(
            "an action that says what is looked at before it has a name",
            """
              count:
                request: { method: POST, path: "/count/${path(action.id)}" }
                trace: { request: { method: GET, path: /counts }, id: id, name: all, value: at }
            """,
            reports: """
                services/shelf.yaml:19:36: error: there is no 'action' in a request for work [config.invalid_template]
                  hint: what can be used here: 'settings'
                """
        ),
    ]

    @Test("each is reported where it stands, with a code and what to do", arguments: files)
    func isReported(_ file: WrongFile) throws {
        #expect(try file.diagnostics(in: .services) == file.reports)
    }

    @Test("an entity that stands for work has no mappings and no key")
    func workHasNoRecords() throws {
        let world = try World()
        try world.write(
            "integrations/a.yaml",
            """
            type: wiserows
            config: { key: { env: KEY } }
            entities:
              - type: blog
                resource: sync
                key: id
                field_mappings: [{ source: fields.a, target: b }]
              - { type: news, resource: sync, config: { integration_id: int_1 } }
            schedule:
              push: { every: 1h }
            """
        )
        let errors = try world.load().diagnostics.map { "\($0.line):\($0.column) \($0.message)" }
        #expect(
            errors == [
                "4:5 'sync' is work that the service is asked for, and has no records: 'field_mappings' says nothing there",
                "4:5 'sync' is work that the service is asked for, and has no records: 'key' says nothing there",
                "5:15 'sync' cannot be pushed: 'config' has no 'integration_id'",
            ]
        )
    }
}
