import Testing

struct WrongDaemonFileTests {
    static let files = [
        WrongFile(
            "a key that nobody knows",
            text: """
                wrokers: 2

                """,
            reports: """
                ferry.yaml:1:1: error: unknown key 'wrokers' [config.unknown_key]
                  hint: did you mean 'workers'?
                """
        ),
        WrongFile(
            "no workers",
            text: """
                workers: 0

                """,
            reports: "ferry.yaml:1:10: error: 'workers' must be at least 1, not 0 [config.invalid_value]"
        ),
        WrongFile(
            "workers in words",
            text: """
                workers: many

                """,
            reports: "ferry.yaml:1:10: error: 'workers' must be a whole number, not a string [config.wrong_type]"
        ),
        WrongFile(
            "a store that is not available yet",
            text: """
                stores:
                  warehouse: { type: postgres, url: { credential: warehouse-url } }

                """,
            reports: """
                ferry.yaml:2:22: error: stores of type 'postgres' are not available yet in this version [config.invalid_value]
                  hint: use { type: sqlite } or { type: sqlite, path: /path/to/file.db }
                """
        ),
        WrongFile(
            "a store of no known kind",
            text: """
                stores:
                  main: { type: sqllite }

                """,
            reports: """
                ferry.yaml:2:17: error: 'type' cannot be 'sqllite' [config.invalid_value]
                  hint: did you mean 'sqlite'?
                """
        ),
        WrongFile(
            "a store with a relative path",
            text: """
                stores:
                  shop: { type: sqlite, path: shop.db }

                """,
            reports: """
                ferry.yaml:2:31: error: 'path' must be absolute: the daemon has no directory of its own to look in [config.invalid_value]
                  hint: write the whole path, beginning with '/'
                """
        ),
        WrongFile(
            "a store with an odd name",
            text: """
                stores:
                  My shop: { type: sqlite }

                """,
            reports: """
                ferry.yaml:2:3: error: 'My shop' cannot be a store's name [config.invalid_value]
                  hint: use lower-case letters, digits, '_' and '-'
                """
        ),
        WrongFile(
            "a retention that is no span",
            text: """
                ledger: { retention: 30 dayz }

                """,
            reports: """
                ferry.yaml:1:25: error: 'retention' is not a time span: unknown unit 'dayz' [config.invalid_value]
                  hint: write it like 90s, 10m, 1h 30m or 2 weeks
                """
        ),
        WrongFile(
            "a level that is none",
            text: """
                log:
                  level: warn

                """,
            reports: """
                ferry.yaml:2:10: error: 'level' cannot be 'warn' [config.invalid_value]
                  hint: it can be: trace, debug, info, notice, warning, error, critical
                """
        ),
        WrongFile(
            "a socket with an unknown key",
            text: """
                socket: { groups: ferry }

                """,
            reports: """
                ferry.yaml:1:11: error: unknown key 'groups' [config.unknown_key]
                  hint: did you mean 'group'?
                """
        ),
        WrongFile(
            "a list",
            text: """
                - workers: 4

                """,
            reports: "ferry.yaml:1:1: error: the file must be a mapping, not a list [config.wrong_type]"
        ),
    ]

    @Test("each is reported where it stands, with a code and what to do", arguments: files)
    func isReported(_ file: WrongFile) throws {
        #expect(try file.diagnostics(in: .daemon) == file.reports)
    }
}
