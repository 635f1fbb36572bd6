import ArgumentParser
import FerrySandbox
import Foundation

/// Serves the sandbox until it is told to stop.
@main
struct SandboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ferry-sandbox",
        abstract: "The services that Ferry syncs with, in miniature, on loopback.",
        discussion: """
            Serves two Dynamic Tables of agent-demo/config-demo: products (seeded; keys demo-products-primary and \
            demo-products-secondary) and articles (empty; keys demo-articles-primary and demo-articles-secondary). \
            Below /loops/api/v1 it is Loops: a team with two mailing lists and the key demo-loops-key; \
            below /wiserows/api/v1 WISEROWS: a project with the type et_post and the key ds_demo_key; \
            below /posthog/app and /posthog/ingest the two hosts of PostHog: the project 42 with the keys \
            phx_demo_personal_key and phc_demo_project_key; below /sanity Sanity: the dataset production of the project \
            zp7mbokg with the token skDemoToken; below \
            /google_search_console Search Console, with two properties and a service account whose throw-away key file is \
            at /google_search_console/key.json. Everything is in memory and gone when it stops.

            It misbehaves on request: POST rules to /_sandbox/faults, for example
              {"match": {"method": "POST", "path": "/bulk"}, "times": 2, "action": {"type": "status", "status": 503}}
            DELETE /_sandbox/faults ends that. POST /_sandbox/limit sets a rate limit, for example
              {"requests": 20, "milliseconds": 1000, "announcement": "x_ratelimit_seconds"}
            GET /_sandbox/state?collection=products tells a table's row count and \
            digest, GET /_sandbox/state?service=loops all that a service holds, GET /_sandbox/requests what was asked, and POST /_sandbox/edit edits rows as somebody else would.
            """
    )

    @Option(help: "The port to listen on; 0 for any that is free.")
    var port = 8700

    @Option(help: "How many products to make up.")
    var rows = 300

    @Option(help: "Where the products come from: the same seed makes the same ones.")
    var seed: UInt64 = 1

    @Flag(help: "Change a few products every few seconds, as a shop at work would.")
    var live = false

    @Flag(help: "Print nothing.")
    var quiet = false

    @Option(help: "Write the port to this file once it listens.")
    var readyFile: String?

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("A port is a number from 0 to 65535.") }
        guard (0...1_000_000).contains(rows) else { throw ValidationError("--rows takes a number from 0 to 1000000.") }
    }

    func run() async throws {
        // Before anything else, so that a signal during the start is not lost.
        let signals = TerminationSignals()
        let sandbox = try await start()
        sandbox.tables.addTable(SeededProducts.definition, rows: SeededProducts.rows(count: rows, seed: seed))
        sandbox.tables.addTable(SeededArticles.definition)
        SeededTeam.fill(sandbox.loops)
        SeededProject.fill(sandbox.wiserows)
        SeededPosthog.fill(sandbox.posthog)
        SeededDataset.fill(sandbox.sanity)
        SeededSearchConsole.fill(sandbox.searchConsole)
        if !quiet {
            say("ferry-sandbox listens on \(sandbox.baseURL) (products: \(rows) rows, articles: empty)")
        }
        if let readyFile {
            try Data("\(sandbox.port)\n".utf8).write(to: URL(fileURLWithPath: readyFile), options: .atomic)
        }
        await withTaskGroup(of: Void.self) { group in
            if live {
                group.addTask { await self.editForever(sandbox) }
            }
            await signals.first()
            group.cancelAll()
        }
        await sandbox.stop()
    }

    private func start() async throws -> Sandbox {
        do {
            return try await Sandbox.start(port: port)
        } catch {
            say("ferry-sandbox cannot listen on port \(port): \(error)", to: .standardError)
            say("hint: another one may be running; choose another port with --port, or --port 0", to: .standardError)
            throw ExitCode.failure
        }
    }

    private func editForever(_ sandbox: Sandbox) async {
        var edits = LiveEdits(seed: seed)
        // Ends by cancellation, which is what makes the sleep throw.
        while (try? await Task.sleep(for: .seconds(5))) != nil {
            let skus = edits.step(sandbox.tables)
            if !quiet { say("somebody changed \(skus.joined(separator: ", "))") }
        }
    }

    private func say(_ line: String, to handle: FileHandle = .standardOutput) {
        // Not print: a pipe would get its lines only when the buffer is full. A reader that left is no reason to stop.
        try? handle.write(contentsOf: Data("\(line)\n".utf8))
    }
}
