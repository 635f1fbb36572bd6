import Testing

struct WrongLimitsTests {
    /// A service file with these limits, which begin in line 9.
    private static func file(_ description: String, _ limits: String, reports: String) -> WrongFile {
        WrongFile(description, replacing: "check:\n", with: limits + "\ncheck:\n", reports: reports)
    }

    static let files = [
        file(
            "a budget without its span",
            "limits: { budgets: [{ requests: 5 }] }",
            reports: """
                services/shelf.yaml:9:21: error: 'per' is missing [config.missing_key]
                  hint: The length of the window: 1s, 1m, 1h, 1d or any other span.
                """
        ),
        file(
            "a span that is too long",
            "limits: { budgets: [{ per: 1y, requests: 5 }] }",
            reports: "services/shelf.yaml:9:28: error: 'per' must be between 1ms and 31d [config.invalid_value]"
        ),
        file(
            "a budget of nothing",
            "limits: { budgets: [{ per: 1s, requests: 0 }] }",
            reports: """
                services/shelf.yaml:9:42: error: 'requests' must be a whole number greater than 0 [config.invalid_value]
                  hint: write it like 60, or ${settings.requests_per_minute}
                """
        ),
        file(
            "a burst that is no number",
            "limits: { budgets: [{ per: 1s, requests: 5, burst: many }] }",
            reports: """
                services/shelf.yaml:9:52: error: 'burst' must be a whole number greater than 0 [config.invalid_value]
                  hint: write it like 60, or ${settings.requests_per_minute}
                """
        ),
        file(
            "a setting that is no number",
            "limits: { budgets: [{ per: 1s, requests: \"${settings.host}\" }] }",
            reports: """
                services/shelf.yaml:9:42: error: 'requests' refers to 'host', which is no setting of type integer [config.invalid_template]
                  hint: give it 'type: integer'
                """
        ),
        file(
            "a setting that is not there",
            "limits: { budgets: [{ per: 1s, requests: \"${settings.rate}\" }] }",
            reports: """
                services/shelf.yaml:9:42: error: 'requests' refers to 'rate', which is no setting of type integer [config.invalid_template]
                  hint: declare it under 'settings'
                """
        ),
        file(
            "the same budget twice",
            "limits: { budgets: [{ per: 60s, requests: 5 }, { per: 1m, requests: 9 }] }",
            reports: """
                services/shelf.yaml:9:48: error: there is another budget with this span [config.invalid_value]
                  hint: the smaller of the two is what counts: remove the other
                """
        ),
        file(
            "a reset that does not say how it is written",
            "limits: { headers: { remaining: Left, reset: { name: Back } } }",
            reports: """
                services/shelf.yaml:9:46: error: 'as' is missing [config.missing_key]
                  hint: How it is written: seconds from now, Unix time in seconds (epoch) or milliseconds, or a date.
                """
        ),
        file(
            "a reset that is written in a way of its own",
            "limits: { headers: { remaining: Left, reset: { name: Back, as: epoc } } }",
            reports: """
                services/shelf.yaml:9:64: error: 'as' cannot be 'epoc' [config.invalid_value]
                  hint: did you mean 'epoch'?
                """
        ),
        WrongFile(
            "a request that names a budget which is not there",
            replacing: "request: { method: GET, path: /ping }\n",
            with: """
                request: { method: GET, path: /ping, budgets: [wriet] }
                limits: { budgets: [{ name: write, per: 1s, requests: 5 }] }

                """,
            reports: """
                services/shelf.yaml:10:50: error: there is no budget 'wriet' [config.invalid_value]
                  hint: did you mean 'write'?
                """
        ),
        WrongFile(
            "a request that names a budget where there are none",
            replacing: "request: { method: GET, path: /ping }\n",
            with: "request: { method: GET, path: /ping, budgets: write }\n",
            reports: """
                services/shelf.yaml:10:49: error: there is no budget 'write' [config.invalid_value]
                  hint: declare it under 'limits', 'budgets'
                """
        ),
    ]

    @Test("each is reported where it stands, with a code and what to do", arguments: files)
    func isReported(_ file: WrongFile) throws {
        #expect(try file.diagnostics(in: .services) == file.reports)
    }
}
