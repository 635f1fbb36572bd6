import FerryCore

/// The keys of a service description.
enum ServiceShape {
    struct Draft {
        var position: Position
        var name: Positioned<String>?
        var title: String?
        var settings: [(name: Positioned<String>, value: SettingShape.Draft)]?
        var base: Positioned<Template>?
        var identity: Positioned<Template>?
        var headers: [(name: Positioned<String>, value: Positioned<Template>)]?
        var authentication: AuthenticationDraft?
        var hosts: [(name: Positioned<String>, value: HostDraft)]?
        var errors: ErrorsDraft?
        var limits: LimitsShape.Draft?
        var checks: [CheckDraft]?
        var streams: [(name: Positioned<String>, value: StreamShape.Draft)]?
        var sinks: [(name: Positioned<String>, value: SinkShape.Draft)]?
        var actions: [(name: Positioned<String>, value: ActionShape.Draft)]?
    }

    struct AuthenticationDraft {
        var position: Position
        var header: HeaderDraft?
        var bearer: BearerDraft?
        var basic: BasicDraft?
        var clientCredentials: GrantShape.Draft?
        var refreshToken: GrantShape.Draft?
        var assertion: AssertionShape.Draft?
        var body: BodyDraft?
        var alternates: [Positioned<Template>]?
    }

    struct HeaderDraft {
        var name: Positioned<String>?
        var value: Positioned<Template>?
    }

    struct BearerDraft {
        var token: Positioned<Template>?
    }

    struct BasicDraft {
        var user: Positioned<Template>?
        var password: Positioned<Template>?
    }

    struct BodyDraft {
        var member: String?
        var value: Positioned<Template>?
    }

    struct HostDraft {
        var base: Positioned<Template>?
        var authentication: AuthenticationDraft?
    }

    struct ErrorsDraft {
        var message: [FieldPath]?
        var rules: [Positioned<ErrorRule>]?
    }

    struct CheckDraft {
        var request: RequestShape.Draft?
        var shape: CheckDescription.Shape?
        var goodStatuses: [Int]?
        var listing: ListingDraft?
    }

    struct ListingDraft {
        var records: FieldPath?
        var id: FieldPath?
        var all: Positioned<Template>?
        var refused: [(path: FieldPath, value: String)]?

        /// The listing; `nil` when it lacks something that was reported.
        var description: ListingDescription? {
            guard let records, let id, let all else { return nil }
            return ListingDescription(records: records, id: id, all: all.value, refused: refused ?? [])
        }
    }

    static var shape: MappingShape<Draft> {
        MappingShape { Draft(position: $0) }
            .key(
                "service",
                ValueShape.nonEmptyString.positioned,
                \.name,
                required: true,
                "The name that integrations refer to by 'type'."
            )
            .key("title", .nonEmptyString, \.title, "What people call the service.")
            .key(
                "settings",
                NamedShape(value: SettingShape.shape).shape,
                \.settings,
                "The settings that an integration's 'config' may hold."
            )
            .key(
                "base",
                ValueShape<Template>.template.positioned,
                \.base,
                required: true,
                "The address that all requests begin with."
            )
            .key(
                "identity",
                ValueShape<Template>.template.positioned,
                \.identity,
                "What tells the far end apart from others at that address, such as a project: sync starts anew when it changes."
            )
            .key(
                "headers",
                NamedShape(value: ValueShape<Template>.template.positioned).shape,
                \.headers,
                "Headers of all requests; one whose value is absent is left out."
            )
            .key("auth", authentication, \.authentication, "How requests prove who sends them.")
            .key(
                "hosts",
                NamedShape(value: host).shape,
                \.hosts,
                "Further hosts, by the name that requests choose them by; each has an 'auth' of its own."
            )
            .key("errors", ErrorRuleShape.errors, \.errors, "What error answers mean.")
            .key("limits", LimitsShape.shape, \.limits, "How many requests the service takes.")
            .key(
                "check",
                check.oneOrList,
                \.checks,
                required: true,
                "The call that proves the connection; of several, each is made whose settings are given."
            )
            .key("streams", NamedShape(value: StreamShape.shape).shape, \.streams, "What can be pulled, by resource.")
            .key("sinks", NamedShape(value: SinkShape.shape).shape, \.sinks, "What can be pushed, by resource.")
            .key(
                "actions",
                NamedShape(value: ActionShape.shape).shape,
                \.actions,
                "What the service does by itself when a push asks for it, by resource."
            )
    }

    private static var authentication: ValueShape<AuthenticationDraft> {
        let template = ValueShape<Template>.template.positioned
        let header = MappingShape { _ in HeaderDraft() }
            .key("name", ValueShape.nonEmptyString.positioned, \.name, required: true, "The header's name.")
            .key("value", template, \.value, required: true, "The header's value.")
            .value
        let bearer = MappingShape { _ in BearerDraft() }
            .key("token", template, \.token, required: true, "The token.")
            .value
        let basic = MappingShape { _ in BasicDraft() }
            .key("user", template, \.user, required: true, "The user's name.")
            .key("password", template, \.password, default: "", "The password; default: an empty one.")
            .value
        let body = MappingShape { _ in BodyDraft() }
            .key("member", .nonEmptyString, \.member, required: true, "The member's name.")
            .key("value", template, \.value, required: true, "The member's value.")
            .value
        return MappingShape { AuthenticationDraft(position: $0) }
            .key("header", header, \.header, "A header with a secret value.")
            .key("bearer", bearer, \.bearer, "A bearer token (RFC 6750).")
            .key("basic", basic, \.basic, "A user's name and password (RFC 7617).")
            .key(
                "client_credentials",
                GrantShape.shape(of: .clientCredentials),
                \.clientCredentials,
                "Tokens that are given for a client's identifier and secret (OAuth 2.0, RFC 6749, 4.4)."
            )
            .key(
                "refresh_token",
                GrantShape.shape(of: .refreshToken),
                \.refreshToken,
                "Tokens that are given for a refresh token (OAuth 2.0, RFC 6749, 6)."
            )
            .key(
                "jwt_grant",
                AssertionShape.shape,
                \.assertion,
                "Tokens that are given for claims signed with a private key by RS256 (RFC 7523, 2.1)."
            )
            .key("body", body, \.body, "A member of the JSON object that is each request's body.")
            .key(
                "alternates",
                template.list,
                \.alternates,
                "Further values, each tried once when the one before is refused."
            )
            .value
    }

