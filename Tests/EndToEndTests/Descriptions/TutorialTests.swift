import FerrySQLite
import FerryTesting
import Foundation
import Testing

/// The tutorial `YourOwnService`, as its readers would follow it: every block of it is run.
@Suite struct TutorialTests {
    private static let address = "https://api.openshelf.example/v1"
    private static let key = "openshelf-key-5d1e"

    /// The blocks of a language in the article.
    private static func blocks(_ language: String) throws -> [String] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Sources/FerryServices/FerryServices.docc/YourOwnService.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        return text.components(separatedBy: "```\(language)\n").dropFirst().map {
            $0.components(separatedBy: "```")[0]
        }
    }

    /// The output that the article shows for a command.
    private static func output(of command: String) throws -> [String] {
        for block in try blocks("console") {
            let lines = block.components(separatedBy: "\n")
            guard let start = lines.firstIndex(where: { $0.hasPrefix("$ \(command)") }) else { continue }
            let rest = lines[(start + 1)...]
            return Array(rest.prefix { !$0.hasPrefix("$ ") })
        }
        return []
    }

    /// The API that the article quotes.
    private static func answer(_ request: LoopbackService.Request) -> LoopbackService.Answer {
        guard request.headers["authorization"] == "Bearer \(key)" else {
            return LoopbackService.Answer(#"{"message":"who are you?"}"#, status: 401)
        }
        guard request.path == "/v1/books" else { return LoopbackService.Answer("{}", status: 404) }
        let books = [
            (1, "The Left Hand of Darkness", "Ursula K. Le Guin"), (2, "Kindred", "Octavia E. Butler"),
            (3, "Solaris", "Stanisław Lem"),
        ].map { id, title, author in
            (
                id,
                #"{"id":\#(id),"title":"\#(title)","author":{"name":"\#(author)"},"updated_at":"2026-03-0\#(id)T09:00:00Z"}"#
            )
        }
        // The time of a book's change has its number as its day.
        let since = request.parameters["updated_since"].flatMap { Int($0.dropFirst(8).prefix(2)) } ?? 0
        let after = request.parameters["cursor"].flatMap { Int($0.dropFirst()) } ?? 0
        let found = books.filter { $0.0 >= since && $0.0 > after }
        let page = found.prefix(2)
        let next = page.count < found.count ? "\"b\(page.last?.0 ?? 0)\"" : "null"
        return LoopbackService.Answer(#"{"data":[\#(page.map(\.1).joined(separator: ","))],"next_cursor":\#(next)}"#)
    }

    private static func withoutNumbers(_ line: String) -> String {
        line.replacing(#/[0-9]+ bytes, [0-9]+ ms/#, with: "N bytes, N ms").replacing(#/in [0-9.]+ s/#, with: "in N s")
            .replacing(#/ +/#, with: " ")
    }

    private static func rows(_ file: String, _ sql: String) throws -> [String] {
        let statement = try SQLiteConnection(path: file, mode: .readOnly).prepare(sql)
        var rows: [String] = []
        while try statement.step() {
            rows.append((0..<statement.columnCount).map { statement.string($0) }.joined(separator: "|"))
        }
        return rows
    }

    @Test func everyStepDoesWhatTheArticleSays() async throws {
        let yaml = try Self.blocks("yaml")
        try #require(yaml.count == 2)
        #expect(yaml[0].split(separator: "\n").count == 15, "it is said to be built in 15 lines")
        try await LoopbackService.with(Self.answer) { service async throws in
            try await TemporaryDirectory.with { folder async throws in
                let file = "\(folder.path)/openshelf.yaml"
                let environment = ["OPENSHELF_KEY": Self.key]
                let check = ["services", "check", file]
                try folder.write(yaml[0], to: "openshelf.yaml")
                let good = try await Program.run("ferryctl", check, in: folder)
                #expect(good.exitCode == 0 && good.errors == "")
                #expect(good.output == "1 description, 0 errors, 0 warnings\n")

                try folder.write(yaml[0].replacing("page.token", with: "page.tokn"), to: "openshelf.yaml")
                let bad = try await Program.run("ferryctl", check, in: folder)
                #expect(bad.exitCode == 3)
                let said = (bad.errors + bad.output).replacing("\(folder.path)/", with: "")
                let wrong = try Self.blocks("console")[1].components(separatedBy: "\n").dropFirst()
                #expect(said == wrong.joined(separator: "\n"))

                try folder.write(yaml[0], to: "openshelf.yaml")
                let trial = try await Program.run(
                    "ferryctl",
                    [
                        "services", "try", file, "--secret", "key=env:OPENSHELF_KEY",
                        "--set", "base_url=\(service.url)/v1",
                    ],
                    environment: environment,
                    in: folder
                )
                #expect(trial.exitCode == 0, "\(trial.errors)")
                let shown = trial.output.replacing("\(service.url)/v1", with: Self.address)
                    .components(separatedBy: "\n").map(Self.withoutNumbers)
                #expect(shown == (try Self.output(of: "ferryctl services try")).map(Self.withoutNumbers))

                try folder.write(yaml[0], to: "etc/services/openshelf.yaml")
                let config = yaml[1].replacing("config:\n", with: "config:\n  base_url: \(service.url)/v1\n")
                try folder.write(config, to: "etc/integrations/books.yaml")
                let all = try await Program.run("ferryctl", ["check", "\(folder.path)/etc"], in: folder)
                #expect(all.output.components(separatedBy: "\n") == (try Self.output(of: "ferryctl check")) + [""])
                let once = [
                    "once", "--config", "\(folder.path)/etc", "--state", "\(folder.path)/state", "books", "--pull",
                ]
                let pull = try await Program.run("ferryd", once, environment: environment, in: folder)
                #expect(pull.exitCode == 0, "\(pull.errors)")
                let result = try Self.output(of: "ferryd once").map(Self.withoutNumbers)
                #expect(pull.output.components(separatedBy: "\n").map(Self.withoutNumbers) == result + [""])
                let rows = try Self.rows("\(folder.path)/state/store.db", "SELECT id, title, author FROM book")
                #expect(rows + [""] == (try Self.output(of: "sqlite3")))

                service.forgetRequests()
                _ = try await Program.run("ferryd", once, environment: environment, in: folder)
                #expect(service.requests.map { $0.parameters["updated_since"] } == ["2026-03-03T09:00:00Z"])
            }
        }
    }
}
