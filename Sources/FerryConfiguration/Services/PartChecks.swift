import FerryCore

/// What is wrong with a stream that is read part by part or day by day, or whose records are given a form.
struct PartChecks {
    let checks: ServiceChecks
    let stream: StreamShape.Draft

    /// What `part` has in the stream's requests.
    var names: [String] { (stream.parts ?? []).map(\.name.value) }

    /// What the stream's requests can refer to because of its parts and days.
    var scopes: Set<Template.Scope> {
        var scopes: Set<Template.Scope> = names.isEmpty ? [] : [.part]
        if stream.incremental?.days != nil { scopes.insert(.window) }
        return scopes
    }

    func run(_ report: inout Report) {
        for (name, list) in stream.parts ?? [] { checks.checkList(list, name.value, &report) }
        for (name, names) in stream.zipped ?? [] {
            checks.checkList(names, name.value, &report)
            do throws(FieldPathError) {
                _ = try FieldPath(parsing: name.value)
            } catch {
                report.error(
                    .configInvalidPath,
                    at: name.position,
                    "'\(name.value)' is not a path: \(error.message)",
                    hint: "write it like keys or data.keys"
                )
            }
        }
        if let second = (stream.zipped ?? []).dropFirst().first {
            report.error(
                .configInvalidValue,
                at: second.name.position,
                "'zip' is of one list",
                hint: "remove the others"
            )
        }
        if let identity = stream.identity, case .named(let names) = identity.value {
            checks.checkList(Positioned(value: names, position: identity.position), "id", &report)
        }
        for (_, value) in stream.added ?? [] {
            checks.check(
                value.value.references,
                at: value.position,
                allowed: scopes.union([.settings]),
                part: names,
                "'add'",
                &report
            )
        }
        checkUse(&report)
        checkOthers(&report)
        if let days = stream.incremental?.days, !days.isUnreadable { check(days, &report) }
    }

    /// Checks that the request says which part and which day it is for.
    private func checkUse(_ report: inout Report) {
        guard let request = stream.request, !request.isUnreadable else { return }
        let used = request.references.flatMap(\.value)
        // What is not there was reported, and may be what was meant.
        guard used.allSatisfy({ $0.scope != .part || names.contains($0.path.first ?? "") }) else { return }
        for (name, _) in stream.parts ?? []
        where !used.contains(where: { $0.scope == .part && $0.path.first == name.value }) {
            report.error(
                .configUnsafeService,
                at: name.position,
                "the request does not use '${part.\(name.value)}': all parts would be the same",
                hint: "add it to the request's 'path' (as ${path(part.\(name.value))}), 'query' or 'body'"
            )
        }
        guard let days = stream.incremental?.days, !days.isUnreadable,
            !used.contains(where: { $0.scope == .window && $0.path.first == "start" })
        else { return }
        report.error(
            .configUnsafeService,
            at: days.position,
            "the request does not use '${window.start}': all days would be the same",
            hint: "add it to the request's 'query' or 'body', and ${window.end} where the service wants an end"
        )
    }

    /// Checks that nothing looks for records by the service's own identifiers: parts and days are among Ferry's.
    private func checkOthers(_ report: inout Report) {
        let isMade = !names.isEmpty || stream.incremental?.days != nil || (stream.identity != nil && stream.id == nil)
        guard isMade else { return }
        var others: [String] = []
        if stream.find != nil { others.append("find") }
        if stream.get != nil { others.append("get") }
        if stream.deletes?.sweep != nil { others.append("sweep") }
        if stream.incremental?.cursor != nil, !names.isEmpty { others.append("cursor") }
        for other in others {
            report.error(
                .configUnsafeService,
                at: stream.position,
                "'\(other)' does not go with 'parts', 'days' or an identifier of several fields",
                hint: "remove '\(other)'; what is gone is seen by 'scans', or with each day"
            )
        }
    }

    private func check(_ days: DaysShape.Draft, _ report: inout Report) {
        if let start = days.start {
            checks.check(start.value.references, at: start.position, allowed: [.settings], "'start'", &report)
        }
        if let provisional = days.readsProvisional {
            checks.check(
                provisional.value.references,
                at: provisional.position,
                allowed: [.settings],
                "'provisional'",
                &report
            )
        }
        checks.check(
            days.probe?.request,
            allowed: scopes.union([.settings]),
            part: names,
            "a probe's request",
            &report
        )
        if days.start == nil, days.history == nil {
            report.error(
                .configMissingKey,
                at: days.position,
                "'days' does not say which is the first",
                hint: "add 'start', 'history' or both"
            )
        }
        if let states = days.states, states.value.count != 2 {
            report.error(
                .configInvalidValue,
                at: states.position,
                "'states' are two: that of final days, and that of days that are not",
                hint: "write it like [final, all]"
            )
        }
        if let scans = stream.deletes?.scans {
            report.error(
                .configUnsafeService,
                at: scans.position,
                "'scans' does not go with 'days': a pull reads some days only, each as a whole",
                hint: "remove 'deletes': what is gone is seen with each day"
            )
        }
    }
}
