import FerryCore

/// Checks the entities of one integration and makes them.
struct EntityChecks {
    /// The service; `nil` when it is not known, which was reported.
    let service: ServiceDescription?
    let scheduled: Set<Direction>
    let conflicts: ConflictPolicy
    let transforms: any TransformCatalog

    func run(_ draft: IntegrationShape.Draft, _ report: inout Report) -> [EntityMapping] {
        guard let entities = draft.entities else { return [] }
        if entities.value.isEmpty, !report.hasErrors {
            report.error(
                .configInvalidValue,
                at: entities.position,
                "'entities' must not be empty",
                hint: "add one, such as '- type: product'"
            )
        }
        var lines: [String: Int] = [:]
        return entities.value.compactMap { entity in
            if let type = entity.type {
                // Tables' names do not tell capital letters from small ones.
                if let line = lines[type.value.lowercased()] {
                    report.error(
                        .configInvalidValue,
                        at: type.position,
                        "entity type '\(type.value)' is already used in line \(line)",
                        hint: "give every entity a type of its own"
                    )
                } else {
                    lines[type.value.lowercased()] = type.position.line
                }
            }
            return mapping(entity, &report)
        }
    }

    private func mapping(_ entity: EntityShape.Draft, _ report: inout Report) -> EntityMapping? {
        checkResource(entity, &report)
        let isAction = service?.isAction(entity) ?? false
        if isAction { checkAction(entity, &report) }
        let compiled = (entity.mappings?.value ?? []).map { compile($0, &report) }
        if entity.mappings == nil, !isAction {
            report.error(
                .configMissingKey,
                at: entity.position,
                "'field_mappings' is missing",
                hint: "say how values move, such as [{ source: fields.title, target: title }]"
            )
        }
        if let mappings = entity.mappings, mappings.value.isEmpty, !report.hasErrors {
            report.error(
                .configMissingKey,
                at: mappings.position,
                "'field_mappings' must not be empty",
                hint: "add one, such as '- { source: fields.title, target: title }'"
            )
        }
        if let service, !isAction, service.resources.contains(entity.resource?.value ?? "") {
            MappingChecks(
                supported: service.directions(of: entity),
                scheduled: scheduled,
                service: service.name,
                unlistedReason: service.streams[entity.resource?.value ?? ""]?.unlistedReason
            ).run(compiled, &report)
        }
        checkParts(entity, &report)
        checkMeeting(entity, compiled, &report)
        if conflicts == .newest, entity.modified == nil, !isAction, let service {
            let ways = scheduled.isEmpty ? service.directions(of: entity) : scheduled
            if ways.count == 2, entity.query == nil {
                report.error(
                    .configMissingKey,
                    at: entity.position,
                    "'conflicts: newest' needs to know when each side changed last",
                    hint: "add 'modified: { source: fields.updated_at, target: updated_at }' to the entity"
                )
            }
        }
        let settings = service.flatMap { service in
            entity.config.flatMap {
                SettingsShape.shape(forEntitiesOf: service).decode($0, "'config'", &report)?.settings
            }
        }
        guard let type = entity.type, let resource = entity.resource else { return nil }
        return EntityMapping(
            type: type.value,
            query: entity.query?.value,
            resource: resource.value,
            key: entity.key,
            match: entity.match,
            deletes: entity.deletes ?? .keep,
            changedSince: entity.changedSince,
            modified: entity.modified,
            mappings: compiled.compactMap(\.mapping),
            settings: settings ?? [:]
        )
    }

    /// Work that the service is asked for has no records of which anything could be said.
    private func checkAction(_ entity: EntityShape.Draft, _ report: inout Report) {
        let keys: [(name: String, isThere: Bool)] = [
            ("field_mappings", entity.mappings != nil), ("query", entity.query != nil), ("key", entity.key != nil),
            ("match", entity.match != nil), ("changed_since", entity.changedSince != nil),
            ("modified", entity.modified != nil),
        ]
        for key in keys where key.isThere {
            report.error(
                .configInvalidValue,
                at: entity.position,
                "'\(entity.resource?.value ?? "")' is work that the service is asked for, and has no records: "
                    + "'\(key.name)' says nothing there",
                hint: "remove '\(key.name)'"
            )
        }
    }

