import FerryAPI
import FerryCore
import FerryLedger
import FerryServer
import FoundationEssentials
import Logging

// What is kept of an integration between jobs, and what people do with it.
extension Control {
    func state(_ id: String) async throws -> StateDetails {
        let state = try await kept(id)
        return StateDetails(
            integrationId: id,
            isBusy: state.isBusy,
            entities: state.entities.map(StateDetails.Entity.init),
            changes: state.changes.map(StateChangeDetails.init)
        )
    }

    func exportState(_ id: String, entityTypes: [String]?, user: UInt32) async throws -> StateHeader {
        let state = try await kept(id)
        guard !state.isBusy else { throw Ledger.busy(id) }
        let entities = try Self.entities(of: state, entityTypes, of: id)
        if let unsettled = entities.first(where: { $0.unsettled > 0 }) {
            throw SyncFailure(
                .config,
                .stateUnsettled,
                "of \(unsettled.unsettled) requests or writes of '\(unsettled.origin.entityType)' it is not known whether "
                    + "they were carried out",
                hint: "run 'ferryctl sync \(id)' in the direction that was interrupted: it finds out"
            )
        }
        let now = parts.clock.now
        let change = StateChange(
            .export,
            date: now,
            user: user,
            entityTypes: entities.map(\.origin.entityType),
            links: entities.map(\.links).reduce(0, +)
        )
        try await parts.ledger.note(change, of: id)
        tell(change, of: id)
        return StateHeader(
            integrationId: id,
            exportedAt: UnixTime.milliseconds(now),
            revision: state.revision,
            entities: entities.map(StateOrigin.init)
        )
    }

    func stateLinks(_ id: String, _ part: StateLinksPart) async throws -> StateLinks {
        let page = try await parts.ledger.links(
            of: id,
            entityType: part.entityType,
            revision: part.revision,
            after: part.cursor,
            limit: part.limit
        )
        return StateLinks(
            entityType: part.entityType,
            links: page.links.map(StateLinks.Link.init),
            nextCursor: page.links.isEmpty ? nil : "\(page.last)"
        )
    }

    func importState(_ id: String, _ request: StateImportRequest) async throws -> StateImportAccepted {
        let integration = try working(id)
        try checkTypes(request.entities.map(\.entityType), of: integration)
        for origin in request.entities {
            for entity in integration.entities where entity.type == origin.entityType {
                let remote = try parts.endpoints.remote(for: integration.configured(for: entity), gate: OpenGate())
                guard remote.identity == origin.remoteIdentity, entity.resource == origin.resource else {
                    throw SyncFailure(
                        .config,
                        .stateInvalid,
                        "the links of '\(entity.type)' belong to \(origin.resource) at \(origin.remoteIdentity), and "
                            + "'\(id)' is for \(entity.resource) at \(remote.identity)",
                        hint: "links are of use at the same service only; without them, the next sync finds its records"
                    )
                }
            }
        }
        let origins = try request.entities.map { try $0.checked() }
        guard Set(origins.map(\.entityType)).count == origins.count else {
            throw StateOrigin.invalid("an entity type stands in it twice")
        }
        return StateImportAccepted(
            importId: try await parts.ledger.beginImport(of: origins, for: id, at: parts.clock.now)
        )
    }

    func addLinks(_ links: StateLinks, toImport id: String) async throws {
        let checked = try links.links.map { try $0.checked() }
        try await parts.ledger.add(checked, of: links.entityType, toImport: id)
    }

    func finishImport(_ id: String, _ request: StateImportEnd, user: UInt32) async throws -> StateChangeDetails {
        let finished = try await parts.ledger.finishImport(
            id,
            links: request.links,
            replaces: request.replace,
            StateChange(.import, date: parts.clock.now, user: user)
        )
        tell(finished.change, of: finished.integration)
        return StateChangeDetails(finished.change)
    }

    func resetState(_ id: String, _ request: StateResetRequest, user: UInt32) async throws -> StateChangeDetails {
        // Refuses types that are not there.
        _ = try Self.entities(of: try await kept(id), request.entityTypes, of: id)
        let change = try await parts.ledger.reset(
            id,
            entityTypes: request.entityTypes,
            StateChange(.reset, date: parts.clock.now, user: user, isWhole: !request.cursorsOnly)
        )
        tell(change, of: id)
        return StateChangeDetails(change)
    }

    /// What is kept of an integration; also of one whose file is gone.
    private func kept(_ id: String) async throws -> KeptState {
        let state = try await parts.ledger.state(of: id)
        if state.entities.isEmpty, state.changes.isEmpty { _ = try entry(id) }
        return state
    }

    private static func entities(of state: KeptState, _ types: [String]?, of id: String) throws -> [KeptEntity] {
        guard let types else { return state.entities }
        let known = state.entities.map(\.origin.entityType)
        if let unknown = types.first(where: { !known.contains($0) }) {
            throw SyncFailure(
                .config,
                .syncEntityTypeUnknown,
                "nothing is kept of an entity type '\(unknown)' of '\(id)'",
                hint: known.isEmpty ? "nothing was synced yet" : "there are: \(known.joined(separator: ", "))"
            )
        }
        return state.entities.filter { types.contains($0.origin.entityType) }
    }

    /// Tells the log what was done, and by whom.
    private func tell(_ change: StateChange, of id: String) {
        let what =
            switch change.action {
            case .export: "exported"
            case .import: "imported"
            case .reset: change.isWhole ? "forgotten" : "told to begin anew"
            }
        logger.notice(
            """
            the state of '\(id)' was \(what) by user \(change.user): \
            \(change.entityTypes.joined(separator: ", ")) with \(change.links) links
            """,
            metadata: [
                LogField.event: "\(NotableEvent.stateChanged.rawValue)",
                LogField.integration: "\(id)",
            ]
        )
    }
}

extension StateDetails.Entity {
    fileprivate init(_ entity: KeptEntity) {
        self.init(
            entityType: entity.origin.entityType,
            resource: entity.origin.resource,
            remoteIdentity: entity.origin.remoteIdentity,
            links: entity.links,
            tombstones: entity.tombstones,
            quarantined: entity.setAside,
            conflicts: entity.conflicts,
            unsettled: entity.unsettled,
            pullCursor: entity.origin.pullCursor?.value,
            sweptAt: entity.origin.sweptAt.map(UnixTime.milliseconds),
            pushedUntil: entity.pushCursor.map { UnixTime.milliseconds($0.latestAt) }
        )
    }
}

extension StateChangeDetails {
    fileprivate init(_ change: StateChange) {
        self.init(
            action: change.action.rawValue,
            at: UnixTime.milliseconds(change.date),
            user: change.user,
            entityTypes: change.entityTypes,
            links: change.links,
            cursorsOnly: !change.isWhole
        )
    }
}
