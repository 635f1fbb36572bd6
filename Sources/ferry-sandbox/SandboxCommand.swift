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
            Serves three Dynamic Tables of agent-demo/config-demo: products (seeded; keys demo-products-primary and \
            demo-products-secondary), articles and catalog (empty; keys demo-articles-primary, demo-catalog-primary and so \
            on). \
            Below /loops/api/v1 it is Loops: a team with two mailing lists and the key demo-loops-key; \
            below /wiserows/api/v1 WISEROWS: a project with the type et_post and the key ds_demo_key; \
            below /posthog/app and /posthog/ingest the two hosts of PostHog: the project 42 with the keys \
            phx_demo_personal_key and phc_demo_project_key; below /sanity Sanity: the dataset production of the project \
            zp7mbokg with the token skDemoToken; below \
            /google_search_console Search Console, with two properties and a service account whose throw-away key file is \
            at /google_search_console/key.json. Everything is in memory and gone when it stops.

            With --sockets, each service is on a unix socket of its own instead, DIR/loops.sock and so on, which only you \
            can open, at the same paths: curl --unix-socket DIR/loops.sock http://localhost/loops/api/v1/lists

            It misbehaves on request: POST rules to /_sandbox/faults, for example
              {"match": {"method": "POST", "path": "/bulk"}, "times": 2, "action": {"type": "status", "status": 503}}
            An action's type is
              status               answers that status, with "retryAfter" and "body" if given
              delay                waits so many "milliseconds"
              reset, close         ends the connection without an answer
              cut_body             ends it after so many "bytes" of the body, and "resets" it
              truncated_json       answers half of the JSON
              content_type         answers with the "value" as Content-Type
              clamped_pages        gives no more records than "take" on a page
              drift                edits records between two requests: {"type": "drift", "service": "sanity", "upsert": \
            [{"_id": "a", "_type": "post"}], "delete": ["b"], "deleteFirst": 1}, of a table with "collection" in place of \
            "service"
              expired_key          refuses the key, or the token, in the service's own words
              expired_primary_key  refuses a table's primary key, and not the secondary one
              clock_skew           sets the service's clock so many "seconds" ahead, or behind if negative
            "after": true lets the first four happen after the effect. A rule fires once unless "times" says otherwise (null: \
            always), from the "nth" request that it matches on, with a "probability" and its "seed". \
            DELETE /_sandbox/faults ends them all and sets the clocks right.

            POST /_sandbox/limit sets a rate limit, for example
              {"requests": 20, "milliseconds": 1000, "announcement": "x_ratelimit_seconds"}
            GET /_sandbox/state?collection=products tells a table's row count and digest, \
            GET /_sandbox/state?service=loops all that a service holds, GET /_sandbox/requests what was asked, and \
            POST /_sandbox/edit edits records as somebody else would, as a drift does.
            """
    )

    @Option(
        help: ArgumentHelp(
            "The services to serve: all, or names with commas between them.",
            discussion: "dynamic_table, wiserows, sanity, google_search_console, posthog, loops.",
            valueName: "list"
        )
    )
    var services = "all"

    @Option(
        help: ArgumentHelp("The port to listen on; 0 for any that is free. 8700 unless there are --sockets.")
    )
    var port: Int?

    @Option(
        help: ArgumentHelp(
            "Listen on a unix socket for each service in this directory, and on no port unless --port is given.",
            valueName: "dir"
        )
    )
    var sockets: String?

    @Option(
        help: ArgumentHelp(
            "How many products, entities, documents, contacts, events and rows of searches to make up; a few of each "
                + "if left out."
        )
    )
    var records: Int?

    @Option(help: "How many products to make up, if not as many as --records; 300 if both are left out.")
    var rows: Int?

    @Option(help: "Where the products come from: the same seed makes the same ones.")
    var seed: UInt64 = 1

    @Flag(help: "Count the products' SKUs and the ids of rows up, instead of making them at random.")
    var risingKeys = false

    @Flag(help: "Change a few products every few seconds, as a shop at work would.")
    var live = false

    @Flag(help: "Print nothing.")
    var quiet = false

    @Option(help: "Write the port to this file once it listens, or the sockets' directory where there is no port.")
    var readyFile: String?

    func validate() throws {
        if let port, !(0...65_535).contains(port) { throw ValidationError("A port is a number from 0 to 65535.") }
        for (option, count) in [("--rows", rows), ("--records", records)] {
            guard let count, !(0...1_000_000).contains(count) else { continue }
            throw ValidationError("\(option) takes a number from 0 to 1000000.")
        }
        do throws(SandboxFailure) {
            _ = try SandboxServiceName.list(services)
        } catch {
            throw ValidationError("\(error.description) \(error.hint)")
        }
        if live, try !SandboxServiceName.list(services).contains(.dynamicTable) {
            throw ValidationError("--live changes products, which dynamic_table has: add it to --services.")
        }
    }

    func run() async throws {
        // Before anything else, so that a signal during the start is not lost.
        let signals = TerminationSignals()
        let sandbox = try await start()
        SandboxSeeds.fill(sandbox, records: records, products: rows, seed: seed, keysRise: risingKeys)
        if !quiet {
            if sandbox.port != nil {
                let tables = " (products: \(sandbox.tables.count(of: "products")) rows, articles and catalog: empty)"
                let served = sandbox.services.contains(.dynamicTable) ? tables : ""
                say("ferry-sandbox listens on \(sandbox.baseURL)\(served)")
            }
            for path in sandbox.sockets { say("ferry-sandbox listens on \(path)") }
        }
        if let readyFile {
            let place = sandbox.port.map(String.init) ?? sockets ?? ""
            try Data("\(place)\n".utf8).write(to: URL(fileURLWithPath: readyFile), options: .atomic)
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
            return try await Sandbox.start(
                port: port ?? (sockets == nil ? 8700 : nil),
                sockets: sockets,
                services: try SandboxServiceName.list(services)
            )
        } catch let failure as SandboxFailure {
            say("ferry-sandbox cannot start: \(failure.description)", to: .standardError)
            say("hint: \(failure.hint)", to: .standardError)
            throw ExitCode.failure
        } catch {
            say("ferry-sandbox cannot listen on port \(port ?? 8700): \(error)", to: .standardError)
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
