import FerryCore

/// What a service description's data alone reveals to be wrong.
struct ServiceChecks {
    let draft: ServiceShape.Draft
    let settings: [SettingDeclaration]

    func run(_ report: inout Report) {
        if let base = draft.base {
            check(base.value.references, at: base.position, allowed: [.settings], "the base address", &report)
        }
        if let identity = draft.identity {
            check(identity.value.references, at: identity.position, allowed: [.settings], "'identity'", &report)
        }
        for header in draft.headers ?? [] {
            check(
                header.value.value.references,
                at: header.value.position,
                allowed: [.settings],
                "a header of all requests",
                &report
            )
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
