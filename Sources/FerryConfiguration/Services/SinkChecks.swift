import FerryCore

// What a sink's data alone reveals to be wrong.
extension ServiceChecks {
    func check(_ sink: SinkShape.Draft, _ name: Positioned<String>, _ report: inout Report) {
        if sink.operations.isEmpty {
            report.error(
                .configMissingKey,
                at: name.position,
                "sink '\(name.value)' does nothing",
                hint: "add 'upsert', 'create', 'update' or 'delete'"
            )
        }
        if let match = sink.match {
            check(match.value.references, at: match.position, allowed: [.settings], "this place", &report)
        }
        if let identifier = sink.identifier { checkIdentifier(identifier, of: sink, &report) }
        if let upsert = sink.upsert { checkUpsert(upsert, of: sink, &report) }
        if let fields = sink.fields { check(fields, &report) }
        let operations = sink.operations.filter { $0.operation != .update || sink.update != nil }
        for (operation, write) in operations {
            check(write, operation, isUpsert: operation == .create && sink.upsert != nil, &report)
        }
    }

    private func check(_ fields: SinkShape.FieldsDraft, _ report: inout Report) {
        check(fields.list, allowed: [.settings], "a list of fields", &report)
        check(fields.create, allowed: [.settings, .field], "a request for a field", &report)
        if let condition = fields.condition {
            check(condition.value.references, at: condition.position, allowed: [.settings], "'when'", &report)
        }
        let references = fields.create?.references.flatMap(\.value) ?? []
        guard fields.create?.template != nil,
            !references.contains(where: { $0.scope == .field && $0.path == ["name"] })
        else { return }
        report.error(
            .configUnsafeService,
            at: fields.position,
            "the request does not say which field is made",
            hint: "add \"${field.name}\" to its body"
        )
    }

    /// Checks that what records are called is theirs alone, and is what they are made under.
    private func checkIdentifier(
        _ identifier: Positioned<Template>,
        of sink: SinkShape.Draft,
        _ report: inout Report
    ) {
        let references = identifier.value.references
        check(references, at: identifier.position, allowed: [.settings, .record], "'identifier'", &report)
        guard references.contains(where: { $0.scope == .record && $0.path == ["uuid"] }),
            !references.contains(where: { $0.scope == .record && $0.path.first != "uuid" })
        else {
            report.error(
                .configUnsafeService,
                at: identifier.position,
                "'identifier' is made of '${record.uuid}', and of nothing else of the record: that alone stays the same",
                hint: "write it like ferry-${record.uuid}"
            )
            return
        }
        if let upsert = sink.upsert {
            report.error(
                .configInvalidValue,
                at: identifier.position,
                "an 'upsert' calls records by their natural key",
                hint: "remove 'identifier'; or write 'create' and 'update' instead of 'upsert', in line "
                    + "\(upsert.position.line)"
            )
        }
        guard let create = sink.create else { return }
        let sent = (create.request?.references ?? []).flatMap(\.value) + create.items.flatMap(\.value.references)
        if !sent.contains(where: { $0.scope == .record && $0.path == ["id"] }) {
            report.error(
                .configUnsafeService,
                at: create.position,
                "'create' does not send '${record.id}', by which the sink's 'identifier' says that records are called",
                hint: "add it to the request, or remove 'identifier'"
            )
        } else if create.isRepeatable == false {
            report.error(
                .configUnsafeService,
                at: create.position,
                "a 'create' under an 'identifier' of Ferry's own is sent again when its answer is lost",
                hint: "set 'repeatable: true', with a request that makes nothing twice"
            )
        }
    }

    private func checkUpsert(_ upsert: SinkShape.WriteDraft, of sink: SinkShape.Draft, _ report: inout Report) {
        if sink.match == nil {
            report.error(
                .configMissingKey,
                at: upsert.position,
                "an 'upsert' needs the natural key by which the service knows its records",
                hint: "add 'match' to the sink"
            )
        }
        guard sink.create != nil || sink.update != nil else { return }
        report.error(
            .configInvalidValue,
            at: upsert.position,
            "an 'upsert' is both 'create' and 'update'",
            hint: "remove these two, or 'upsert'"
        )
    }

