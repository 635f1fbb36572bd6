import FerryCore

/// An integration from its file, checked against the services, stores and transforms there are.
struct IntegrationFile {
    /// What a file can refer to.
    struct Surroundings {
        /// The services there are.
        var services: ServiceLoader.Result
        /// The names of the stores; `nil` when `ferry.yaml` cannot be read.
        var stores: Set<String>?
        var transforms: any TransformCatalog
    }

    /// The file's name without its suffix.
    let stem: String
    let isFilePrivate: Bool
    let surroundings: Surroundings
    /// What a file must look like, made once for all of them.
    let shape: MappingShape<IntegrationShape.Draft>

    /// The integration, without its revision; `nil` when the file has an error.
    func decode(
        _ node: YAMLNode?,
        into report: inout Report
    ) -> (id: Positioned<String>, integration: Integration?) {
        let standIn = Positioned(value: stem, position: .start)
        guard let node else {
            if !report.hasErrors {
                report.error(
                    .configMissingKey,
                    at: .start,
                    "the file is empty",
                    hint: "it needs 'type', 'config' and 'entities'"
                )
            }
            return (standIn, nil)
        }
        guard let draft = shape.decode(node, "the file", &report) else { return (standIn, nil) }
        let id = id(draft, &report) ?? standIn
        checkStore(draft, &report)
        let service = service(draft, &report)
        let config = service.flatMap { service in
            SettingsShape.shape(for: service, isFilePrivate: isFilePrivate, optional: draft.settingsOfAllEntities)
                .decode(
                    draft.config ?? YAMLNode([:], at: draft.position),
                    "'config'",
                    &report
                )
        }
        let entities = EntityChecks(
            service: service,
            scheduled: scheduled(draft),
            conflicts: draft.conflicts ?? .hold,
            transforms: surroundings.transforms
        ).run(draft, &report)
        checkSchedules(draft, service, &report)
        if let service, let config {
            checkSettings(draft, service, given: Set(config.settings.keys).union(config.secrets.keys), &report)
        }
        guard !report.hasErrors, let service else { return (id, nil) }
        var integration = Integration(id: id.value, name: draft.name ?? id.value, type: service.name)
        integration.isEnabled = draft.isEnabled ?? true
        integration.store = draft.store?.value ?? "main"
        integration.settings = config?.settings ?? [:]
        integration.secrets = config?.secrets ?? [:]
        integration.connection = draft.connection ?? ConnectionSettings()
        integration.schedules[.pull] = draft.schedule?.pull?.value
        integration.schedules[.push] = draft.schedule?.push?.value
        integration.entities = entities
        integration.maximumFailures = draft.maximumFailures
        integration.conflicts = draft.conflicts ?? .hold
        integration.expectations[.pull] = draft.expect?.pull?.minimumRecords
        integration.expectations[.push] = draft.expect?.push?.minimumRecords
        integration.deleteGuard = draft.deleteGuard ?? DeleteGuard()
        return (id, integration)
    }

    private func id(_ draft: IntegrationShape.Draft, _ report: inout Report) -> Positioned<String>? {
        if let id = draft.id {
            if DaemonFile.isName(id.value) { return id }
            report.error(
                .configInvalidValue,
                at: id.position,
                "'\(id.value)' cannot be an identifier",
                hint: "use lower-case letters, digits, '_' and '-'"
            )
        } else if !DaemonFile.isName(stem), !report.hasErrors {
            report.error(
                .configInvalidValue,
                at: .start,
                "the file's name '\(stem)' cannot be an identifier",
                hint: "rename the file, or add 'id:' with lower-case letters, digits, '_' and '-'"
            )
        }
        return nil
    }

    private func checkStore(_ draft: IntegrationShape.Draft, _ report: inout Report) {
        guard let store = draft.store, let stores = surroundings.stores, !stores.contains(store.value) else { return }
        report.error(
            .configUnknownStore,
            at: store.position,
            "there is no store '\(store.value)'",
            hint: Spelling.hint(for: store.value, in: stores.sorted(), otherwise: "the stores of ferry.yaml are")
        )
    }

    private func service(_ draft: IntegrationShape.Draft, _ report: inout Report) -> ServiceDescription? {
        guard let type = draft.type else { return nil }
        if let service = surroundings.services.service(type.value) { return service.description }
        if let file = surroundings.services.broken[type.value] {
            report.error(
                .configUnknownType,
                at: type.position,
                "the description of service '\(type.value)' has errors",
                hint: "correct \(file)"
            )
            return nil
        }
        report.error(
            .configUnknownType,
            at: type.position,
            "there is no service '\(type.value)'",
            hint: Spelling.hint(
                for: type.value,
                in: surroundings.services.usable,
                otherwise: "the services are"
            )
        )
        return nil
    }

