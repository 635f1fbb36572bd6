/// Decides which way each mapping of an entity flows (design §3).
public enum MappingFlow {
    /// The way each mapping flows, in the mappings' order.
    ///
    /// A mapping whose file says a direction has it. A constant can only be pushed. A mapping with a one-way
    /// transform flows the one way the entity goes, and push only where the entity goes both ways: a slug cannot be
    /// turned back into its title. Where no schedule says which ways an entity goes, a one-way mapping flows in
    /// whichever direction a job runs, unless a pull would then write its local field twice.
    ///
    /// - Parameters:
    ///   - isOneWay: for each mapping, whether one of its transforms cannot be undone.
    ///   - scheduled: the directions that have a schedule.
    ///   - supported: the directions that the service can do for the resource.
    public static func resolve(
        _ mappings: [FieldMapping],
        isOneWay: [Bool],
        scheduled: Set<Direction>,
        supported: Set<Direction>
    ) -> [FlowDirection] {
        let directions = scheduled.isEmpty ? supported : scheduled
        let goesBothWays = directions.contains(.pull) && directions.contains(.push)
        return mappings.indices.map { index in
            let mapping = mappings[index]
            if let direction = mapping.direction { return direction }
            guard mapping.constant == nil, let source = mapping.source else { return .push }
            guard isOneWay[index] else { return .both }
            if !goesBothWays { return directions.contains(.pull) ? .pull : .push }
            if !scheduled.isEmpty { return .push }
            let isWrittenByAnother = mappings.indices.contains { other in
                other != index && mappings[other].source == source
            }
            return isWrittenByAnother ? .push : .both
        }
    }
}
