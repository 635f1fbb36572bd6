import FerryCore

/// What a service description's data alone reveals to be wrong.
struct ServiceChecks {
    let draft: ServiceShape.Draft
    let settings: [SettingDeclaration]

    func run(_ report: inout Report) {
        checkName(&report)
        checkSettings(&report)
        if let base = draft.base {
            check(base.value.references, at: base.position, allowed: [.settings], "the base address", &report)
            checkBase(base, "base", &report)
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
        checkNames(ofHeaders: draft.headers, &report)
        check(draft.authentication, "'auth'", &report)
        HostChecks(draft: draft).run(&report)
        for (_, host) in draft.hosts ?? [] {
            if let base = host.base {
                check(base.value.references, at: base.position, allowed: [.settings], "a host's address", &report)
                checkBase(base, "base", &report)
            }
            check(host.authentication, "'auth'", &report)
        }
        checkRules(&report)
        LimitsChecks(limits: draft.limits, settings: settings).run(&report)
        for check in draft.checks ?? [] {
            self.check(check.request, allowed: [.settings], "the check", &report)
            if let all = check.listing?.all { checkList(all, "all", &report) }
        }
        if (draft.streams ?? []).isEmpty, (draft.sinks ?? []).isEmpty, (draft.actions ?? []).isEmpty {
            report.error(
                .configMissingKey,
                at: draft.position,
                "the service has no resources",
                hint: "add 'streams' (what can be pulled) or 'sinks' (what can be pushed)"
            )
        }
        for (_, stream) in draft.streams ?? [] { check(stream, &report) }
        for (name, sink) in draft.sinks ?? [] { check(sink, name, &report) }
        for (name, action) in draft.actions ?? [] { check(action, name, &report) }
        warnOfUnusedSettings(&report)
    }

    private func checkName(_ report: inout Report) {
        guard let name = draft.name, !DaemonFile.isName(name.value) else { return }
        report.error(
            .configInvalidValue,
            at: name.position,
            "'\(name.value)' cannot be a service's name",
            hint: "use lower-case letters, digits, '_' and '-'; what people call it is its 'title'"
        )
    }

    /// Checks that each rule can decide about something.
    private func checkRules(_ report: inout Report) {
        var decided: Set<Int> = []
        for rule in draft.errors?.rules ?? [] {
            if rule.value.statuses.isSubset(of: decided) {
                report.error(
                    .configUnreachableRule,
                    at: rule.position,
                    "this rule never decides anything: those before it take all its status codes",
                    hint: "rules go from the top, and the first that fits decides: put those with a 'body', 'has' "
                        + "or 'text' first"
                )
            }
            guard rule.value.body.isEmpty, rule.value.has.isEmpty, rule.value.text == nil else { continue }
            decided.formUnion(rule.value.statuses)
        }
    }

    private func check(
        _ authentication: ServiceShape.AuthenticationDraft?,
        _ place: String,
        _ report: inout Report
    ) {
        guard let authentication else { return }
        let templates = authentication.templates
        for template in templates {
            check(
                template.value.references,
                at: template.position,
                allowed: [.settings],
                takesSecrets: true,
                place,
                &report
            )
        }
        for credential in authentication.credentials { checkCredential(credential, &report) }
        let urls = [
            authentication.clientCredentials?.url, authentication.refreshToken?.url, authentication.assertion?.url,
        ]
        for url in urls.compactMap(\.self) { checkBase(url, "token_url", &report) }
        if let name = authentication.header?.name { checkCredentialHeader(name, &report) }
    }

    func check(
        _ request: RequestShape.Draft?,
        allowed: Set<Template.Scope>,
        page: [String] = [],
        part: [String] = [],
        _ place: String,
        _ report: inout Report
    ) {
        LimitsChecks(limits: draft.limits, settings: settings).check(request?.budgets ?? [], &report)
        for references in request?.references ?? [] {
            check(references.value, at: references.position, allowed: allowed, page: page, part: part, place, &report)
        }
        if let path = request?.path { checkPath(path, &report) }
        checkNames(ofHeaders: request?.headers, &report)
    }

    /// Checks that what a template refers to exists where it stands.
    ///
    /// - Parameters:
    ///   - page: what `page` has there.
    ///   - part: what `part` has there.
    func check(
        _ references: TemplateReferences,
        at position: Position,
        allowed: Set<Template.Scope>,
        page: [String] = [],
        part: [String] = [],
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
            let members = scope == .page ? page : scope == .part ? part : members(of: scope)
            guard members.contains(name) else {
                report.error(
                    .configInvalidTemplate,
                    at: position,
                    "'\(scope.rawValue)' has no '\(name)'",
                    hint: Spelling.hint(for: name, in: members, otherwise: "it has")
                )
                continue
            }
            guard path.count == 1 || !isPlain(scope, name) else {
                report.error(
                    .configInvalidTemplate,
                    at: position,
                    "'\(scope.rawValue).\(name)' has nothing below it",
                    hint: "write ${\(scope.rawValue).\(name)}"
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

    /// Whether a value is a text or a number, so that nothing is below it.
    private func isPlain(_ scope: Template.Scope, _ name: String) -> Bool {
        switch scope {
        case .settings: settings.first { $0.name == name }?.type != .json
        case .cursor, .batch, .action, .field, .match, .part, .window: true
        case .page: name != "token" && name != "last"
        case .record: name != "fields"
        }
    }

    private func members(of scope: Template.Scope) -> [String] {
        switch scope {
        case .settings: settings.map(\.name)
        case .page, .part: []
        case .window: ["start", "end", "state"]
        case .cursor: ["value"]
        case .record: ["cleared", "fields", "id", "uuid"]
        case .batch: ["id", "attempt", "time", "made"]
        case .action: ["id"]
        case .field: ["name", "type"]
        case .match: ["field", "value"]
        }
    }
}
