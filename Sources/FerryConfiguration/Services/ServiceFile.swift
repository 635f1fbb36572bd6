import FerryCore

/// A service description from its file, and what its data alone reveals.
enum ServiceFile {
    /// The description; `nil` when it is wrong, with the name it would have had.
    static func decode(
        _ node: YAMLNode?,
        into report: inout Report
    ) -> (name: Positioned<String>?, description: ServiceDescription?) {
        guard let node else {
            if !report.hasErrors { report.error(.configMissingKey, at: .start, "the file is empty") }
            return (nil, nil)
        }
        guard let draft = ServiceShape.shape.decode(node, "the file", &report) else { return (nil, nil) }
        let settings = (draft.settings ?? []).map { SettingShape.declaration($0.name, $0.value, &report) }
        let authentication = draft.authentication?.checked(&report) ?? .none
        var hosts: [String: HostDescription] = [:]
        for (name, host) in draft.hosts ?? [] {
            let authentication = host.authentication?.checked(&report) ?? .none
            guard let base = host.base else { continue }
            hosts[name.value] = HostDescription(base: base.value, authentication: authentication)
        }
        ServiceChecks(draft: draft, settings: settings).run(&report)
        guard !report.hasErrors, let name = draft.name, let base = draft.base, let checks = draft.checks
        else { return (draft.name, nil) }
        var streams: [String: StreamDescription] = [:]
        for (name, stream) in draft.streams ?? [] { streams[name.value] = stream.description }
        var sinks: [String: SinkDescription] = [:]
        for (name, sink) in draft.sinks ?? [] {
            var operations: [WriteOperation: WriteDescription] = [:]
            for (operation, write) in sink.operations { operations[operation] = write.description }
            sinks[name.value] = SinkDescription(
                match: sink.match?.value,
                isIdentifiedByMatch: sink.upsert != nil,
                identifier: sink.identifier?.value,
                operations: operations,
                fields: sink.fields?.description
            )
        }
        var actions: [String: ActionDescription] = [:]
        for (name, action) in draft.actions ?? [] { actions[name.value] = action.description }
        let description = ServiceDescription(
            name: name.value,
            title: draft.title ?? name.value,
            settings: settings,
            base: base.value,
            identity: draft.identity?.value,
            headers: (draft.headers ?? []).map { ($0.name.value, $0.value.value) },
            authentication: authentication,
            hosts: hosts,
            messagePaths: draft.errors?.message ?? [],
            errorRules: (draft.errors?.rules ?? []).map(\.value),
            checks: checks.compactMap { check in
                guard let request = check.request?.template else { return nil }
                return CheckDescription(
                    request: request,
                    shape: check.shape ?? .any,
                    goodStatuses: Set(check.goodStatuses ?? []),
                    listing: check.listing?.description
                )
            },
            streams: streams,
            sinks: sinks,
            actions: actions,
            limits: draft.limits?.description ?? LimitsDescription()
        )
        return (name, description)
    }
}
