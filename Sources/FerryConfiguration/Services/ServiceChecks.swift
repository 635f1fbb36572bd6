import FerryCore

/// What a service description's data alone reveals to be wrong.
struct ServiceChecks {
    let draft: ServiceShape.Draft
    let settings: [SettingDeclaration]

    func run(_ report: inout Report) {
        if let base = draft.base {
            check(base.value.references, at: base.position, allowed: [.settings], "the base address", &report)
        }
        checkAuthentication(&report)
        LimitsChecks(limits: draft.limits, settings: settings).run(&report)
        if let check = draft.check { self.check(check.request, allowed: [.settings], "the check", &report) }
        if (draft.streams ?? []).isEmpty, (draft.sinks ?? []).isEmpty {
            report.error(
                .configMissingKey,
                at: draft.position,
                "the service has no resources",
                hint: "add 'streams' (what can be pulled) or 'sinks' (what can be pushed)"
            )
        }
        for (_, stream) in draft.streams ?? [] { check(stream, &report) }
        for (name, sink) in draft.sinks ?? [] { check(sink, name, &report) }
    }

    private func checkAuthentication(_ report: inout Report) {
        guard let authentication = draft.authentication else { return }
        let templates =
            [authentication.header?.value, authentication.bearer?.token].compactMap(\.self)
            + (authentication.alternates ?? [])
        for template in templates {
            check(
                template.value.references,
                at: template.position,
                allowed: [.settings],
                takesSecrets: true,
                "'auth'",
                &report
            )
        }
    }

    private func check(_ sink: SinkShape.Draft, _ name: Positioned<String>, _ report: inout Report) {
        if sink.operations.isEmpty {
            report.error(
                .configMissingKey,
                at: name.position,
                "sink '\(name.value)' does nothing",
                hint: "add 'create', 'update' or 'delete'"
            )
        }
        if let match = sink.match {
            check(match.value.references, at: match.position, allowed: [.settings], "this place", &report)
        }
        for (operation, write) in sink.operations { check(write, operation, &report) }
    }

    private func check(_ write: SinkShape.WriteDraft, _ operation: WriteOperation, _ report: inout Report) {
        var scopes: Set<Template.Scope> = [.settings, .batch]
        // Where a request carries one record, its address may be the record's.
        if case .literal("1")? = write.batch?.maximum?.value.pieces.first, write.batch?.maximum?.value.pieces.count == 1
        {
            scopes.insert(.record)
        }
        check(write.request, allowed: scopes, "a write of several records", &report)
        if let maximum = write.batch?.maximum {
            check(maximum.value.references, at: maximum.position, allowed: [.settings], "'max'", &report)
        }
        if let item = write.batch?.item {
            check(
                item.value.references,
                at: item.position,
                allowed: [.settings, .record, .batch],
                "'item'",
                &report
            )
        }
        if operation == .create, write.isRepeatable == false, write.afterUnknown == nil {
            report.error(
                .configUnsafeService,
                at: write.position,
                "a 'create' that is not repeatable must say how lost answers are cleared up",
                hint: "add 'after_unknown: { find: STREAM }', a stream with a 'find' request"
            )
        }
        if let find = write.afterUnknown?.find { check(find, &report) }
    }

    private func check(_ find: Positioned<String>, _ report: inout Report) {
        guard let stream = (draft.streams ?? []).first(where: { $0.name.value == find.value }) else {
            report.error(
                .configUnknownResource,
                at: find.position,
                "there is no stream '\(find.value)'",
                hint: Spelling.hint(
                    for: find.value,
                    in: (draft.streams ?? []).map(\.name.value),
                    otherwise: "the streams are"
                )
            )
            return
        }
        guard stream.value.find == nil else { return }
        report.error(
            .configUnsafeService,
            at: find.position,
            "stream '\(find.value)' cannot look records up",
            hint: "add a 'find' request to it, in line \(stream.name.position.line)"
        )
    }

    func check(
        _ request: RequestShape.Draft?,
        allowed: Set<Template.Scope>,
        page: [String] = [],
        _ place: String,
        _ report: inout Report
    ) {
        LimitsChecks(limits: draft.limits, settings: settings).check(request?.budgets ?? [], &report)
        for references in request?.references ?? [] {
            check(references.value, at: references.position, allowed: allowed, page: page, place, &report)
        }
    }

    /// Checks that what a template refers to exists where it stands.
    ///
    /// - Parameter page: what `page` has there.
    func check(
        _ references: TemplateReferences,
        at position: Position,
        allowed: Set<Template.Scope>,
        page: [String] = [],
        takesSecrets: Bool = false,
        _ place: String,
        _ report: inout Report
    ) {
        for (scope, path) in references {
            let name = path.first ?? ""
            guard allowed.contains(scope) else {
                let scopes = Template.Scope.allCases.filter(allowed.contains).map { "'\($0.rawValue)'" }
                report.error(
                    .configInvalidTemplate,
                    at: position,
                    "there is no '\(scope.rawValue)' in \(place)",
                    hint: "what can be used here: \(scopes.joined(separator: ", "))"
                )
                continue
            }
            let members = scope == .page ? page : members(of: scope)
            guard members.contains(name) else {
                report.error(
                    .configInvalidTemplate,
                    at: position,
                    "'\(scope.rawValue)' has no '\(name)'",
                    hint: Spelling.hint(for: name, in: members, otherwise: "it has")
                )
                continue
            }
            guard scope == .settings, !takesSecrets, settings.contains(where: { $0.name == name && $0.isSecret })
            else { continue }
            report.error(
                .configUnsafeService,
                at: position,
                "the secret '\(name)' is used outside 'auth'",
                hint: "send it by 'auth', where redirects, logs and errors cannot leak it"
            )
        }
    }

    private func members(of scope: Template.Scope) -> [String] {
        switch scope {
        case .settings: settings.map(\.name)
        case .page: []
        case .cursor: ["value"]
        case .record: ["fields", "id"]
        case .batch: ["id", "attempt"]
        case .match: ["field", "value"]
        }
    }
}
