import FerryCore

// What a sink that was read says.
extension SinkShape.FieldsDraft {
    /// The way to make fields; `nil` when it lacks something that was reported.
    var description: FieldsDescription? {
        guard let list = list?.template, let create = create?.template, let name else { return nil }
        return FieldsDescription(
            list: list,
            records: records ?? [.root],
            name: name,
            create: create,
            exceptions: Set(exceptions ?? []),
            condition: condition?.value
        )
    }
}

extension SinkShape.WriteDraft {
    /// The operation; `nil` when it lacks something that was reported.
    var description: WriteDescription? {
        guard let request = request?.template, let isRepeatable else { return nil }
        return WriteDescription(
            request: request,
            isRepeatable: isRepeatable,
            isPartial: isPartial ?? false,
            findAfterUnknown: (afterUnknown?.find ?? afterUnknown?.scan)?.value,
            settlesWithin: afterUnknown?.settle ?? .seconds(2),
            maximumRecords: batch?.maximum?.value ?? Template(literal: "1"),
            maximumBytes: batch?.bytes ?? 1_000_000,
            isList: batch != nil,
            into: batch?.into?.value ?? .root,
            items: items.map(\.value),
            envelope: batch == nil ? nil : request.body,
            moved: paths(moved) { $0 },
            added: paths(added) { $0.value },
            fieldRules: paths(fields) { $0 }.map { path, field in
                FieldRule(
                    path: path,
                    isRequired: field.isRequired ?? false,
                    maximumLength: field.maximumLength,
                    refused: Set((field.refused ?? []).map { $0.lowercased() }),
                    isTime: field.type == .timestamp
                )
            },
            sendsNull: sendsNull ?? true,
            result: result.flatMap { draft in
                draft.id.map {
                    ResultDescription(
                        records: draft.records ?? [.root],
                        id: $0,
                        matchRoot: draft.match ?? .root,
                        isNew: draft.isNew ?? false
                    )
                }
            },
            verdicts: verdicts.flatMap { draft in
                draft.verdict.map {
                    VerdictsDescription(
                        place: draft.place ?? .root,
                        verdict: $0,
                        reasons: draft.reasons ?? [],
                        refused: Set(draft.refused ?? []),
                        again: Set(draft.again ?? [])
                    )
                }
            },
            goneStatuses: Set(goneStatuses ?? []),
            repeatedStatuses: Set(repeatedStatuses?.value ?? [])
        )
    }

    /// The values by path; what is no path was reported.
    private func paths<Value, Result>(
        _ named: [(name: Positioned<String>, value: Value)]?,
        _ convert: (Value) -> Result
    ) -> [(FieldPath, Result)] {
        (named ?? []).compactMap { name, value in
            (try? FieldPath(parsing: name.value)).map { ($0, convert(value)) }
        }
    }
}
