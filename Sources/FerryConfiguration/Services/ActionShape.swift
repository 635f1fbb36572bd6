import FerryCore

/// Work that a service does by itself when it is asked.
enum ActionShape {
    struct Draft {
        var position: Position
        var start: RequestShape.Draft?
        var id: FieldPath?
        var busyStatuses: [Int]?
        var follow: FollowDraft?
        var trace: TraceDraft?
        var firstWait: Duration?
        var longestWait: Duration?
        var patience: Duration?

        var requests: [RequestShape.Draft] { [start, follow?.request, trace?.request].compactMap(\.self) }
    }

    struct FollowDraft {
        var position: Position
        var request: RequestShape.Draft?
        var state: FieldPath?
        var done: [String]?
        var failed: [String]?
        var messages: [FieldPath]?
    }

    struct TraceDraft {
        var request: RequestShape.Draft?
        var records: [FieldPath]?
        var id: FieldPath?
        var name: Positioned<Template>?
        var value: FieldPath?
    }

    static var shape: ValueShape<Draft> {
        MappingShape { Draft(position: $0) }
            .key("request", RequestShape.shape, \.start, required: true, "The request that asks for the work.")
            .key("id", .path, \.id, "Where the answer says what the work is called.")
            .key(
                "busy",
                ValueShape<Int>.integer(100, 599).oneOrList,
                \.busyStatuses,
                "The status codes that say that such work is under way already: it is asked again later."
            )
            .key("follow", follow, \.follow, "How the work is followed by what it is called, ${action.id}.")
            .key(
                "trace",
                trace,
                \.trace,
                "A record that changes whenever such work is done: where the answer is lost, or the work has no name."
            )
            .key("first_wait", .timeSpan, \.firstWait, default: "2s", "How long to wait before the first look.")
            .key("longest_wait", .timeSpan, \.longestWait, default: "30s", "The longest wait between two looks.")
            .key("patience", .timeSpan, \.patience, default: "15m", "How long its end is waited for.")
            .value
    }

    private static var follow: ValueShape<FollowDraft> {
        MappingShape { FollowDraft(position: $0) }
            .key("request", RequestShape.shape, \.request, required: true, "The request; 404 means: no such work.")
            .key("state", .path, \.state, required: true, "Where the answer says how the work stands.")
            .key(
                "done",
                ValueShape.nonEmptyString.oneOrList,
                \.done,
                required: true,
                "The states in which it is done, whether in capital or in small letters."
            )
            .key("failed", ValueShape.nonEmptyString.oneOrList, \.failed, "The states in which it has failed.")
            .key(
                "message",
                ValueShape<FieldPath>.path.oneOrList,
                \.messages,
                "Where the answer says why it failed, first match first."
            )
            .value
    }

    private static var trace: ValueShape<TraceDraft> {
        MappingShape { _ in TraceDraft() }
            .key("request", RequestShape.shape, \.request, required: true, "The request.")
            .key(
                "records",
                ValueShape<FieldPath>.path.oneOrList,
                \.records,
                default: "$",
                "Where the answer keeps the records; the first path that leads to a list counts."
            )
            .key("id", .path, \.id, required: true, "Where a record keeps its identifier.")
            .key(
                "name",
                ValueShape<Template>.template.positioned,
                \.name,
                required: true,
                "The identifier of the record, such as ${settings.integration_id}."
            )
            .key("value", .path, \.value, required: true, "The value that changes, such as the time of the last run.")
            .value
    }
}

extension ActionShape.Draft {
    /// The action; `nil` when it lacks something that was reported.
    var description: ActionDescription? {
        guard let start = start?.template else { return nil }
        return ActionDescription(
            start: start,
            id: id,
            busyStatuses: Set(busyStatuses ?? []),
            follow: follow?.description,
            trace: trace?.description,
            firstWait: firstWait ?? .seconds(2),
            longestWait: longestWait ?? .seconds(30),
            patience: patience ?? .seconds(900)
        )
    }
}

extension ActionShape.FollowDraft {
    fileprivate var description: FollowDescription? {
        guard let request = request?.template, let state, let done else { return nil }
        return FollowDescription(
            request: request,
            state: state,
            done: Set(done.map { $0.lowercased() }),
            failed: Set((failed ?? []).map { $0.lowercased() }),
            messages: messages ?? []
        )
    }
}

extension ActionShape.TraceDraft {
    fileprivate var description: TraceDescription? {
        guard let request = request?.template, let id, let name, let value else { return nil }
        return TraceDescription(request: request, records: records ?? [.root], id: id, name: name.value, value: value)
    }
}

// What an action's data alone reveals to be wrong.
extension ServiceChecks {
    func check(_ action: ActionShape.Draft, _ name: Positioned<String>, _ report: inout Report) {
        check(action.start, allowed: [.settings], "a request for work", &report)
        check(action.follow?.request, allowed: [.settings, .action], "a look at work", &report)
        check(action.trace?.request, allowed: [.settings], "a look at what was done", &report)
        if let name = action.trace?.name {
            check(name.value.references, at: name.position, allowed: [.settings], "'name'", &report)
        }
        let isTaken = ((draft.streams ?? []).map(\.name) + (draft.sinks ?? []).map(\.name))
            .contains { $0.value == name.value }
        if isTaken {
            report.error(
                .configInvalidValue,
                at: name.position,
                "'\(name.value)' is the name of a stream or a sink already",
                hint: "give the action a name of its own: it has no records"
            )
        }
        if action.start?.method == .get {
            report.error(
                .configUnsafeService,
                at: action.position,
                "work is not asked for by a GET request, which anything on the way may repeat",
                hint: "give it another method, such as POST"
            )
        }
        if action.follow == nil, action.trace == nil {
            report.error(
                .configMissingKey,
                at: action.position,
                "nothing shows when the work of '\(name.value)' is done",
                hint: "add 'follow' where it has a name, or 'trace' where something changes when it is done"
            )
        }
        if let follow = action.follow {
            if action.id == nil {
                report.error(
                    .configMissingKey,
                    at: action.position,
                    "'follow' needs to know what the work is called",
                    hint: "add 'id', the place in the answer that says it"
                )
            }
            let references = follow.request?.references.flatMap(\.value) ?? []
            if follow.request?.template != nil, !references.contains(where: { $0.scope == .action }) {
                report.error(
                    .configUnsafeService,
                    at: follow.position,
                    "the request does not say which work is looked at",
                    hint: "add ${path(action.id)} to its path"
                )
            }
            let both = Set((follow.done ?? []).map { $0.lowercased() })
                .intersection((follow.failed ?? []).map { $0.lowercased() })
            if let state = both.sorted().first {
                report.error(
                    .configInvalidValue,
                    at: follow.position,
                    "'\(state)' means both that the work is done and that it has failed",
                    hint: "remove it from 'done' or from 'failed'"
                )
            }
        }
    }
}
