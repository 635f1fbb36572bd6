/// A team's contacts in the order in which they were made, found by address and user id without a search.
struct LoopsContacts: Sendable {
    /// The contacts in slots; one that was deleted leaves its slot empty.
    private var slots: [LoopsContact?] = []
    /// The slots by the literals of the properties that a contact is known by.
    private var slotsByEmail: [String: Int] = [:]
    private var slotsByUserID: [String: Int] = [:]

    /// All of them, oldest first.
    var all: [LoopsContact] { slots.compactMap { $0 } }

    /// The contact in a slot.
    subscript(slot: Int) -> LoopsContact? { slots[slot] }

    /// The slot of the contact that has this `email` or `userId`, a JSON literal.
    func slot(_ property: String, _ literal: String) -> Int? {
        property == "email" ? slotsByEmail[literal] : slotsByUserID[literal]
    }

    /// The slots of the oldest ones.
    func first(_ count: Int) -> [Int] { Array(slots.indices.lazy.filter { slots[$0] != nil }.prefix(count)) }

    /// Adds a contact behind all others.
    ///
    /// - Returns: its slot.
    mutating func append(_ contact: LoopsContact) -> Int {
        slots.append(contact)
        return slots.count - 1
    }

    /// Changes the contact in a slot.
    mutating func change(_ slot: Int, _ body: (inout LoopsContact) -> Void) {
        guard var contact = slots[slot] else { return }
        forget(slot)
        body(&contact)
        slots[slot] = contact
        if let email = contact["email"] { slotsByEmail[email] = slot }
        if let userID = contact["userId"] { slotsByUserID[userID] = slot }
    }

    /// Deletes the contact in a slot.
    mutating func remove(_ slot: Int) {
        forget(slot)
        slots[slot] = nil
    }

    private mutating func forget(_ slot: Int) {
        guard let contact = slots[slot] else { return }
        if let email = contact["email"], slotsByEmail[email] == slot { slotsByEmail[email] = nil }
        if let userID = contact["userId"], slotsByUserID[userID] == slot { slotsByUserID[userID] = nil }
    }
}
