import FerryCore

// What a stream that was read says.
extension StreamShape.Draft {
    /// The stream; `nil` when it lacks something that was reported.
    var description: StreamDescription? {
        guard let identity else { return nil }
        let days = incremental?.days?.description
        let parts = (parts ?? []).map { (name: $0.name.value, values: $0.value.value) }
        let form = form(of: identity.value, isMade: !parts.isEmpty || days != nil)
        guard let id = form == nil ? id : FieldPath(segments: [.name(RecordForm.identifier)]) else { return nil }
        return StreamDescription(
            request: request?.template,
            unlistedReason: unlisted?.value,
            records: records ?? [.root],
            rows: rows.flatMap { rows in
                rows.columns.map { RowsDescription(columns: $0, jsonColumns: Set(rows.jsonColumns ?? [])) }
            },
            mayOmitRecords: mayOmitRecords ?? false,
            form: form,
            parts: parts,
            days: days,
            id: id,
            root: root ?? .root,
            match: match?.value,
            pagination: pagination?.pagination ?? .none,
            total: pagination?.total,
            estimate: pagination?.estimate,
            whole: whole?.description,
            cursor: incremental?.cursor?.description,
            find: find?.template,
            get: get?.template,
            scansBeforeDelete: deletes?.scans?.value,
            tombstone: deletes?.field,
            sweep: deletes?.sweep?.description
        )
    }
}

extension StreamShape.WholeDraft {
    /// The way; `nil` when it lacks something that was reported.
    fileprivate var description: WholeDescription? {
        guard let request = request?.template, let error else { return nil }
        return WholeDescription(
            conditions: (conditions ?? []).map { ($0.name.value, $0.value) },
            request: request,
            error: error,
            pagination: pagination?.pagination ?? .none,
            skippedPrefixes: skippedPrefixes ?? []
        )
    }
}

extension StreamShape.Draft {
    /// What records have besides their own; `nil` where they are taken as they come.
    ///
    /// - Parameter isMade: whether the identifier is made in any case.
    fileprivate func form(of identity: StreamShape.IdentityDraft, isMade: Bool) -> RecordForm? {
        let zipped = (zipped ?? []).compactMap { name, names in
            (try? FieldPath(parsing: name.value)).map { (path: $0, names: names.value) }
        }.first
        let added = (added ?? []).map { (name: $0.name.value, value: $0.value.value) }
        switch identity {
        case .path(let path):
            guard isMade || zipped != nil || !added.isEmpty else { return nil }
            return RecordForm(zipped: zipped, added: added, identity: .fields([path]))
        case .fields(let fields): return RecordForm(zipped: zipped, added: added, identity: .fields(fields))
        case .named(let names): return RecordForm(zipped: zipped, added: added, identity: .named(names))
        }
    }
}

extension StreamShape.CursorDraft {
    /// The cursor; `nil` when it lacks something that was reported.
    fileprivate var description: CursorDescription? {
        field.map { field in
            CursorDescription(
                field: field.value,
                type: type ?? .timestamp,
                isOrdered: isOrdered ?? false,
                start: start?.value,
                lookback: lookback?.value ?? .zero
            )
        }
    }
}

extension StreamShape.SweepDraft {
    /// The sweep; `nil` when it lacks something that was reported.
    fileprivate var description: SweepDescription? {
        guard let request = request?.template, let id else { return nil }
        return SweepDescription(
            request: request,
            records: records ?? [.root],
            id: id,
            pagination: pagination?.pagination ?? .none,
            total: pagination?.total,
            interval: interval ?? .seconds(86_400)
        )
    }
}
