/// A project's events: each once, found by what makes it the same, and sorted once for all queries until one is added.
struct PosthogEvents: Sendable {
    private var list: [PosthogEvent] = []
    private var places: [PosthogEvent.Identity: Int] = [:]
    private var table: HogQLTable?
    private var order: [Int]?

    /// Adds an event, or puts it in the place of the one that is the same for the service.
    mutating func put(_ event: PosthogEvent) {
        if let place = places[event.identity] {
            list[place] = event
        } else {
            places[event.identity] = list.count
            list.append(event)
        }
        table = nil
        order = nil
    }

    /// All of them, oldest first.
    mutating func sorted() -> [PosthogEvent] {
        let order =
            order
            ?? list.indices.sorted { left, right in
                let (left, right) = (list[left], list[right])
                if left.microseconds != right.microseconds { return left.microseconds < right.microseconds }
                return left.uuid < right.uuid
            }
        self.order = order
        return order.map { list[$0] }
    }

    /// The events as queries see them.
    mutating func queried() -> HogQLTable {
        if let table { return table }
        let made = HogQLTable(
            columns: ["uuid", "event", "distinct_id", "timestamp", "properties"],
            order: ["timestamp", "uuid"],
            rows: sorted().map { event in
                [
                    .uuid(event.uuid), .text(event.event), .text(event.distinctID), .time(event.microseconds),
                    .text(event.properties),
                ]
            }
        )
        table = made
        return made
    }
}

/// A project's persons in the order in which they were made, found by distinct id without a search.
struct PosthogPersons: Sendable {
    /// The persons in slots; one that was removed leaves its slot empty.
    private var slots: [PosthogPerson?] = []
    private var slotsByDistinctID: [String: Int] = [:]
    private var table: HogQLTable?

    /// All of them, oldest first.
    var all: [PosthogPerson] { slots.compactMap { $0 } }

    /// The person with a distinct id.
    subscript(distinctID: String) -> PosthogPerson? { slotsByDistinctID[distinctID].flatMap { slots[$0] } }

    /// Adds a person behind all others.
    mutating func append(_ person: PosthogPerson) {
        for distinctID in person.distinctIDs { slotsByDistinctID[distinctID] = slots.count }
        slots.append(person)
        table = nil
    }

    /// Changes the person with a distinct id, if there is one.
    mutating func change(_ distinctID: String, _ body: (inout PosthogPerson) -> Void) {
        guard let slot = slotsByDistinctID[distinctID], var person = slots[slot] else { return }
        body(&person)
        slots[slot] = person
        table = nil
    }

    /// Removes the person with a distinct id, if there is one.
    mutating func remove(_ distinctID: String) {
        guard let slot = slotsByDistinctID[distinctID], let person = slots[slot] else { return }
        for distinctID in person.distinctIDs { slotsByDistinctID[distinctID] = nil }
        slots[slot] = nil
        table = nil
    }

    /// Makes one person of two: what was the second one's distinct ids are the first one's, whose properties count.
    mutating func merge(_ distinctID: String, into other: String) {
        guard let slot = slotsByDistinctID[distinctID], slotsByDistinctID[other] != slot, var person = slots[slot]
        else { return }
        table = nil
        guard let target = slotsByDistinctID[other], var merged = slots[target] else {
            person.distinctIDs.append(other)
            slots[slot] = person
            slotsByDistinctID[other] = slot
            return
        }
        merged.distinctIDs += person.distinctIDs
        for (name, json) in person.properties where merged[name] == nil { merged.properties.set(name, to: json) }
        slots[target] = merged
        slots[slot] = nil
        for distinctID in person.distinctIDs { slotsByDistinctID[distinctID] = target }
    }

    /// The persons as queries see them.
    mutating func queried() -> HogQLTable {
        if let table { return table }
        let made = HogQLTable(
            columns: ["id", "properties", "created_at"],
            order: ["id"],
            rows: all.sorted { $0.id < $1.id }
                .map { [.uuid($0.id), .text($0.properties.object), .time($0.createdAt)] }
        )
        table = made
        return made
    }
}
