import FerryCore
import Synchronization

/// The ends of an integration as a plan sees them.
final class PlanningEndpoints: EndpointProvider {
    private let endpoints: any EndpointProvider
    private let recorder: PlanRecorder
    private let scratchpad: any Scratchpad
    private let made = Mutex<[any RemoteService]>([])

    init(_ endpoints: any EndpointProvider, recorder: PlanRecorder, scratchpad: any Scratchpad) {
        self.endpoints = endpoints
        self.recorder = recorder
        self.scratchpad = scratchpad
    }

    /// The service that the job was given, if it came so far; of several, the last.
    var service: (any RemoteService)? { made.withLock { $0.last } }

    /// The bytes and requests of all services that the job was given.
    var traffic: Traffic {
        made.withLock { services in
            services.reduce(into: Traffic()) { $0 += $1.traffic }
        }
    }

    func remote(for integration: Integration, gate: any RequestGate) throws -> any RemoteService {
        let remote = try endpoints.remote(for: integration, gate: gate)
        let service = PlanningService(service: remote, recorder: recorder)
        made.withLock { $0.append(service) }
        return service
    }

    func store(for integration: Integration) throws -> any LocalStore {
        let service = service
        let scheduled = Set(integration.schedules.keys)
        return PlanningStore(
            try endpoints.store(for: integration),
            scratchpad: scratchpad,
            recorder: recorder,
            readsBack: { entity in
                let ways = scheduled.isEmpty ? service?.directions(of: entity.resource) : scheduled
                return ways?.count == Direction.allCases.count
            }
        )
    }
}

/// The remote service as a plan sees it: what is read are real requests, what is written is only taken down.
struct PlanningService: RemoteService {
    let service: any RemoteService
    let recorder: PlanRecorder

    var identity: String { service.identity }
    var traffic: Traffic { service.traffic }
    var attention: [String] { service.attention }
    func directions(of resource: String) -> Set<Direction> { service.directions(of: resource) }
    func defaultMatch(of resource: String) -> FieldPath? { service.defaultMatch(of: resource) }
    func check() async throws { try await service.check() }

    func action(_ resource: String) -> (any RemoteAction)? {
        service.action(resource).map { PlanningAction(action: $0, resource: resource, recorder: recorder) }
    }

    func source(_ resource: String, fields: [FieldPath], match: FieldPath?) throws -> any RecordSource {
        try service.source(resource, fields: fields, match: match)
    }

    func sink(_ resource: String, fields: [FieldPath], match: FieldPath?) throws -> any RecordSink {
        let sink = try service.sink(resource, fields: fields, match: match)
        return PlanningSink(sink: sink, resource: resource, fields: fields, match: match, recorder: recorder)
    }
}

/// Work that is not asked for.
private struct PlanningAction: RemoteAction {
    let action: any RemoteAction
    let resource: String
    let recorder: PlanRecorder

    var pace: ActionPace { action.pace }
    func trace() async throws -> String? { try await action.trace() }
    func state(of id: String) async throws -> ActionState? { .done }

    func start() async throws -> String? {
        recorder.note("the service would be asked for '\(resource)'")
        return ""
    }
}

/// A resource to which nothing is sent: every record counts as accepted.
private struct PlanningSink: RecordSink {
    let sink: any RecordSink
    let resource: String
    let fields: [FieldPath]
    let match: FieldPath?
    let recorder: PlanRecorder

    func ability(for operation: WriteOperation) -> WriteAbility? {
        guard var ability = sink.ability(for: operation) else {
            recorder.miss(operation, of: resource)
            return nil
        }
        // What an earlier job has sent is looked for at once: nothing is sent on the strength of it.
        ability.settlesWithin = .zero
        return ability
    }

    func identifiers(of recordKeys: PackedStrings) -> PackedStrings? { sink.identifiers(of: recordKeys) }

    func write(_ batch: WriteBatch) async throws -> [WriteResult] {
        let refusals = sink.refusals(of: batch)
        let kept = (0..<batch.count).filter { refusals[$0] == nil }
        if !kept.isEmpty {
            let sent = refusals.isEmpty ? batch : batch.selecting(kept)
            for preparation in try await sink.preparations(for: sent) { recorder.note(preparation) }
            recorder.send(sent, fields: fields, match: match)
        }
        return (0..<batch.count).map { index in
            if let reason = refusals[index] { return .refused(reason) }
            guard batch.operation == .create else { return .accepted(remoteID: batch.remoteIDs[index]) }
            // Within the plan it only has to differ from every other.
            return .accepted(remoteID: "planned \(batch.idempotencyKey) \(index)")
        }
    }
}
