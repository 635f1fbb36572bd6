import FerryCore
import FerryHTTP
import FerryJSON

/// Asks a service for work, and follows it, as its description says.
struct HTTPAction: RemoteAction {
    let service: HTTPService
    let action: ActionDescription

    var pace: ActionPace {
        ActionPace(firstWait: action.firstWait, longestWait: action.longestWait, patience: action.patience)
    }

    private var scope: TemplateScope { TemplateScope(settings: service.settings) }

    func trace() async throws -> String? {
        guard let trace = action.trace else { return nil }
        let answer = try await read(trace.request, scope: scope)
        let records = trace.records.lazy.compactMap { answer?.value(at: $0)?.elements }.first ?? []
        let name = scope.text(trace.name)
        let record = records.first { Self.text($0.value(at: trace.id)) == name }
        guard let record else {
            throw SyncFailure(
                .config,
                .serviceNotFound,
                "\(service.description.title) has no '\(name ?? "")'",
                hint: "check the identifiers in 'config'"
            )
        }
        return Self.text(record.value(at: trace.value))
    }

    func start() async throws -> String? {
        let response = try await service.send(
            action.start,
            scope: scope,
            body: nil,
            isWrite: true,
            doneStatuses: action.busyStatuses
        )
        guard !action.busyStatuses.contains(response.status) else {
            throw SyncFailure(
                .transient,
                .serviceUnavailable,
                "\(service.description.title) is at such work already (it answered \(response.status))",
                hint: "it is asked again; if this goes on, see there what takes so long",
                retryAfter: action.longestWait
            )
        }
        guard let path = action.id else { return nil }
        let answer: JSONValue
        do throws(JSONFailure) {
            answer = try JSONValue(parsing: response.body, maximumDepth: service.maximumDepth)
        } catch {
            throw service.contractFailure(error, of: response.body, effect: .unknown)
        }
        return Self.text(answer.value(at: path))
    }

    func state(of id: String) async throws -> ActionState? {
        guard let follow = action.follow else { return nil }
        var scope = scope
        scope.action = ["id": .string(id)]
        guard let answer = try await read(follow.request, scope: scope, goneStatuses: [404]) else { return nil }
        guard let state = Self.text(answer.value(at: follow.state))?.lowercased() else {
            throw service.contractFailure(
                JSONFailure(message: "it does not say how the work stands at '\(follow.state)'", offset: 0),
                of: Array(answer.serialized.utf8)
            )
        }
        if follow.done.contains(state) { return .done }
        guard follow.failed.contains(state) else { return .running }
        let reason = follow.messages.lazy.compactMap { Self.text(answer.value(at: $0)) }.first
        return .failed(String(decoding: service.scrubber.scrub(Array((reason ?? state).utf8)[...]), as: UTF8.self))
    }

    /// An answer's document; `nil` when there is no such thing.
    private func read(
        _ request: RequestTemplate,
        scope: TemplateScope,
        goneStatuses: Set<Int> = []
    ) async throws -> JSONValue? {
        let response: HTTPResponse
        do {
            response = try await service.send(
                request,
                scope: scope,
                body: nil,
                isWrite: false,
                goneStatuses: goneStatuses
            )
        } catch let failure as SyncFailure where failure.kind == .gone {
            return nil
        }
        do throws(JSONFailure) {
            return try JSONValue(parsing: response.body, maximumDepth: service.maximumDepth)
        } catch {
            throw service.contractFailure(error, of: response.body)
        }
    }

    private static func text(_ value: JSONValue?) -> String? {
        guard let value, !value.isNull else { return nil }
        let text = value.string ?? value.compactText
        return text.isEmpty ? nil : text
    }
}

extension JSONValue {
    /// The elements, if this is an array.
    fileprivate var elements: [JSONValue]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }
}