    private func scheduled(_ draft: IntegrationShape.Draft) -> Set<Direction> {
        var directions: Set<Direction> = []
        if draft.schedule?.pull != nil { directions.insert(.pull) }
        if draft.schedule?.push != nil { directions.insert(.push) }
        return directions
    }

    /// A schedule for a direction that no entity can go is an error; one that only some can go, a warning.
    private func checkSchedules(
        _ draft: IntegrationShape.Draft,
        _ service: ServiceDescription?,
        _ report: inout Report
    ) {
        guard let service, let entities = draft.entities?.value else { return }
        let known = entities.filter { service.resources.contains($0.resource?.value ?? "") }
        let schedules: [(Direction, Position?)] = [
            (.pull, draft.schedule?.pull?.position), (.push, draft.schedule?.push?.position),
        ]
        for (direction, position) in schedules {
            guard let position, !known.isEmpty else { continue }
            let unable = known.filter { !service.directions(of: $0).contains(direction) }
            guard let first = unable.first else { continue }
            let reason =
                direction == .pull && first.query != nil
                ? "a query can only be pushed"
                : service.refusal(of: direction, first.resource?.value ?? "")
            if unable.count == known.count {
                report.error(
                    .configDirectionUnsupported,
                    at: position,
                    "the \(direction.rawValue) schedule can never run: \(reason)",
                    hint: "remove 'schedule.\(direction.rawValue)'"
                )
            } else if let other = unable.first(where: { !$0.isMeantFor(direction.other) && !service.isAction($0) }) {
                report.warning(
                    .configDirectionUnsupported,
                    at: position,
                    "the \(direction.rawValue) schedule leaves out entity '\(other.type?.value ?? "")': "
                        + (direction == .pull && other.query != nil
                            ? "a query can only be pushed"
                            : service.refusal(of: direction, other.resource?.value ?? ""))
                )
            }
        }
    }

    /// Settings that only some requests need are not required, but a schedule may need these requests.
    private func checkSettings(
        _ draft: IntegrationShape.Draft,
        _ service: ServiceDescription,
        given: Set<String>,
        _ report: inout Report
    ) {
        var reported: Set<String> = []
        for direction in scheduled(draft).sorted(by: { $0.rawValue < $1.rawValue }) {
            for entity in draft.entities?.value ?? [] {
                guard let resource = entity.resource, service.directions(of: entity).contains(direction),
                    !entity.isMeantFor(direction.other)
                else { continue }
                for setting in service.settings(neededBy: direction, of: resource.value)
                where !given.union(entity.settingNames).contains(setting.name) && reported.insert(setting.name).inserted
                {
                    report.error(
                        .configMissingKey,
                        at: resource.position,
                        "'\(resource.value)' cannot be \(direction.rawValue)ed: 'config' has no '\(setting.name)'",
                        hint: setting.summary
                    )
                }
            }
        }
    }
}

extension IntegrationShape.Draft {
    /// The names of the settings that every entity type has of its own.
    fileprivate var settingsOfAllEntities: Set<String> {
        let names = (entities?.value ?? []).map(\.settingNames)
        return names.dropFirst().reduce(names.first ?? []) { $0.intersection($1) }
    }
}

extension EntityShape.Draft {
    /// Whether all mappings say that they flow in a direction, and in no other.
    func isMeantFor(_ direction: Direction) -> Bool {
        let mappings = mappings?.value ?? []
        return !mappings.isEmpty
            && mappings.allSatisfy { mapping in
                // A constant is never pulled.
                let written = mapping.direction?.value ?? (mapping.constant == nil ? .both : .push)
                return written.rawValue == direction.rawValue
            }
    }
}

extension Direction {
    fileprivate var other: Direction { self == .pull ? .push : .pull }
}

extension ServiceDescription {
    /// The directions that an entity can go.
    func directions(of entity: EntityShape.Draft) -> Set<Direction> {
        guard let resource = entity.resource?.value else { return [] }
        let directions = directions(of: resource)
        return entity.query == nil ? directions : directions.subtracting([.pull])
    }

    /// Whether an entity stands for work that the service is asked for.
    func isAction(_ entity: EntityShape.Draft) -> Bool { entity.resource.map { actions[$0.value] != nil } ?? false }

    /// Why a resource cannot go in a direction.
    func refusal(of direction: Direction, _ resource: String) -> String {
        let reason = direction == .pull ? streams[resource]?.unlistedReason : nil
        return "'\(name)' cannot \(direction.rawValue) its resource '\(resource)'" + (reason.map { ": \($0)" } ?? "")
    }
}
