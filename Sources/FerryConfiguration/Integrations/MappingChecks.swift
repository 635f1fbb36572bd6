import FerryCore

/// Checks an entity's mappings against each other and against the ways the entity can go.
struct MappingChecks {
    let supported: Set<Direction>
    let scheduled: Set<Direction>
    let service: String
    /// Why the service does not list the resource's records, if it does not.
    let unlistedReason: String?

    func run(_ compiled: [CompiledMapping], _ report: inout Report) {
        let usable = compiled.filter { $0.mapping != nil }
        let mappings = usable.compactMap(\.mapping)
        checkDirections(usable, &report)
        let flows = MappingFlow.resolve(
            mappings,
            isOneWay: usable.map(\.isOneWay),
            // A schedule for a direction the entity cannot go is reported elsewhere.
            scheduled: scheduled.intersection(supported),
            supported: supported
        )
        checkConflicts(usable, mappings, flows, &report)
        guard scheduled.isEmpty, supported.count == 2 else { return }
        for (index, compiled) in usable.enumerated() {
            let mapping = mappings[index]
            guard compiled.isOneWay, mapping.direction == nil, mapping.constant == nil else { continue }
            let way = flows[index] == .push ? "it will be pushed only" : "it will flow in either direction a job runs"
            report.warning(
                .configDirectionAmbiguous,
                at: compiled.draft.position,
                "the mapping to '\(mapping.target)' has a transform that cannot be undone, and nothing says which way "
                    + "it flows: \(way)",
                hint: "add 'direction: push' or 'direction: pull', or set a schedule"
            )
        }
    }

    private func checkDirections(_ usable: [CompiledMapping], _ report: inout Report) {
        for compiled in usable {
            guard let written = compiled.draft.direction, let direction = Direction(rawValue: written.value.rawValue),
                !supported.contains(direction)
            else { continue }
            report.error(
                .configDirectionUnsupported,
                at: written.position,
                "the mapping can never flow: this entity of '\(service)' cannot be \(direction.rawValue)ed"
                    + (direction == .pull ? unlistedReason.map { " (\($0))" } ?? "" : ""),
                hint: "remove the mapping, or its 'direction'"
            )
        }
    }

    /// Reports mappings that write a destination that an earlier one writes, or one inside or around it.
    private func checkConflicts(
        _ usable: [CompiledMapping],
        _ mappings: [FieldMapping],
        _ flows: [FlowDirection],
        _ report: inout Report
    ) {
        for later in mappings.indices {
            // Both directions at once are one mistake, not two.
            let conflict = Direction.allCases.lazy.filter(supported.contains).compactMap { direction in
                (0..<later).first { earlier in
                    guard flows[earlier].allows(direction), flows[later].allows(direction),
                        let first = mappings[earlier].destination(direction),
                        let second = mappings[later].destination(direction)
                    else { return false }
                    return first.segments.starts(with: second.segments) || second.segments.starts(with: first.segments)
                }.map { (direction: direction, earlier: $0) }
            }.first
            guard let conflict, let path = mappings[later].destination(conflict.direction),
                let other = mappings[conflict.earlier].destination(conflict.direction)
            else { continue }
            let place = conflict.direction == .pull ? usable[later].draft.source : usable[later].draft.target
            let line = usable[conflict.earlier].draft.position.line
            let relation = path == other ? "is already written" : "overlaps '\(other)', which is written"
            report.error(
                .configMappingConflict,
                at: place?.position ?? usable[later].draft.position,
                "'\(path)' \(relation) on a \(conflict.direction.rawValue) by the mapping in line \(line)",
                hint: "remove one, or let it flow the other way only: 'direction: "
                    + "\(conflict.direction == .pull ? "push" : "pull")'"
            )
        }
    }
}

extension FieldMapping {
    /// The path that a job of `direction` writes.
    fileprivate func destination(_ direction: Direction) -> FieldPath? {
        direction == .pull ? source : target
    }
}
