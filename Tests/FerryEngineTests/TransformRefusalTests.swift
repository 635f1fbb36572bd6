import FerryCore
import FerryEngine
import FerryLedger
import FerryTesting
import Logging
import Synchronization
import Testing

@Suite struct TransformRefusalTests {
    private func products(
        _ direction: Direction,
        onError: FieldMapping.ErrorPolicy
    ) throws -> Integration {
        var name = try Products.field("name", onError: onError, direction: direction == .pull ? .pull : .push)
        name.transforms = [TransformReference(name: "date", options: "date")]
        return try Products.integration([direction], mappings: [Products.field("sku"), name, Products.field("price")])
    }

    @Test func aPushLogsOneWarningForEachFieldWhoseValuesBecameNull() async throws {
        try await EngineWorld.with { world in
            let log = CapturedLog()
            var world = world
            world.logger = log.logger
            try await world.seedLocal(8)
            try await world.write([Products.row(3, name: "2026-11-22")], columns: Products.columns)
            let job = try await world.push(try products(.push, onError: .null))
            #expect(job.state == .succeeded && job.progress.created == 8)
            #expect(try await world.ledger.job(job.id)?.progress.refusals == job.progress.refusals)
            #expect(job.progress.refusals.map(\.count) == [7] && job.progress.refusals.map(\.policy) == [.null])
            #expect(job.progress.refusals[0].examples.map(\.recordID) == ["p00001", "p00002", "p00004"])
            #expect(world.remote.records.filter { $0["name"] == .string("2026-11-22") }.count == 1)
            let example = "the text is of none of the formats 'rfc3339', 'date'"
            #expect(
                log.warnings == [
                    "the field 'fields.name' of 'product' could not be transformed for 'name' in 7 records and was set "
                        + "to null; first: record 'p00001': \(example); record 'p00002': \(example); "
                        + "record 'p00004': \(example)"
                ]
            )
        }
    }

    @Test func aPullAddsUpItsPagesAndSaysWhatWasLeftOut() async throws {
        try await EngineWorld.with(ScriptedService.Traits(pageSize: 2)) { world in
            let log = CapturedLog()
            var world = world
            world.logger = log.logger
            world.seedRemote(5)
            let job = try await world.pull(try products(.pull, onError: .skipField))
            #expect(job.state == .succeeded && job.progress.created == 5)
            let warning = try #require(log.warnings.first)
            #expect(log.warnings.count == 1)
            #expect(
                warning.hasPrefix(
                    "the field 'name' of 'product' could not be transformed for 'fields.name' in 5 records and was "
                        + "left out; first: record 'r1': "
                )
            )
            // What never arrived is not asked about again.
            let second = try await world.pull(try products(.pull, onError: .skipField))
            #expect(second.progress.unchanged == 5 && log.warnings.count == 1)
        }
    }

    @Test func aPullThatIsInterruptedGoesOnCountingWhereItsCheckpointIs() async throws {
        try await EngineWorld.with(ScriptedService.Traits(pageSize: 2)) { world in
            world.seedRemote(9)
            let integration = try products(.pull, onError: .null)
            let claimed = try await world.claimed(.pull, of: integration)
            let interrupted = try await world.interrupt(claimed, of: integration, at: "intend")
            #expect(interrupted.state == .queued)
            let sofar = interrupted.progress.refusals.first?.count ?? 0
            #expect(sofar > 0 && sofar < 9)
            #expect(sofar == interrupted.progress.created)
            let again = try #require(try await world.ledger.claim(claimed.id, at: world.clock.now))
            let ended = try await world.run(again, of: integration)
            #expect(ended.attempt == 2 && ended.state == .succeeded && ended.progress.created == 9)
            #expect(ended.progress.refusals.map(\.count) == [9])
            #expect(ended.progress.refusals[0].examples.count == 3)
        }
    }

    @Test func aPushThatGoesOnCountsItsRowsAnew() async throws {
        try await EngineWorld.with { world in
            try await world.seedLocal(8)
            let integration = try products(.push, onError: .skipField)
            let claimed = try await world.claimed(.push, of: integration)
            var progress = claimed.progress
            progress.refusals = [
                JobRefusals(
                    entityType: "product",
                    field: "fields.name",
                    destination: "name",
                    policy: .skipField,
                    count: 5,
                    examples: []
                )
            ]
            // As a daemon that was killed after five rows leaves it.
            try await world.ledger.requeue(claimed.id, progress: progress)
            let again = try #require(try await world.ledger.claim(claimed.id, at: world.clock.now))
            #expect(again.progress.refusals.map(\.count) == [5])
            let ended = try await world.run(again, of: integration)
            #expect(ended.state == .succeeded && ended.attempt == 2)
            #expect(ended.progress.refusals.map(\.count) == [8])
        }
    }

    @Test func rowsThatAreSetAsideAreCountedByTheirField() async throws {
        try await EngineWorld.with { world in
            let log = CapturedLog()
            var world = world
            world.logger = log.logger
            try await world.seedLocal(1)
            let job = try await world.push(try products(.push, onError: .failRow))
            #expect(job.state == .partial && job.progress.quarantined == 1)
            let warning = try #require(log.warnings.first { $0.hasPrefix("the field 'fields.name' of 'product' ") })
            #expect(warning.contains("in 1 record, which is set aside; first: record 'p00001': the text is of none"))
        }
    }

    @Test func aJobWhoseValuesAllPassLogsNoWarning() async throws {
        try await EngineWorld.with { world in
            let log = CapturedLog()
            var world = world
            world.logger = log.logger
            try await world.write([Products.row(1, name: "2026-11-22")], columns: Products.columns)
            #expect(try await world.push(try products(.push, onError: .null)).state == .succeeded)
            #expect(log.warnings.isEmpty)
        }
    }
}

/// Keeps the warnings that a logger is given.
private final class CapturedLog: Sendable {
    private let lines = Mutex<[String]>([])

    var warnings: [String] { lines.withLock { $0 } }

    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    private struct Handler: LogHandler {
        let log: CapturedLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.warning

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            guard event.level == .warning else { return }
            log.lines.withLock { $0.append("\(event.message)") }
        }
    }
}
