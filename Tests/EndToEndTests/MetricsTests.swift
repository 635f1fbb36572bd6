import FerryAPI
import FerryCore
import FerryHTTP
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// The figures that Prometheus reads.
@Suite struct MetricsTests {
    @Test func figuresSayWhatJobsHaveDone() async throws {
        try await FerryWorld.with { world async throws in
            try await Self.pullTwice(world)
            let metrics = try await Metrics(world)
            let items = #"integration="items",direction="pull""#
            #expect(metrics["ferry_jobs_total{\(items),state=\"succeeded\"}"] == 2)
            #expect(metrics["ferry_jobs_total{\(items),state=\"failed\"}"] == 0)
            #expect(metrics["ferry_records_total{\(items),outcome=\"read\"}"] == 6)
            #expect(metrics["ferry_records_total{\(items),outcome=\"created\"}"] == 3)
            #expect(metrics["ferry_records_total{\(items),outcome=\"unchanged\"}"] == 3)
            #expect(metrics["ferry_job_duration_seconds_count{\(items)}"] == 2)
            #expect(metrics["ferry_job_duration_seconds_bucket{\(items),le=\"+Inf\"}"] == 2)
            #expect(metrics["ferry_requests_total{\(items)}"] == Double(world.sandbox.requests.count))
            #expect(try #require(metrics["ferry_received_bytes_total{\(items)}"]) > 300)
            #expect(metrics["ferry_jobs{state=\"running\"}"] == 0)
            #expect(metrics["ferry_integration_enabled{integration=\"items\"}"] == 1)
            #expect(metrics["ferry_quarantined_records{integration=\"items\"}"] == 0)
            #expect(metrics["ferry_ledger_up"] == 1)
            #expect(try #require(metrics["ferry_ledger_size_bytes"]) >= 4096)
            #expect(try #require(metrics["process_resident_memory_bytes"]) > 1_000_000)
            let last = try #require(metrics["ferry_last_success_timestamp_seconds{integration=\"items\"}"])
            #expect(abs(last - Date().timeIntervalSince1970) < 600)
            let next = try #require(metrics["ferry_next_run_timestamp_seconds{\(items)}"])
            #expect(next > last)
            #expect(metrics["ferry_schedule_lag_seconds{\(items)}"] == 0)
            #expect(metrics["ferry_build_info{version=\"0.1.0\"}"] == 1)
        }
    }

