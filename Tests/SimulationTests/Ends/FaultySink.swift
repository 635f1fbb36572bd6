import FerryCore
import FerryTesting

/// The writing side of ``FaultyService``.
struct FaultySink: RecordSink {
    let process: SimulatedProcess
    let names: [String]
    let watch: @Sendable (WriteRequest) async throws -> Void

    private var service: SimulatedService { process.world.service }

    func ability(for operation: WriteOperation) -> WriteAbility? {
        let traits = service.traits
        return WriteAbility(
            maximumRecords: traits.batchSize,
            maximumBytes: 1_000_000,
            isRepeatable: operation != .create || traits.creation != .plain,
            isPartial: operation == .update && traits.isPartial,
            settlesWithin: traits.settlesWithin,
            givesNewIdentifiers: operation == .create && traits.creation == .plain
        )
    }

    func write(_ batch: WriteBatch) async throws -> [WriteResult] {
        let request = WriteRequest(batch, names: names)
        var call = try await process.begin("service.\(batch.operation.rawValue)")
        try await watch(request)
        service.landCopies(of: request.key)
        let fails = call.random.chance(call.weather.serviceFails)
        let dies = call.random.chance(call.weather.dies * 2)
        guard fails || dies else { return try answer(to: request, &call) }

        if fails, call.random.chance(0.4) {
            process.countFault()
            let failure = ServiceFault.rejecting(&call.random)
            process.world.trace.note("p\(process.number) \(call) does not arrive: \(failure.code.rawValue): \(request)")
            throw failure
        }
        // Nobody hears the answer: it lands in part, in full, later or not at all.
        let outcome = land(request, &call.random)
        process.world.trace.note("p\(process.number) \(call) \(request) \(outcome)")
        if dies { throw process.die("during \(call)") }
        process.countFault()
        throw ServiceFault.losing(&call.random)
    }

    private func answer(to request: WriteRequest, _ call: inout PortCall) throws -> [WriteResult] {
        // The network may deliver twice what can be repeated, and what the service would notice.
        let isHarmless = request.operation != .create || service.traits.creation != .plain || service.traits.isUnique
        let isDoubled = isHarmless && call.random.chance(call.weather.serviceFails / 2)
        var outcome = Result { try service.land(request) }
        if isDoubled {
            process.countFault()
            let again = Result { try service.land(request) }
            process.world.trace.note("p\(process.number) \(call) is delivered twice: \(outcome), then \(again)")
            // The second answer is the one that is heard, or the first.
            if call.random.chance(0.5) { outcome = again }
        }
        process.world.trace.note("p\(process.number) \(call) \(request) -> \(outcome)")
        try process.checkAlive()
        return try outcome.get()
    }

    private func land(_ request: WriteRequest, _ random: inout SeededRandom) -> String {
        let count = random.chance(0.5) ? request.count : random.number(0...request.count)
        let window = service.traits.settlesWithin
        guard window > .zero, random.chance(0.5) else {
            return "lands up to \(count), unheard: \(Result { try service.land(request, count: count) })"
        }
        let delay = random.seconds(0...window / .seconds(1))
        service.landLater(request, count: count, after: delay)
        return "lands up to \(count) in \(delay)"
    }
}