    /// Checks that where records flow both ways, something tells which row a record stands for that is not linked yet:
    /// one whose creation was cut off, or all of them at the first contact, would be pulled into a second row.
    private func checkMeeting(_ entity: EntityShape.Draft, _ compiled: [CompiledMapping], _ report: inout Report) {
        guard scheduled.count == 2, entity.query == nil, let service, let resource = entity.resource?.value,
            service.directions(of: entity).count == 2, let sink = service.sinks[resource],
            sink.operations[.create] != nil, !sink.isIdentifiedByMatch
        else { return }
        let usable = compiled.filter { $0.mapping != nil }
        let mappings = usable.compactMap(\.mapping)
        let flows = MappingFlow.resolve(
            mappings,
            isOneWay: usable.map(\.isOneWay),
            scheduled: scheduled,
            supported: service.directions(of: entity)
        )
        let pulled = mappings.indices.filter { flows[$0].allows(.pull) }.compactMap { mappings[$0].source }
        let pushed = mappings.indices.filter { flows[$0].allows(.push) }.map { mappings[$0].target }
        guard !pulled.isEmpty, !pushed.isEmpty else { return }
        let keys: [FieldPath] = [
            FieldPath(segments: [.name("id")]),
            FieldPath(segments: [.name("fields"), .name(entity.key ?? "id")]),
        ]
        guard !pulled.contains(where: keys.contains) else { return }
        if let match = entity.match {
            guard !pushed.contains(match.target) || !pulled.contains(match.source) else { return }
            report.error(
                .configMissingKey,
                at: entity.position,
                "no mapping gives the natural key '\(match.target)' both ways, which tells the rows that records stand for",
                hint: "map it both ways: '- { source: \(match.source), target: \(match.target) }' in 'field_mappings'"
            )
        } else if sink.match == nil, service.streams[resource]?.match == nil {
            report.error(
                .configMissingKey,
                at: entity.position,
                "'match' is missing: where records flow both ways, a natural key tells which row a record stands for",
                hint: "name one, such as 'match: { source: fields.slug, target: slug }', and map it; or add"
                    + " 'direction: pull' or 'direction: push' to each of the mappings"
            )
        }
    }

    /// Checks that a resource which is read part by part goes one way: its records have other identifiers when written.
    private func checkParts(_ entity: EntityShape.Draft, _ report: inout Report) {
        guard let resource = entity.resource, let stream = service?.streams[resource.value],
            service?.sinks[resource.value] != nil, !stream.parts.isEmpty || stream.days != nil,
            entity.query == nil, !entity.isMeantFor(.pull), !entity.isMeantFor(.push)
        else { return }
        report.error(
            .configDirectionAmbiguous,
            at: resource.position,
            "'\(resource.value)' goes one way: its records are known otherwise when they are pulled than when they are pushed",
            hint: "add 'direction: pull' or 'direction: push' to each of the mappings"
        )
    }

    private func checkResource(_ entity: EntityShape.Draft, _ report: inout Report) {
        guard let service, let resource = entity.resource, !service.resources.contains(resource.value) else { return }
        report.error(
            .configUnknownResource,
            at: resource.position,
            "'\(service.name)' has no resource '\(resource.value)'",
            hint: Spelling.hint(for: resource.value, in: service.resources, otherwise: "its resources are")
        )
    }

    /// A mapping with its transforms tried: the engine compiles them again for each job.
    private func compile(_ draft: FieldMappingShape.Draft, _ report: inout Report) -> CompiledMapping {
        var isOneWay = false
        for reference in draft.transforms ?? [] {
            do throws(TransformReferenceError) {
                if try transforms.transform(reference.value).isOneWay { isOneWay = true }
            } catch {
                report.add(error, "transform", at: reference.position, known: transforms.names)
            }
        }
        var form: ValueForm?
        if let reference = draft.form {
            do throws(TransformReferenceError) {
                form = try transforms.form(reference.value)
            } catch {
                report.add(error, "form", at: reference.position, known: transforms.formNames)
            }
        }
        guard let target = draft.target else {
            return CompiledMapping(draft: draft, mapping: nil, isOneWay: isOneWay)
        }
        let mapping = FieldMapping(
            source: draft.source?.value,
            target: target.value,
            transforms: (draft.transforms ?? []).map(\.value),
            form: form,
            defaultValue: draft.defaultValue,
            constant: draft.constant?.value,
            isRequired: draft.isRequired ?? false,
            onError: draft.onError ?? .failRow,
            direction: draft.direction?.value
        )
        // A source that is there but wrong would make the mapping look like a constant's.
        let isUsable = draft.source != nil || draft.constant != nil
        return CompiledMapping(draft: draft, mapping: isUsable ? mapping : nil, isOneWay: isOneWay)
    }
}

extension Report {
    /// Says why a transform, or a form, cannot be used.
    fileprivate mutating func add(
        _ error: TransformReferenceError,
        _ what: String,
        at position: Position,
        known names: [String]
    ) {
        switch error {
        case .unknownName(let name):
            self.error(
                .configUnknownTransform,
                at: position,
                "unknown \(what) '\(name)'",
                hint: Spelling.hint(for: name, in: names, otherwise: "there are")
            )
        case .invalidOptions(let sentence): self.error(.configInvalidTransform, at: position, sentence)
        }
    }
}

/// A mapping, where it stood, and whether it can be undone.
struct CompiledMapping {
    var draft: FieldMappingShape.Draft
    /// `nil` when it is wrong, which was reported.
    var mapping: FieldMapping?
    var isOneWay: Bool
}
