import FerryAPI
import FerryCore
import FerryEngine
import FerryJSON

extension Plan {
    /// A plan as the socket and `ferryd once` show it.
    init(_ plan: SyncPlan) {
        self.init(
            integrationId: plan.integration,
            direction: plan.direction,
            entityIds: plan.entityIDs,
            state: plan.state,
            error: plan.failure.map(ErrorBody.init),
            isEmpty: plan.isEmpty,
            progress: ProgressCounts(plan.progress),
            entities: plan.entities.map(Entity.init),
            unknown: plan.unknowns,
            notes: plan.notes
        )
    }
}

extension Plan.Entity {
    fileprivate init(_ plan: EntityTypePlan) {
        self.init(
            type: plan.type,
            resource: plan.resource,
            makesTable: plan.isTableMade,
            addsColumns: plan.addedColumns,
            startsAnew: plan.startsAnew,
            counts: Plan.Counts(plan.progress),
            creates: Plan.Listing(plan.creates, Plan.Write.init),
            updates: Plan.Listing(plan.updates, Plan.Write.init),
            deletes: Plan.Listing(plan.deletes, Plan.Pair.init),
            deleteGuard: plan.deleteGuard.map {
                Plan.Guard(deletes: $0.deletes, linked: $0.linked, stopsJob: $0.stopsJob)
            },
            links: Plan.Listing(plan.links, Plan.Pair.init),
            held: Plan.Listing(plan.held, Plan.Conflict.init),
            refused: Plan.Listing(plan.refused, Plan.Refusal.init),
            setAside: Plan.Listing(plan.setAside, Plan.Refusal.init),
            leftovers: plan.leftovers.map {
                Plan.Leftover(operation: $0.operation.rawValue, records: $0.records, landed: $0.landed)
            }
        )
    }
}

extension Plan.Listing {
    fileprivate init<Planned>(_ listing: FerryEngine.Listing<Planned>, _ show: (Planned) -> Element) {
        self.init(count: listing.count, listed: listing.listed.map(show))
    }
}

extension Plan.Write {
    fileprivate init(_ write: PlannedWrite) {
        self.init(
            localId: write.localID,
            remoteId: write.remoteID,
            formerLocalId: write.formerID,
            isLinked: write.isLinked,
            fields: write.fields.map(Plan.Field.init)
        )
    }
}

extension Plan.Field {
    fileprivate init(_ field: PlannedField) {
        let new = Self.shown(field.new)
        let old: (kind: String, value: JSONValue) =
            switch field.old {
            case .none: ("none", .null)
            case .unknown: ("unknown", .null)
            case .known(let value): Self.shown(value)
            }
        self.init(field: field.path, oldIs: old.kind, old: old.value, newIs: new.kind, new: new.value)
    }

    private static func shown(_ value: PlannedValue) -> (kind: String, value: JSONValue) {
        switch value {
        case .missing: ("missing", .null)
        // Its text came from a value that was read as JSON; one nested too deep to be read again is shown as text.
        case .json(let text): ("value", (try? JSONValue(parsing: text)) ?? .string(text))
        case .beginning(let text): ("beginning", .string(text))
        }
    }
}

extension Plan.Pair {
    fileprivate init(_ pair: PlannedPair) {
        self.init(localId: pair.localID, remoteId: pair.remoteID)
    }
}

extension Plan.Conflict {
    fileprivate init(_ conflict: PlannedConflict) {
        self.init(
            id: conflict.number,
            kind: conflict.kind.rawValue,
            localId: conflict.localID,
            remoteId: conflict.remoteID,
            fields: conflict.fields
        )
    }
}

extension Plan.Refusal {
    fileprivate init(_ refusal: PlannedRefusal) {
        self.init(id: refusal.id, code: refusal.code.rawValue, message: refusal.message)
    }
}