    @Test func aRunThatIsDueAndCannotBeginIsLate() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...3))
            // The one worker is kept by the first job.
            world.sandbox.faults.add(FaultRule(.delay(milliseconds: 60_000), times: nil))
            try world.write(settings: "workers: 1\n")
            try world.write(integration: "first", Items.integration(world, store: "main"))
            _ = try await world.startDaemon()
            _ = try await world.requestSync("first", .pull)
            let other = Items.integration(world, store: "main", rest: "schedule: { pull: { every: 1s } }")
            try world.write(integration: "late", other.replacing("- type: item\n", with: "- type: thing\n"))
            #expect(try await world.ferryctl("reload").exitCode == 0)
            let key = #"ferry_schedule_lag_seconds{integration="late",direction="pull"}"#
            try await eventually("the run is late") { try await Metrics(world)[key] ?? 0 > 1 }
            let metrics = try await Metrics(world)
            #expect(metrics["ferry_jobs{state=\"queued\"}"] == 1)
            #expect(metrics["ferry_jobs{state=\"running\"}"] == 1)
        }
    }

    @Test func waitsAndRetriesAreCounted() async throws {
        try await FerryWorld.with { world async throws in
            world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...3))
            world.sandbox.faults.add(FaultRule(.status(503, retryAfter: "1"), times: 1))
            try world.write(integration: "items", Items.integration(world, store: "main"))
            _ = try await world.startDaemon()
            #expect(try await world.sync("items", .pull).state == .succeeded)
            let metrics = try await Metrics(world)
            let items = #"integration="items",direction="pull""#
            #expect(metrics["ferry_retries_total{\(items)}"] == 1)
            #expect(metrics["ferry_job_waits_total{\(items),reason=\"backoff\"}"] == 1)
        }
    }

    @Test func theFileForTheNodeExporterIsWrittenWholeAndForOthersToRead() async throws {
        try await FerryWorld.with { world async throws in
            let file = "\(world.folder.path)/ferry.prom"
            try world.write(settings: "metrics: { file: \(file) }\n")
            try world.write(integration: "items", Items.integration(world, store: "main"))
            _ = try await world.startDaemon()
            try await eventually("the file is there") { FileManager.default.fileExists(atPath: file) }
            let text = try String(contentsOfFile: file, encoding: .utf8)
            #expect(text.contains("ferry_integration_enabled{integration=\"items\"} 1\n"))
            let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
            #expect(mode == 0o644)
            let names = try FileManager.default.contentsOfDirectory(atPath: world.folder.path)
            #expect(names.filter { $0.contains(".prom") } == ["ferry.prom"])
        }
    }

    @Test func aFileThatTheNodeExporterWouldNotReadIsAnError() async throws {
        try await FerryWorld.with { world async throws in
            try world.write(settings: "metrics: { file: /tmp/ferry.txt }\n")
            let result = try await Program.run("ferryctl", ["check", world.configuration], in: world.folder)
            #expect(result.exitCode == 3)
            let sentence = "ferry.yaml:1:18: error: 'file' must be an absolute path that ends in '.prom'"
            #expect(result.errors.contains(sentence))
        }
    }

    @Test(.enabled(if: promtool != nil, "needs promtool"))
    func promtoolFindsNothingWrong() async throws {
        try await FerryWorld.with { world async throws in
            try await Self.pullTwice(world)
            let text = String(decoding: try await world.get("/metrics").body, as: UTF8.self)
            let promtool = try #require(promtool)
            let result = try await Program.run(promtool, ["check", "metrics"], input: text, in: world.folder)
            #expect(result.exitCode == 0 && result.output + result.errors == "", "\(result.output)\(result.errors)")
        }
    }

    @Test(.enabled(if: promtool != nil, "needs promtool"))
    func promtoolAcceptsTheAlertRulesAndTheirTests() async throws {
        try await TemporaryDirectory.with { folder async throws in
            let promtool = try #require(promtool)
            let rules = try #require(Repository.path("etc/prometheus/ferry.rules.yaml"))
            let tests = try #require(Repository.path("Tests/EndToEndTests/Prometheus/ferry.rules.test.yaml"))
            let checked = try await Program.run(promtool, ["check", "rules", rules], in: folder)
            #expect(checked.exitCode == 0, "\(checked.output)\(checked.errors)")
            let tested = try await Program.run(promtool, ["test", "rules", tests], in: folder)
            #expect(tested.exitCode == 0, "\(tested.output)\(tested.errors)")
        }
    }

    /// Every figure that the rules and the dashboard ask for is one that there is.
    @Test func theRulesAndTheDashboardAskForFiguresThatThereAre() async throws {
        try await FerryWorld.with { world async throws in
            try await Self.pullTwice(world)
            let text = String(decoding: try await world.get("/metrics").body, as: UTF8.self)
            let families = Set(text.matches(of: /# TYPE (\w+)/).map { String($0.1) })
            for file in ["etc/prometheus/ferry.rules.yaml", "etc/grafana/ferry.json"] {
                let asked = try String(contentsOfFile: try #require(Repository.path(file)), encoding: .utf8)
                let names = Set(asked.matches(of: /\b(?:ferry|process)_[a-z_]+/).map { String($0.0) })
                #expect(!names.isEmpty)
                for name in names {
                    let family = name.replacing(/_(bucket|sum|count)$/, with: "")
                    #expect(families.contains(name) || families.contains(family), "\(file) asks for \(name)")
                }
            }
        }
    }

    private static func pullTwice(_ world: FerryWorld) async throws {
        world.sandbox.tables.addTable(Items.definition, rows: Items.rows(1...3))
        try world.write(
            integration: "items",
            Items.integration(world, store: "main", rest: "schedule: { pull: { every: 1h } }")
        )
        _ = try await world.startDaemon()
        // The schedule's own first run may be at work.
        try await eventually("two pulls") {
            let jobs = try await world.jobs()
            if jobs.allSatisfy(\.state.isFinal), jobs.count < 2 { _ = try await world.requestSync("items", .pull) }
            return jobs.count >= 2 && jobs.allSatisfy { $0.state == .succeeded }
        }
    }
}

private let promtool = ["/usr/bin/promtool", Repository.path(".build/tools/usr/bin/promtool")]
    .compactMap { $0 }.first { FileManager.default.isExecutableFile(atPath: $0) }

/// What the socket's figures are, each by its name and labels.
private struct Metrics {
    private let values: [String: Double]

    init(_ world: FerryWorld) async throws {
        let answer = try await world.get("/metrics")
        #expect(answer.status == 200)
        #expect(answer.header("content-type") == "text/plain; version=0.0.4; charset=utf-8")
        let lines = String(decoding: answer.body, as: UTF8.self).split(separator: "\n").filter { !$0.hasPrefix("#") }
        values = Dictionary(
            lines.compactMap { line in
                line.lastIndex(of: " ").map { (String(line[..<$0]), Double(line[line.index(after: $0)...]) ?? .nan) }
            }
        ) { _, second in
            Issue.record("a figure comes twice")
            return second
        }
    }

    subscript(_ name: String) -> Double? { values[name] }
}
