import FerryCore

// What a stream's data alone reveals to be wrong.
extension ServiceChecks {
    func check(_ stream: StreamShape.Draft, _ report: inout Report) {
        checkListing(stream, &report)
        let page = stream.pagination?.pageMembers ?? []
        let paged: Set<Template.Scope> = page.isEmpty ? [.settings] : [.settings, .page]
        let cursor = stream.incremental?.cursor
        let parts = PartChecks(checks: self, stream: stream)
        check(
            stream.request,
            allowed: paged.union(cursor == nil ? [] : [.cursor]).union(parts.scopes),
            page: page,
            part: parts.names,
            "a stream's request",
            &report
        )
        parts.run(&report)
        check(stream.find, allowed: paged.union([.match]), page: page, "'find'", &report)
        check(stream.get, allowed: [.settings, .match], "'get'", &report)
        if let match = stream.match {
            check(match.value.references, at: match.position, allowed: [.settings], "this place", &report)
        }
        if let pagination = stream.pagination, stream.request != nil || stream.unlisted != nil {
            check(
                pagination,
                request: stream.request ?? stream.find,
                id: stream.id,
                cursor: cursor?.field?.value,
                &report
            )
        }
        if let whole = stream.whole { check(whole, of: stream, &report) }
        if let cursor, !cursor.isUnreadable { check(cursor, of: stream, &report) }
        checkUse(ofMatchIn: stream.find, "find", &report)
        checkUse(ofMatchIn: stream.get, "get", &report)
        if let sweep = stream.deletes?.sweep { check(sweep, &report) }
    }

    private func check(_ sweep: StreamShape.SweepDraft, _ report: inout Report) {
        let page = sweep.pagination?.pageMembers ?? []
        check(
            sweep.request,
            allowed: page.isEmpty ? [.settings] : [.settings, .page],
            page: page,
            "a sweep's request",
            &report
        )
        guard let pagination = sweep.pagination else { return }
        check(pagination, request: sweep.request, id: sweep.id, cursor: nil, &report)
    }

    private func check(_ whole: StreamShape.WholeDraft, of stream: StreamShape.Draft, _ report: inout Report) {
        let page = whole.pagination?.pageMembers ?? []
        check(
            whole.request,
            allowed: page.isEmpty ? [.settings] : [.settings, .page],
            page: page,
            "the request for everything",
            &report
        )
        for (name, _) in whole.conditions ?? [] where !settings.contains(where: { $0.name == name.value }) {
            report.error(
                .configUnknownKey,
                at: name.position,
                "there is no setting '\(name.value)'",
                hint: Spelling.hint(for: name.value, in: settings.map(\.name), otherwise: "the settings are")
            )
        }
        if stream.incremental == nil {
            report.error(
                .configInvalidValue,
                at: whole.position,
                "'whole' is for streams that read only what has changed afterwards",
                hint: "add 'incremental', or write what is in 'whole' as the stream itself"
            )
        }
        guard let pagination = whole.pagination else { return }
        if pagination.token?.from == nil {
            report.error(
                .configInvalidValue,
                at: pagination.position,
                "answers with a document a line follow each other by a token in one of them, and in no other way",
                hint: "write 'token: { from: PATH }', or leave 'paginate' out"
            )
            return
        }
        check(pagination, request: whole.request, id: stream.id, cursor: nil, &report)
    }

    /// Checks that a stream either lists its records or says why not, and finds them then.
    private func checkListing(_ stream: StreamShape.Draft, _ report: inout Report) {
        guard let unlisted = stream.unlisted else {
            guard stream.request == nil else { return }
            report.error(
                .configMissingKey,
                at: stream.position,
                "'request' is missing",
                hint: "add the request for a page; or say in 'unlisted' why there is none"
            )
            return
        }
        if stream.request != nil || stream.incremental != nil || stream.deletes != nil || stream.whole != nil {
            report.error(
                .configInvalidValue,
                at: unlisted.position,
                "an 'unlisted' stream has no 'request', 'whole', 'incremental' or 'deletes'",
                hint: "remove them, or 'unlisted'"
            )
        } else if stream.find == nil {
            report.error(
                .configMissingKey,
                at: unlisted.position,
                "an 'unlisted' stream is of use only where its records can be found",
                hint: "add 'find', or remove the stream"
            )
        }
    }

    // MARK: Pages

    private func check(
        _ pagination: PaginationShape.Draft,
        request: RequestShape.Draft?,
        id: FieldPath?,
        cursor: FieldPath?,
        _ report: inout Report
    ) {
        let sizes = [pagination.offset?.size, pagination.page?.size, pagination.keyset?.size].compactMap(\.self)
        for size in sizes { checkCount(size, "size", example: "100, or ${settings.page_size}", &report) }
        let used = (request?.references ?? []).flatMap(\.value).filter { $0.scope == .page }
        // What is not there was reported, and may be what was meant.
        guard request?.isUnreadable != true, used.allSatisfy({ pagination.pageMembers.contains($0.path.first ?? "") })
        else { return }
        if let keyset = pagination.keyset {
            check(keyset, request: request, id: id, cursor: cursor, &report)
        } else if let needed = pagination.neededMember, !used.contains(where: { $0.path.first == needed }) {
            report.error(
                .configUnsafeService,
                at: pagination.position,
                "the request does not use '${page.\(needed)}': every page would be the first",
                hint: "add it to the request's 'path', 'query' or 'body'"
            )
        } else if let size = pagination.page?.size, !used.contains(where: { $0.path.first == "size" }) {
            report.error(
                .configUnsafeService,
                at: size.position,
                "the pages have a 'size', but the request does not send '${page.size}': records would be lost between "
                    + "pages of other sizes",
                hint: "add it to the request's 'query' or 'body', or leave 'size' out where the service fixes it"
            )
        }
    }

