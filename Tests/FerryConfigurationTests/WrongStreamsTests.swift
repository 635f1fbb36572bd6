import FerryConfiguration
import FerryCore
import Testing

/// What is said of streams whose pages, changes or deletes cannot work.
struct WrongStreamsTests {
    /// The base file with another stream: lines 13 to 15 and what comes after them.
    private static func file(
        _ description: String,
        query: String,
        _ rest: String...,
        reports: String
    ) -> WrongFile {
        WrongFile(
            description,
            replacing: """
                    request: { method: GET, path: /books, query: { from: "${page.offset}" } }
                    id: id
                    paginate: { offset: { size: "${settings.size}" } }

                """,
            with: (["request: { method: GET, path: /books, query: { \(query) } }", "id: id"] + rest)
                .map { "    \($0)\n" }.joined(),
            reports: reports
        )
    }

    static let files = [
        file(
            "no way to page",
            query: "a: 1",
            "paginate: { total: n }",
            reports: """
                services/shelf.yaml:15:15: error: 'paginate' does not say how [config.missing_key]
                  hint: add one of offset, page, token, next_url, link and keyset, or leave 'paginate' out
                """
        ),
        file(
            "two ways to page",
            query: "a: \"${page.token}\"",
            "paginate: { token: { from: next }, link: { rel: next } }",
            reports: """
                services/shelf.yaml:15:15: error: 'paginate' is one of 'token', 'link', not all of them [config.invalid_value]
                  hint: add one of offset, page, token, next_url, link and keyset, or leave 'paginate' out
                """
        ),
        file(
            "a total that is a guess and is none",
            query: "a: \"${page.token}\"",
            "paginate: { token: { from: next }, total: n, estimate: m }",
            reports: """
                services/shelf.yaml:15:15: error: 'total' and 'estimate' say the same thing: how many records there are [config.invalid_value]
                  hint: remove 'total' if the service's number is a guess, else 'estimate'
                """
        ),
        file(
            "a token from nowhere",
            query: "a: \"${page.token}\"",
            "paginate: { token: { empty: end } }",
            reports: """
                services/shelf.yaml:15:24: error: 'token' does not say where it comes from [config.missing_key]
                  hint: add 'from', a path in the page's body, or 'header'
                """
        ),
        file(
            "a token that is not sent",
            query: "a: 1",
            "paginate: { token: { from: next } }",
            reports: """
                services/shelf.yaml:15:15: error: the request does not use '${page.token}': every page would be the first [config.unsafe_service]
                  hint: add it to the request's 'path', 'query' or 'body'
                """
        ),
        file(
            "a page's value that another kind of page has",
            query: "a: \"${page.tokn}\"",
            "paginate: { token: { from: next } }",
            reports: """
                services/shelf.yaml:13:55: error: 'page' has no 'tokn' [config.invalid_template]
                  hint: did you mean 'token'?
                """
        ),
        file(
            "a size that nobody gives",
            query: "a: \"${page.number}\", b: \"${page.size}\"",
            "paginate: { page: { first: 0 } }",
            reports: """
                services/shelf.yaml:13:76: error: 'page' has no 'size' [config.invalid_template]
                  hint: it has: number
                """
        ),
        file(
            "an order that does not tell records apart",
            query: "a: \"${page.last.at}\"",
            "paginate: { keyset: { order: [at], size: 5 } }",
            reports: """
                services/shelf.yaml:15:35: error: the order ends with 'at', which several records may have alike: those at the end of a page would hide others [config.unsafe_service]
                  hint: end it with the identifier, 'id', and send '${page.last.id}' as well
                """
        ),
        file(
            "an order that is not sent, and something else that is",
            query: "a: \"${page.last.at}\"",
            "paginate: { keyset: { order: [at, id], size: 5 } }",
            reports: """
                services/shelf.yaml:15:39: error: the pages are ordered by 'id', but the request does not say after which value to begin [config.unsafe_service]
                  hint: add '${page.last.id}' to the request's 'query' or 'body'
                """
        ),
        file(
            "a field that is not in the order",
            query: "a: \"${page.last.changd}\", b: \"${page.last.id}\"",
            "paginate: { keyset: { order: [changed, id], size: 5, start: { chnged: 0 } } }",
            reports: """
                services/shelf.yaml:13:55: error: 'page.last' has no 'changd' [config.invalid_template]
                  hint: did you mean 'changed'?
                services/shelf.yaml:15:67: error: 'chnged' is not a field of the order [config.unknown_key]
                  hint: did you mean 'changed'?
                """
        ),
        file(
            "a keyset that begins at the cursor with half a record",
            query: "a: \"${page.last.at}\", b: \"${page.last.id}\"",
            "paginate: { keyset: { order: [at, id], size: 5 } }",
            "incremental: { cursor: { field: at } }",
            reports: """
                services/shelf.yaml:15:25: error: a pull that begins at the cursor needs a 'start' for 'id': the first page is to have all records at the cursor's value [config.unsafe_service]
                  hint: add 'start: { id: … }' with a value that is lower than all others
                """
        ),
        file(
            "a cursor that is not sent",
            query: "a: 1",
            "incremental: { cursor: { field: at } }",
            reports: """
                services/shelf.yaml:15:28: error: the request does not use '${cursor.value}': every pull would read everything [config.unsafe_service]
                  hint: add it to the request's 'query' or 'body', or leave 'incremental' out
                """
        ),
        file(
            "a cursor that there is not",
            query: "a: \"${cursor.value}\"",
            reports: """
                services/shelf.yaml:13:55: error: there is no 'cursor' in a stream's request [config.invalid_template]
                  hint: what can be used here: 'settings'
                """
        ),
        file(
            "a cursor's value by another name",
            query: "a: \"${cursor.valeu}\"",
            "incremental: { cursor: { field: at } }",
            reports: """
                services/shelf.yaml:13:55: error: 'cursor' has no 'valeu' [config.invalid_template]
                  hint: did you mean 'value'?
                """
        ),
        file(
            "a look back among numbers",
            query: "a: \"${cursor.value}\"",
            "incremental: { cursor: { field: at, type: number, lookback: 5m } }",
            reports: """
                services/shelf.yaml:15:65: error: 'lookback' goes with times only [config.invalid_value]
                  hint: set 'type' to timestamp, unix_s or unix_ms, or leave 'lookback' out
                """
        ),
        file(
            "scans from when somebody wants them",
            query: "a: \"${cursor.value}\"",
            "incremental: { cursor: { field: at, start: \"${settings.host}\" } }",
            "deletes: { scans: 2 }",
            reports: """
                services/shelf.yaml:16:23: error: 'scans' cannot tell what is deleted where a setting says from when on records are read [config.unsafe_service]
                  hint: use 'field' or 'sweep' instead, or a 'start' that is the same for everybody
                """
        ),
        file(
            "deletes that nothing shows",
            query: "a: 1",
            "deletes: {}",
            reports: """
                services/shelf.yaml:15:14: error: 'deletes' does not say how [config.missing_key]
                  hint: add 'scans', 'field' or 'sweep', or leave 'deletes' out
                """
        ),
        file(
            "a sweep without identifiers, whose pages are all the first",
            query: "a: 1",
            "deletes: { sweep: { request: { method: GET, path: /ids }, paginate: { token: { from: next } } } }",
            reports: """
                services/shelf.yaml:15:23: error: 'id' is missing [config.missing_key]
                  hint: Where a record keeps its identifier.
                services/shelf.yaml:15:73: error: the request does not use '${page.token}': every page would be the first [config.unsafe_service]
                  hint: add it to the request's 'path', 'query' or 'body'
                """
        ),
    ]

    @Test("each is reported where it stands, with a code and what to do", arguments: files)
    func isReported(_ file: WrongFile) throws {
        let found = try file.diagnostics(in: .services).split(separator: "\n").map(String.init).sorted()
        #expect(found == file.reports.split(separator: "\n").map(String.init).sorted())
    }
}