    private func check(
        _ write: SinkShape.WriteDraft,
        _ operation: WriteOperation,
        isUpsert: Bool,
        _ report: inout Report
    ) {
        var scopes: Set<Template.Scope> = [.settings, .batch]
        // Where a request carries one record, its address may be the record's.
        if write.carriesOneRecord { scopes.insert(.record) }
        if let batch = write.batch {
            checkEnvelope(write.request?.body, around: batch, &report)
            if let maximum = batch.maximum {
                checkCount(maximum, "max", example: "100, or ${settings.batch_size}", &report)
            }
        }
        var request = write.request
        request?.body = nil
        check(request, allowed: scopes, "a write of several records", &report)
        for references in request?.references ?? [] { checkRecord(references, isBody: false, &report) }
        for item in write.items {
            check(
                item.value.references,
                at: item.position,
                allowed: [.settings, .record, .batch],
                write.batch == nil ? "a sink's 'body'" : "a batch's 'item'",
                &report
            )
            for template in item.value.templates { checkBody(template, at: item.position, &report) }
        }
        checkSafety(of: write, operation, isUpsert: isUpsert, &report)
        checkFields(of: write, &report)
        if operation == .create, !isUpsert, write.isRepeatable == false, write.afterUnknown == nil {
            report.error(
                .configUnsafeService,
                at: write.position,
                "a 'create' that is not repeatable must say how lost answers are cleared up",
                hint: "add 'after_unknown: { find: STREAM }', a stream with a 'find' request"
            )
        }
        if let find = write.afterUnknown?.find { check(find, needsFind: true, &report) }
        if let scan = write.afterUnknown?.scan { check(scan, needsFind: false, &report) }
        if let verdicts = write.verdicts, let description = write.description,
            !description.namesRecords || !description.isRepeatable
        {
            report.error(
                .configUnsafeService,
                at: verdicts.position,
                "verdicts are told by the records' UUIDs, which this operation does not send, or not again",
                hint: "write 'add: { uuid: \"${record.uuid}\" }' and 'repeatable: true'"
            )
        }
        if let repeated = write.repeatedStatuses { check(repeated.position, repeatedBy: write, &report) }
    }

    /// Checks that what stands beside a batch's list is an object, with room for the list.
    private func checkEnvelope(
        _ body: Positioned<JSONTemplate>?,
        around batch: SinkShape.BatchDraft,
        _ report: inout Report
    ) {
        guard let body else { return }
        check(
            body.value.references,
            at: body.position,
            allowed: [.settings, .batch],
            "what stands beside a batch",
            &report
        )
        var names: [String]?
        switch body.value {
        case .object(let members): names = members.map(\.key)
        case .literal(.object(let members)): names = members.map(\.key)
        default: break
        }
        let first = batch.into?.value.segments.first
        guard let names, let first else {
            report.error(
                .configInvalidValue,
                at: body.position,
                "the batch makes the body, unless its list stands in an object",
                hint:
                    "put what is sent for each record into the batch's 'item'; what it stands beside is an object, with "
                    + "the list where 'into' says"
            )
            return
        }
        guard case .name(let name) = first, names.contains(name) else { return }
        report.error(
            .configInvalidValue,
            at: body.position,
            "'\(name)' is where the batch's list stands",
            hint: "remove it from 'body', or say another place in 'into'"
        )
    }

    /// Checks what is moved, added and demanded by field.
    private func checkFields(of write: SinkShape.WriteDraft, _ report: inout Report) {
        let names =
            (write.moved ?? []).map(\.name) + (write.added ?? []).map(\.name) + (write.fields ?? []).map(\.name)
        for name in names {
            do throws(FieldPathError) {
                _ = try FieldPath(parsing: name.value)
            } catch {
                report.error(
                    .configInvalidPath,
                    at: name.position,
                    "'\(name.value)' is not a path: \(error.message)",
                    hint: "write it like address.city or properties['$set']"
                )
            }
        }
        for (_, value) in write.added ?? [] {
            check(
                value.value.references,
                at: value.position,
                allowed: [.settings, .record],
                "what is added to a record",
                &report
            )
            for template in value.value.templates where template.references.contains(where: { $0.scope == .record }) {
                if case .template = value.value, case .reference(.record, ["uuid"])? = template.soleExpression {
                    continue
                }
                report.error(
                    .configInvalidTemplate,
                    at: value.position,
                    "of the record, only its UUID can be added",
                    hint: "write \"${record.uuid}\", with nothing around it; or take values of settings"
                )
            }
        }
    }