    private static var host: ValueShape<HostDraft> {
        MappingShape { _ in HostDraft() }
            .key(
                "base",
                ValueShape<Template>.template.positioned,
                \.base,
                required: true,
                "The address that requests to this host begin with."
            )
            .key(
                "auth",
                authentication,
                \.authentication,
                "How requests to this host prove who sends them; default: not at all."
            )
            .value
    }

    private static var check: ValueShape<CheckDraft> {
        MappingShape { _ in CheckDraft() }
            .key("request", RequestShape.shape, \.request, required: true, "The cheapest request that proves it.")
            .key("expect", .choice, \.shape, default: "any", "What the body of a good answer is: array, object or any.")
            .key(
                "answers",
                ValueShape<Int>.integer(100, 599).oneOrList,
                \.goodStatuses,
                "The status codes that are good answers too, such as 400 to a request that is empty on purpose."
            )
            .key("lists", listing, \.listing, "What the answer must list, such as each site of a setting.")
            .value
    }

    private static var listing: ValueShape<ListingDraft> {
        MappingShape { _ in ListingDraft() }
            .key("records", .path, \.records, required: true, "Where the answer has the list.")
            .key("id", .path, \.id, required: true, "Where an element has its name.")
            .key(
                "all",
                ValueShape<Template>.template.positioned,
                \.all,
                required: true,
                "The setting that has the names which must be there."
            )
            .key(
                "refused",
                refused,
                \.refused,
                "Values of an element that make it count as missing, by path; case and '_' do not count."
            )
            .value
    }

    private static var refused: ValueShape<[(path: FieldPath, value: String)]> {
        NamedShape(value: ValueShape.string).shape.map { named, _, report in
            named.compactMap { name, value in
                do throws(FieldPathError) {
                    return (try FieldPath(parsing: name.value), value)
                } catch {
                    report.error(
                        .configInvalidPath,
                        at: name.position,
                        "'\(name.value)' is not a path: \(error.message)",
                        hint: "write it like level or access.level"
                    )
                    return nil
                }
            }
        }
    }
}

/// What error answers mean.
enum ErrorRuleShape {
    struct Draft {
        var statuses: Set<Int>?
        var body: [(name: Positioned<String>, value: JSONValue)]?
        var has: [FieldPath]?
        var text: String?
        var verdict: ErrorRule.Verdict?
    }

    static var errors: ValueShape<ServiceShape.ErrorsDraft> {
        MappingShape { _ in ServiceShape.ErrorsDraft() }
            .key(
                "message",
                ValueShape<FieldPath>.path.oneOrList,
                \.message,
                "Where an error answer keeps its message, first match first."
            )
            .key(
                "rules",
                rule.positioned.list,
                \.rules,
                "What answers mean, first match first; the defaults come after."
            )
            .value
    }

    private static var rule: ValueShape<ErrorRule> {
        MappingShape { _ in Draft() }
            .key("status", statuses, \.statuses, required: true, "A status code, several, or a class such as 5xx.")
            .key(
                "body",
                NamedShape(value: ValueShape<JSONValue>.json).shape,
                \.body,
                "Values that the answer's body must have, by path."
            )
            .key(
                "has",
                ValueShape<FieldPath>.path.oneOrList,
                \.has,
                "Paths at which the answer's body must have something, whatever it is, but null."
            )
            .key("text", .nonEmptyString, \.text, "A text that the answer must hold, whether it is JSON or not.")
            .key("verdict", .choice, \.verdict, required: true, "What it means.")
            .value { draft, report in
                guard let statuses = draft.statuses, let verdict = draft.verdict else { return nil }
                var body: [(path: FieldPath, value: JSONValue)] = []
                for (name, value) in draft.body ?? [] {
                    do throws(FieldPathError) {
                        body.append((try FieldPath(parsing: name.value), value))
                    } catch {
                        report.error(
                            .configInvalidPath,
                            at: name.position,
                            "'\(name.value)' is not a path: \(error.message)",
                            hint: "write it like error.code or errors[0].code"
                        )
                    }
                }
                return ErrorRule(
                    statuses: statuses,
                    body: body,
                    has: draft.has ?? [],
                    text: draft.text,
                    verdict: verdict
                )
            }
    }

    private static var statuses: ValueShape<Set<Int>> {
        let one = ValueShape<Set<Int>>(schema: ["type": ["integer", "string"]]) { node, subject, report in
            let text = node.text ?? ""
            if let code = Int(text), (100...599).contains(code) { return [code] }
            if text.utf8.count == 3, text.lowercased().hasSuffix("xx"), let hundreds = text.first?.wholeNumberValue,
                (1...5).contains(hundreds)
            {
                return Set(hundreds * 100..<hundreds * 100 + 100)
            }
            report.invalid(node, "\(subject) must be a status code", hint: "write it like 404, 5xx or [404, 410]")
            return nil
        }
        return one.oneOrList.map { sets, _, _ in sets.reduce(into: []) { $0.formUnion($1) } }
    }
}