    private func check(
        _ keyset: PaginationShape.KeysetDraft,
        request: RequestShape.Draft?,
        id: FieldPath?,
        cursor: FieldPath?,
        _ report: inout Report
    ) {
        guard let order = keyset.order, let last = order.last, let id else { return }
        if last.value != id {
            report.error(
                .configUnsafeService,
                at: last.position,
                "the order ends with '\(last.value)', which several records may have alike: those at the end of a page "
                    + "would hide others",
                hint: "end it with the identifier, '\(id)', and send '${page.last.\(id)}' as well"
            )
        }
        let names = order.map(\.value.description)
        checkUse(of: order, request: request, keyset, &report)
        for (name, value) in keyset.start ?? [] {
            check(value.value.references, at: value.position, allowed: [.settings], "'start'", &report)
            guard !names.contains(name.value) else { continue }
            report.error(
                .configUnknownKey,
                at: name.position,
                "'\(name.value)' is not a field of the order",
                hint: Spelling.hint(for: name.value, in: names, otherwise: "the order has")
            )
        }
        guard order.first?.value == cursor, keyset.bound == .open else { return }
        for name in names.dropFirst() where !(keyset.start ?? []).contains(where: { $0.name.value == name }) {
            report.error(
                .configUnsafeService,
                at: keyset.position,
                "a pull that begins at the cursor needs a 'start' for '\(name)': the first page is to have all records "
                    + "at the cursor's value",
                hint: "add 'start: { \(name): … }' with a value that is lower than all others"
            )
        }
    }

    /// Checks that the request sends what the pages are ordered by, and nothing else.
    private func checkUse(
        of order: [Positioned<FieldPath>],
        request: RequestShape.Draft?,
        _ keyset: PaginationShape.KeysetDraft,
        _ report: inout Report
    ) {
        let names = order.map(\.value.description)
        var used: Set<String> = []
        for references in request?.references ?? [] {
            for (scope, path) in references.value where scope == .page && path.first == "last" {
                let field = path.dropFirst().joined(separator: ".")
                used.insert(field)
                guard !names.contains(field) else { continue }
                report.error(
                    .configInvalidTemplate,
                    at: references.position,
                    field.isEmpty
                        ? "'page.last' needs a field after it" : "'page.last' has no '\(field)'",
                    hint: Spelling.hint(for: field, in: names, otherwise: "it has what the pages are ordered by")
                )
            }
        }
        guard used.isSubset(of: names) else { return }
        for field in order where !used.contains(field.value.description) {
            report.error(
                .configUnsafeService,
                at: field.position,
                "the pages are ordered by '\(field.value)', but the request does not say after which value to begin",
                hint: "add '${page.last.\(field.value)}' to the request's 'query' or 'body'"
            )
        }
    }

    /// Checks that a request which looks for one record says for which.
    private func checkUse(ofMatchIn request: RequestShape.Draft?, _ key: String, _ report: inout Report) {
        guard let request, let path = request.path, !request.isUnreadable else { return }
        let used = request.references.flatMap(\.value)
        guard !used.contains(where: { $0.scope == .match }) else { return }
        report.error(
            .configUnsafeService,
            at: path.position,
            "'\(key)' does not use '${match.value}': it would ask for the same whatever is looked for",
            hint: "add it to the request's 'path' (as ${path(match.value)}), 'query' or 'body'"
        )
    }

    // MARK: Changes

    private func check(_ cursor: StreamShape.CursorDraft, of stream: StreamShape.Draft, _ report: inout Report) {
        if let field = cursor.field, field.value == .root {
            report.error(
                .configInvalidPath,
                at: field.position,
                "a cursor is a field of the record, not the record itself",
                hint: "write the path of the field that says when a record changed, such as updated_at"
            )
        }
        guard stream.request?.isUnreadable != true else { return }
        if let start = cursor.start {
            check(start.value.references, at: start.position, allowed: [.settings], "'start'", &report)
            if let scans = stream.deletes?.scans, !start.value.references.isEmpty {
                report.error(
                    .configUnsafeService,
                    at: scans.position,
                    "'scans' cannot tell what is deleted where a setting says from when on records are read",
                    hint: "use 'field' or 'sweep' instead, or a 'start' that is the same for everybody"
                )
            }
        }
        if let lookback = cursor.lookback, lookback.value > .zero, cursor.type?.isTime == false {
            report.error(
                .configInvalidValue,
                at: lookback.position,
                "'lookback' goes with times only",
                hint: "set 'type' to timestamp, unix_s or unix_ms, or leave 'lookback' out"
            )
        }
        let isUsed = (stream.request?.references ?? []).flatMap(\.value).contains { $0.scope == .cursor }
        let isPaged = stream.pagination?.keyset?.order?.first?.value == cursor.field?.value
        guard !isUsed, !isPaged else { return }
        report.error(
            .configUnsafeService,
            at: cursor.position,
            "the request does not use '${cursor.value}': every pull would read everything",
            hint: "add it to the request's 'query' or 'body', or leave 'incremental' out"
        )
    }
}

extension PaginationShape.Draft {
    /// What `page` has in a request.
    var pageMembers: [String] {
        if offset != nil { return ["offset", "size"] }
        if let page { return page.size == nil ? ["number"] : ["number", "size"] }
        if token != nil { return ["token"] }
        if keyset != nil { return ["last", "size"] }
        return []
    }

    /// What a request must send, so that not every page is the first.
    fileprivate var neededMember: String? {
        if offset != nil { return "offset" }
        if page != nil { return "number" }
        return token == nil ? nil : "token"
    }
}
