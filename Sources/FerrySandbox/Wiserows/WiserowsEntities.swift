/// A project's entities in the order in which they were made, found by identifier and listed by type without a search.
struct WiserowsEntities: Sendable {
    /// The entities in slots; one that was removed leaves its slot empty.
    private var slots: [WiserowsEntity?] = []
    private var slotsByID: [String: Int] = [:]
    private var slotsByType: [String: [Int]] = [:]

    /// All of them, oldest first.
    var all: [WiserowsEntity] { slots.compactMap { $0 } }

    /// The entity with an identifier.
    subscript(id: String) -> WiserowsEntity? { slotsByID[id].flatMap { slots[$0] } }

    /// How many there are of a type.
    func count(of type: String) -> Int { slotsByType[type]?.count ?? 0 }

    /// So many of a type, oldest first, from a place on.
    func page(of type: String, from offset: Int, limit: Int) -> [WiserowsEntity] {
        (slotsByType[type] ?? []).dropFirst(offset).prefix(limit).compactMap { slots[$0] }
    }

    /// The identifiers of the oldest ones.
    func first(_ count: Int) -> [String] {
        Array(slots.lazy.compactMap { $0?.id }.prefix(count))
    }

    /// Adds an entity behind all others; its identifier must be new.
    mutating func append(_ entity: WiserowsEntity) {
        slotsByID[entity.id] = slots.count
        slotsByType[entity.type, default: []].append(slots.count)
        slots.append(entity)
    }

    /// Changes an entity, but neither its identifier nor its type.
    ///
    /// - Returns: it as it is then; `nil` when there is none.
    mutating func change(_ id: String, _ body: (inout WiserowsEntity) -> Void) -> WiserowsEntity? {
        guard let slot = slotsByID[id], var entity = slots[slot] else { return nil }
        body(&entity)
        slots[slot] = entity
        return entity
    }

    /// Removes an entity for good.
    mutating func remove(_ id: String) {
        guard let slot = slotsByID.removeValue(forKey: id), let entity = slots[slot] else { return }
        slots[slot] = nil
        slotsByType[entity.type]?.removeAll { $0 == slot }
    }
}
