import FerryCore

/// What is wrong with a description's hosts and the requests that choose them.
struct HostChecks {
    let draft: ServiceShape.Draft

    func run(_ report: inout Report) {
        for check in draft.checks ?? [] { self.check(check.request, isList: false, &report) }
        for (_, stream) in draft.streams ?? [] {
            for request in [
                stream.request, stream.find, stream.get, stream.deletes?.sweep?.request,
                stream.incremental?.days?.probe?.request,
            ] {
                check(request, isList: false, &report)
            }
        }
        for (_, action) in draft.actions ?? [] {
            for request in action.requests { check(request, isList: false, &report) }
        }
        for (_, sink) in draft.sinks ?? [] {
            for request in [sink.fields?.list, sink.fields?.create] { check(request, isList: false, &report) }
            for write in [sink.upsert, sink.create, sink.update, sink.delete].compactMap(\.self) {
                check(write.request, isList: write.batch.map { ($0.into?.value ?? .root) == .root } ?? false, &report)
            }
        }
    }

    /// - Parameter isList: whether the body is a list.
    private func check(_ request: RequestShape.Draft?, isList: Bool, _ report: inout Report) {
        guard let request else { return }
        var authentication = draft.authentication
        if let name = request.host {
            let hosts = draft.hosts ?? []
            guard let host = hosts.first(where: { $0.name.value == name.value }) else {
                report.error(
                    .configInvalidValue,
                    at: name.position,
                    "there is no host '\(name.value)'",
                    hint: hosts.isEmpty
                        ? "declare it under 'hosts', or leave 'host' out"
                        : Spelling.hint(for: name.value, in: hosts.map(\.name.value), otherwise: "the hosts are")
                )
                return
            }
            authentication = host.value.authentication
        }
        guard let member = authentication?.body?.member, let path = request.path else { return }
        let isObject: Bool
        switch request.body?.value {
        case .array?, .literal(.array)?, .literal(.string)?, .literal(.number)?, .literal(.bool)?, .literal(.null)?:
            isObject = false
        case .object?, .literal(.object)?, .template?, nil: isObject = true
        }
        guard request.method == .get || isList || !isObject else { return }
        report.error(
            .configUnsafeService,
            at: path.position,
            "the request has no object as its body, in which its host expects '\(member)'",
            hint: isList
                ? "say in 'into' where the list stands in an object"
                : "give it another method, or an object as its body"
        )
    }
}
