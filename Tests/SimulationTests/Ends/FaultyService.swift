import FerryCore
import FerryTesting

/// The service as a simulated process reaches it: over a network, one attempt a call.
struct FaultyService: RemoteService {
    let process: SimulatedProcess
    let directions: Set<Direction>
    /// Sees a write before it leaves.
    let watch: @Sendable (WriteRequest) async throws -> Void

    private var service: SimulatedService { process.world.service }

    var identity: String { "simulated" }
    var attention: [String] { [] }
    var traffic: Traffic { Traffic() }
    func directions(of resource: String) -> Set<Direction> { directions }
    func defaultMatch(of resource: String) -> FieldPath? { nil }
    func check() async throws {}

    func source(_ resource: String, fields: [FieldPath], match: FieldPath?) throws -> any RecordSource {
        FaultySource(process: process, names: (fields + (match.map { [$0] } ?? [])).map(\.description))
    }

    func sink(_ resource: String, fields: [FieldPath], match: FieldPath?) throws -> any RecordSink {
        FaultySink(process: process, names: fields.map(\.description), watch: watch)
    }
}

private struct FaultySource: RecordSource {
    let process: SimulatedProcess
    let names: [String]

    private var service: SimulatedService { process.world.service }

    var isComplete: Bool { true }
    var scansBeforeDelete: Int { service.traits.scansBeforeDelete }
    var canFind: Bool { service.traits.canFind }

    /// Reads on after the last record of the page before: records may come, go and change meanwhile, but none that is
    /// there all the time is left out.
    ///
    /// The position is that record's number, and how often the scan has gone back.
    func page(at position: PagePosition?) async throws -> RemotePage {
        var call = try await begin("service.page")
        var place = position.map { $0.rawValue.split(separator: "/").compactMap { Int($0) } } ?? [0, 0]
        guard place.count == 2 else { throw SyncFailure(.contract, .contractShape, "no such position") }
        if place[0] > 0, call.random.chance(call.weather.pagesDrift / 2) {
            if call.random.chance(0.5) { return page(of: [], next: place, call) }
            // The place is lost: it starts anew, as by offset in a table that has changed too much.
            if place[1] < 2 { place = [call.random.number(0...place[0]), place[1] + 1] }
        }
        let rest = service.records.filter { $0.sequence > place[0] }
        var limit = service.traits.pageSize
        if call.random.chance(call.weather.pagesDrift) { limit = call.random.number(1...limit) }
        let records = Array(rest.prefix(limit))
        // As by offset: the end is an empty page, or known.
        let isEnd = records.isEmpty || rest.count == records.count && call.random.chance(0.5)
        return page(of: records, next: isEnd ? nil : [records.last?.sequence ?? 0, place[1]], call)
    }

    func find(_ value: JSONValue) async throws -> RemotePage {
        let call = try await begin("service.find")
        let records = service.records.filter { record in
            guard let key = record.fields[SimulatedService.naturalKey] else { return false }
            guard service.traits.findsParts, let text = key.string, let part = value.string else { return key == value }
            return text.utf8.count >= part.utf8.count && text.contains(part)
        }
        return page(of: records, next: nil, call)
    }

    private func begin(_ name: String) async throws -> PortCall {
        var call = try await process.begin(name)
        guard call.random.chance(call.weather.serviceFails) else { return call }
        process.countFault()
        let failure = ServiceFault.reading(&call.random)
        process.world.trace.note("p\(process.number) \(call) fails: \(failure.code.rawValue)")
        throw failure
    }

    private func page(of records: [SimulatedService.Record], next: [Int]?, _ call: PortCall) -> RemotePage {
        let names = names
        let next = next.map { PagePosition(rawValue: "\($0[0])/\($0[1])") }
        process.world.trace.note(
            "p\(process.number) \(call): \(records.map { "\($0.id) \($0.fields.text)" }) next \(next?.rawValue ?? "-")"
        )
        return RemotePage(
            ids: PackedStrings(records.map(\.id)),
            hashes: records.map(\.hash),
            next: next
        ) { indices in
            var values = ExtractedValues(records: RecordBatch(columnCount: names.count))
            for (row, index) in indices.enumerated() {
                values.records.append(records[index].fields, names: names)
                if records[index].fields["broken"] != nil { values.problems[row] = "a value cannot be kept as it is" }
            }
            return values
        }
    }
}

/// What goes wrong on the way to the service and back.
enum ServiceFault {
    static func reading(_ random: inout SeededRandom) -> SyncFailure {
        switch random.number(0...9) {
        case 0...4: unavailable(&random, effect: .none)
        case 5...7: limited(&random)
        case 8: SyncFailure(.auth, .authRejected, "the key was refused")
        default: SyncFailure(.contract, .contractShape, "the answer is no JSON")
        }
    }

    /// The answer to a request that surely had no effect.
    static func rejecting(_ random: inout SeededRandom) -> SyncFailure {
        switch random.number(0...7) {
        case 0...3: SyncFailure(.transient, .networkUnreachable, "no connection")
        case 4...6: limited(&random)
        default: SyncFailure(.auth, .authRejected, "the key was refused")
        }
    }

    /// The lack of an answer to a request that may have had one.
    static func losing(_ random: inout SeededRandom) -> SyncFailure {
        guard random.chance(0.85) else {
            return SyncFailure(.contract, .contractResultMismatch, "the answer is torn", effect: .unknown)
        }
        return unavailable(&random, effect: .unknown)
    }

    private static func unavailable(_ random: inout SeededRandom, effect: SyncFailure.Effect) -> SyncFailure {
        SyncFailure(
            .transient,
            .serviceUnavailable,
            "the service is down",
            retryAfter: random.chance(0.3) ? random.seconds(0...20) : nil,
            effect: effect
        )
    }

    private static func limited(_ random: inout SeededRandom) -> SyncFailure {
        SyncFailure(
            .rateLimited,
            .serviceRateLimited,
            "too many requests",
            retryAfter: random.chance(0.6) ? random.seconds(1...30) : nil
        )
    }
}
