import FerryCore

/// What a service description says of the service's limits.
enum LimitsShape {
    struct Draft {
        var budgets: [BudgetDraft]?
        var headers: HeadersDraft?
        var waits: [Duration]?
    }

    struct BudgetDraft {
        var position: Position
        var name: Positioned<String>?
        var period: Duration?
        var requests: Positioned<Template>?
        var burst: Positioned<Template>?
        var inFlight: Positioned<Template>?

        /// The templates with the keys they stand at.
        var counts: [(key: String, template: Positioned<Template>)] {
            [("requests", requests), ("burst", burst), ("in_flight", inFlight)].compactMap { key, template in
                template.map { (key, $0) }
            }
        }
    }

    struct HeadersDraft {
        var remaining: String?
        var limit: String?
        var reset: ResetDraft?
    }

    struct ResetDraft {
        var name: String?
        var form: LimitHeaders.ResetForm?
    }

    static var shape: ValueShape<Draft> {
        MappingShape { _ in Draft() }
            .key(
                "budgets",
                budget.list,
                \.budgets,
                "How many requests an account may make: all integrations with the same host and key draw from them."
            )
            .key(
                "headers",
                headers,
                \.headers,
                "The headers that tell how many requests are left; the usual ones are understood without this."
            )
            .key(
                "waits",
                period.oneOrList,
                \.waits,
                "How long to wait after each refusal in a row that does not say how long; after the last the job ends."
            )
            .value
    }

    private static var budget: ValueShape<BudgetDraft> {
        let count = ValueShape<Template>.template.positioned
        return MappingShape { BudgetDraft(position: $0) }
            .key(
                "name",
                ValueShape.nonEmptyString.positioned,
                \.name,
                "Makes it count only the requests that name it in their 'budgets'; without a name it counts all."
            )
            .key("per", period, \.period, required: true, "The length of the window: 1s, 1m, 1h, 1d or any other span.")
            .key(
                "requests",
                count,
                \.requests,
                required: true,
                "The most requests in any window of that length; a setting that is 0 stands for no limit."
            )
            .key("burst", count, \.burst, "The most requests at once, the rest following evenly; default: all of them.")
            .key("in_flight", count, \.inFlight, "The most requests that wait for their answers at the same time.")
            .value
    }

    private static var period: ValueShape<Duration> {
        ValueShape<Duration>.timeSpan.checked { span, subject in
            guard span < .milliseconds(1) || span > .seconds(31 * 86_400) else { return nil }
            return ("\(subject) must be between 1ms and 31d", nil)
        }
    }

    private static var headers: ValueShape<HeadersDraft> {
        let reset = MappingShape { _ in ResetDraft() }
            .key("name", .nonEmptyString, \.name, required: true, "The header's name.")
            .key(
                "as",
                .choice,
                \.form,
                required: true,
                "How it is written: seconds from now, Unix time in seconds (epoch) or milliseconds, or a date."
            )
            .value
        return MappingShape { _ in HeadersDraft() }
            .key(
                "remaining",
                .nonEmptyString,
                \.remaining,
                required: true,
                "The header with the number of requests that are left."
            )
            .key(
                "limit",
                .nonEmptyString,
                \.limit,
                "The header with the limit itself, whose 0 says that there is none."
            )
            .key("reset", reset, \.reset, required: true, "The header that tells when the count begins anew.")
            .value
    }
}

extension LimitsShape.Draft {
    /// The limits, as far as they are right.
    var description: LimitsDescription {
        LimitsDescription(
            budgets: (budgets ?? []).compactMap { draft in
                guard let period = draft.period, let requests = draft.requests else { return nil }
                return BudgetDescription(
                    name: draft.name?.value ?? "",
                    period: period,
                    requests: requests.value,
                    burst: draft.burst?.value,
                    inFlight: draft.inFlight?.value
                )
            },
            headers: headers.flatMap { draft in
                guard let remaining = draft.remaining, let reset = draft.reset, let name = reset.name,
                    let form = reset.form
                else { return nil }
                return LimitHeaders(remaining: remaining, limit: draft.limit, reset: name, resetForm: form)
            },
            waits: waits ?? []
        )
    }
}

/// What the limits' data alone reveals to be wrong.
struct LimitsChecks {
    let limits: LimitsShape.Draft?
    let settings: [SettingDeclaration]

    func run(_ report: inout Report) {
        var seen: Set<Key> = []
        for budget in limits?.budgets ?? [] {
            for (key, template) in budget.counts { check(template, key, &report) }
            guard let period = budget.period else { continue }
            guard !seen.insert(Key(name: budget.name?.value, period: period)).inserted else { continue }
            report.error(
                .configInvalidValue,
                at: budget.position,
                "there is another budget with this span" + (budget.name.map { " named '\($0.value)'" } ?? ""),
                hint: "the smaller of the two is what counts: remove the other"
            )
        }
    }

    /// Checks that the budgets which a request names are there.
    func check(_ names: [Positioned<String>], _ report: inout Report) {
        let known = (limits?.budgets ?? []).compactMap { $0.name?.value }
        for name in names where !known.contains(name.value) {
            report.error(
                .configInvalidValue,
                at: name.position,
                "there is no budget '\(name.value)'",
                hint: known.isEmpty
                    ? "declare it under 'limits', 'budgets'"
                    : Spelling.hint(for: name.value, in: known, otherwise: "the budgets are")
            )
        }
    }

    private struct Key: Hashable {
        var name: String?
        var period: Duration
    }

    /// A number, or one setting that is a number.
    private func check(_ count: Positioned<Template>, _ key: String, _ report: inout Report) {
        switch count.value.soleExpression {
        case .reference(.settings, let path)?:
            let setting = settings.first { [$0.name] == path }
            guard setting?.type != .integer else { return }
            report.error(
                .configInvalidTemplate,
                at: count.position,
                "'\(key)' refers to '\(path.joined(separator: "."))', which is no setting of type integer",
                hint: setting == nil ? "declare it under 'settings'" : "give it 'type: integer'"
            )
        default:
            if case .literal(let text)? = count.value.pieces.first, count.value.pieces.count == 1,
                let number = Int(text), number > 0
            {
                return
            }
            report.error(
                .configInvalidValue,
                at: count.position,
                "'\(key)' must be a whole number greater than 0",
                hint: "write it like 60, or ${settings.requests_per_minute}"
            )
        }
    }
}
