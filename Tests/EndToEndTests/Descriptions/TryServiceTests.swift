import FerryTesting
import Foundation
import Testing

/// `ferryctl services try`: a page straight from the service.
@Suite struct TryServiceTests {
    private static let description = """
        service: library
        settings:
          host: { required: true, description: Where it is }
          size: { type: integer, default: 2 }
          key: { secret: true, required: true }
        base: "${settings.host}"
        auth: { header: { name: X-Key, value: "${settings.key}" } }
        errors: { message: error }
        check: { request: { method: GET, path: /books } }
        streams:
          books:
            request: { method: POST, path: /books, body: { after: "${page.token}", size: "${settings.size}" } }
            records: books
            id: id
            paginate: { token: { from: next } }
          found:
            unlisted: it is too large
            find: { method: GET, path: "/books/${path(match.value)}" }
            id: id
        """
    private static let key = "library/key \"5d1e\""

    /// Answers with what it was asked, as careless services do.
    private static func answer(_ request: LoopbackService.Request) -> LoopbackService.Answer {
        guard request.headers["x-key"] == key else {
            return LoopbackService.Answer(#"{"error":"the key is not right"}"#, status: 401)
        }
        let isFirst = !request.body.contains("after")
        let quoted = String(decoding: (try? JSONEncoder().encode(key)) ?? Data(), as: UTF8.self)
        return LoopbackService.Answer(
            isFirst
                ? #"{"books":[{"id":1,"title":"One"},{"id":2,"title":\#(quoted)}],"next":"n-2"}"#
                : #"{"books":[{"id":3,"title":"Three"}],"next":null}"#,
            headers: [("X-Echo", key)]
        )
    }

    private func withLibrary(
        _ answer: @escaping @Sendable (LoopbackService.Request) -> LoopbackService.Answer = answer,
        _ body: (TemporaryDirectory, LoopbackService) async throws -> Void
    ) async throws {
        try await LoopbackService.with(answer) { service async throws in
            try await TemporaryDirectory.with { folder async throws in
                try folder.write(Self.description, to: "library.yaml")
                try folder.write(Self.key + "\n", to: "key")
                try await body(folder, service)
            }
        }
    }

    private func tryOut(_ folder: TemporaryDirectory, _ arguments: [String]) async throws -> Program.Result {
        try await Program.run(
            "ferryctl",
            ["services", "try", "\(folder.path)/library.yaml"] + arguments,
            environment: ["LIBRARY_KEY": Self.key],
            in: folder
        )
    }

    private func json(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test func onePageIsReadAndTheNextRequestIsSaid() async throws {
        try await withLibrary { folder, service async throws in
            let result = try await tryOut(
                folder,
                ["--set", "host=\(service.url)/", "--secret", "key=env:LIBRARY_KEY", "--stream", "books"]
            )
            #expect(result.exitCode == 0, "\(result.errors)")
            #expect(service.requests.count == 1, "the next page is not read")
            let lines = result.output.split(separator: "\n").map(String.init)
            #expect(lines.first == "POST \(service.url)/books")
            #expect(lines.contains("  X-Key: ‹secret›"))
            #expect(lines.contains(#"  {"size":2}"#))
            #expect(lines.contains("2 records"))
            #expect(lines.contains("1   One"))
            #expect(lines.contains("next page: POST \(service.url)/books"))
            #expect(lines.contains(#"  {"after":"n-2","size":2}"#))
        }
    }

    @Test(arguments: ["env:LIBRARY_KEY", "file"], [[], ["--json"]])
    func noSecretIsPrintedWhateverTheServiceEchoes(_ place: String, _ more: [String]) async throws {
        try await withLibrary { folder, service async throws in
            let place = place == "file" ? "file:\(folder.path)/key" : place
            let result = try await tryOut(
                folder,
                ["--set", "host=\(service.url)", "--secret", "key=\(place)", "--pages", "5"] + more
            )
            #expect(result.exitCode == 0, "\(result.errors)")
            #expect(service.requests.count == 2)
            let all = result.output + result.errors
            #expect(!all.contains("5d1e"))
            #expect(all.contains("‹secret›"))
            #expect(all.contains("Three"))
            guard !more.isEmpty else { return }
            let data = try #require(try json(result.output)["data"] as? [String: Any])
            #expect((data["records"] as? [Any])?.count == 3)
            #expect((data["requests"] as? [Any])?.count == 2)
            #expect(data["next"] is NSNull)
        }
    }

    @Test func aRefusalIsShownWithTheRequestThatWasRefused() async throws {
        try await withLibrary { folder, service async throws in
            try folder.write("wrong-key-77aa", to: "key")
            let arguments = ["--set", "host=\(service.url)", "--secret", "key=file:\(folder.path)/key"]
            let result = try await tryOut(folder, arguments)
            #expect(result.exitCode == 1)
            #expect(result.output.contains("POST \(service.url)/books"))
            #expect(result.output.contains("→ 401"))
            #expect(result.errors.contains("the key is not right"))
            #expect(result.errors.contains("hint: the service refused 'key'"))
            let asJSON = try await tryOut(folder, arguments + ["--json"])
            let report = try json(asJSON.output)
            #expect((report["error"] as? [String: Any])?["code"] as? String == "auth.rejected")
            let data = try #require(report["data"] as? [String: Any])
            #expect((data["requests"] as? [Any])?.count == 1)
            #expect(!(result.output + result.errors + asJSON.output).contains("77aa"))
        }
    }

    @Test func allThatIsMissingOrWrongIsSaidWithWhatToDo() async throws {
        try await withLibrary { folder, _ async throws in
            let nothing = try await tryOut(folder, [])
            #expect(nothing.exitCode == 3)
            #expect(nothing.errors.contains("the setting 'host' is missing: Where it is [config.missing_key]"))
            #expect(nothing.errors.contains("--set host=VALUE"))
            #expect(nothing.errors.contains("--secret key=env:NAME"))
            let literal = try await tryOut(folder, ["--set", "host=http://127.0.0.1:1", "--set", "key=\(Self.key)"])
            #expect(literal.exitCode == 3)
            #expect(literal.errors.contains("must not stand on a command line"))
            #expect(!literal.errors.contains("5d1e"))
            let odd = try await tryOut(
                folder,
                ["--set", "hots=x", "--set", "host=x", "--set", "size=many", "--secret", "key=env:LIBRARY_KEY"]
            )
            #expect(odd.exitCode == 3)
            #expect(odd.errors.contains("'library' has no setting 'hots'"))
            #expect(odd.errors.contains("did you mean 'host'?"))
            #expect(odd.errors.contains("'size' must be a whole number, not a string"))
            let usage = try await tryOut(folder, ["--secret", "key=5d1e"])
            #expect(usage.exitCode == 2 && !usage.errors.contains("5d1e"))
            let stream = try await tryOut(folder, ["--stream", "found"])
            #expect(stream.errors.contains("'found' cannot be listed: it is too large"))
            let absent = try await tryOut(folder, ["--set", "host=http://127.0.0.1:1", "--secret", "key=env:NOT_SET"])
            #expect(absent.exitCode == 1 && absent.errors.contains("environment variable 'NOT_SET' is not set"))
        }
    }

    @Test func settingsComeFromAnIntegrationAndAreReplacedOneByOne() async throws {
        try await withLibrary { folder, service async throws in
            try folder.write(
                """
                type: library
                config: { host: "http://127.0.0.1:1", key: { file: "\(folder.path)/key" }, size: 7 }
                """,
                to: "etc/integrations/books.yaml"
            )
            let result = try await tryOut(
                folder,
                ["--integration", "books", "--config", "\(folder.path)/etc", "--set", "host=\(service.url)", "--json"]
            )
            #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
            #expect(service.requests.first?.body == #"{"size":7}"#)
            try folder.write("type: loops\nconfig: { hots: x }\n", to: "other.yaml")
            let other = try await tryOut(folder, ["--integration", "\(folder.path)/other.yaml"])
            #expect(other.exitCode == 3)
            #expect(other.errors.contains("other.yaml:1:7: error: the integration is of type 'loops', not 'library'"))
            #expect(other.errors.contains("other.yaml:2:11: error: 'library' has no setting 'hots'"))
        }
    }

    @Test func whereNoRecordsAreFoundTheAnswerIsShown() async throws {
        let empty: @Sendable (LoopbackService.Request) -> LoopbackService.Answer = { _ in
            LoopbackService.Answer(#"{"items":[{"id":1}],"books":[]}"#)
        }
        try await withLibrary(empty) { folder, service async throws in
            let result = try await tryOut(
                folder,
                ["--set", "host=\(service.url)", "--secret", "key=env:LIBRARY_KEY"]
            )
            #expect(result.exitCode == 0)
            #expect(result.output.contains("0 records"))
            #expect(result.output.contains(#"the answer begins with: {"items":[{"id":1}],"books":[]}"#))
            #expect(result.output.contains("next page: none, this is the end of the data"))
        }
    }

    @Test func aDescriptionWithMistakesIsNotTried() async throws {
        try await withLibrary { folder, service async throws in
            try folder.write(
                Self.description.replacingOccurrences(of: "${page.token}", with: "${page.tokn}"),
                to: "library.yaml"
            )
            let result = try await tryOut(folder, ["--set", "host=\(service.url)"])
            #expect(result.exitCode == 3)
            #expect(result.errors.contains("'page' has no 'tokn' [config.invalid_template]"))
            #expect(service.requests.isEmpty)
        }
    }
}