    /// Checks that a request which the service is to know again has what it is known by, and is sent again.
    private func check(_ repeated: Position, repeatedBy write: SinkShape.WriteDraft, _ report: inout Report) {
        if !write.carriesOneRecord, write.description?.isNamed == true, write.isRepeatable == true { return }
        if write.description?.isKeyed != true {
            report.error(
                .configUnsafeService,
                at: repeated,
                "the request does not send '${batch.id}': the service could not know it again",
                hint: "add it where the service expects its idempotency key, such as 'headers: "
                    + "{ Idempotency-Key: \"${batch.id}\" }'"
            )
        } else if !write.carriesOneRecord || write.isRepeatable == false {
            report.error(
                .configUnsafeService,
                at: repeated,
                "only a request that is 'repeatable' and carries one record is sent again as it was",
                hint: "set 'repeatable: true', and leave 'batch' out, or '${batch.id}' beside its list"
            )
        }
    }

    /// Checks what a part of the body says of its record.
    private func checkBody(_ template: Template, at position: Position, _ report: inout Report) {
        checkRecord(Positioned(value: template.references, position: position), isBody: true, &report)
        guard template.soleExpression == nil || template.soleExpression?.isCall == true,
            template.references.contains(where: { $0.scope == .record })
        else { return }
        report.error(
            .configInvalidTemplate,
            at: position,
            "what is the record's stands alone in a body",
            hint: "write it like \"${record.fields}\" or \"${record.id}\", with nothing around it"
        )
    }

    /// Checks that a record's fields are taken as a whole, in a body: the mappings say where each of them goes.
    private func checkRecord(
        _ references: Positioned<TemplateReferences>,
        isBody: Bool,
        _ report: inout Report
    ) {
        if references.value.contains(where: { $0.scope == .record && $0.path.first == "uuid" }) {
            report.error(
                .configInvalidTemplate,
                at: references.position,
                "a record's UUID goes where its fields go",
                hint: "write 'add: { uuid: \"${record.uuid}\" }' under the operation"
            )
        }
        if !isBody, references.value.contains(where: { $0.scope == .record && $0.path.first == "cleared" }) {
            report.error(
                .configInvalidTemplate,
                at: references.position,
                "'record.cleared' can stand in a body only",
                hint: "here, 'record.id' can be used"
            )
        }
        for (scope, path) in references.value where scope == .record && path.first == "fields" {
            guard path.count > 1 || !isBody else { continue }
            report.error(
                .configInvalidTemplate,
                at: references.position,
                isBody
                    ? "'\((["record"] + path).joined(separator: "."))' takes one field out of the record"
                    : "'record.fields' can stand in a body only",
                hint: isBody
                    ? "write \"${record.fields}\": the mappings' targets say where each field goes"
                    : "here, 'record.id' can be used"
            )
        }
    }

    private func check(_ find: Positioned<String>, needsFind: Bool, _ report: inout Report) {
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
        if stream.value.parts != nil || stream.value.incremental?.days != nil {
            report.error(
                .configUnsafeService,
                at: find.position,
                "stream '\(find.value)' has other identifiers: those of its parts or days are among them",
                hint: "name a stream without 'parts' and 'days'"
            )
        } else if needsFind, stream.value.find == nil {
            report.error(
                .configUnsafeService,
                at: find.position,
                "stream '\(find.value)' cannot look records up",
                hint:
                    "add a 'find' request to it, in line \(stream.name.position.line); or say 'scan' instead of 'find', "
                    + "and it is read as a whole"
            )
        } else if !needsFind, stream.value.unlisted != nil {
            report.error(
                .configUnsafeService,
                at: find.position,
                "stream '\(find.value)' cannot be read as a whole: it is 'unlisted'",
                hint: "say 'find' instead of 'scan'"
            )
        }
    }
}

extension SinkShape.WriteDraft {
    /// Whether each record has a request of its own.
    fileprivate var carriesOneRecord: Bool {
        guard let maximum = batch?.maximum?.value else { return batch == nil }
        if case .literal("1")? = maximum.pieces.first { return maximum.pieces.count == 1 }
        return false
    }
}

extension JSONTemplate {
    /// Every template in the document.
    fileprivate var templates: [Template] {
        switch self {
        case .literal: []
        case .template(let template): [template]
        case .array(let elements): elements.flatMap(\.templates)
        case .object(let members): members.flatMap(\.value.templates)
        }
    }
}

extension Template.Expression {
    fileprivate var isCall: Bool {
        if case .call = self { return true }
        return false
    }
}
