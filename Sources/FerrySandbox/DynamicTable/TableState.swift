import NIOCore

/// The rows of one table and their indexes.
///
/// Rows live in slots in the order of their row numbers; a deleted row leaves its slot empty until enough of them are.
struct TableState: Sendable {
    var definition: TableDefinition
    let columnIndexes: [String: Int]
    let memberNames: [[UInt8]]
    let primaryKeyIndex: Int?

    private(set) var slots: [StoredRow?] = []
    private(set) var slotsByID: [String: Int] = [:]
    private(set) var slotsByKey: [String: Int] = [:]
    /// Grows with every change, so that a reader can tell whether anything happened.
    private(set) var version = 0
    private var nextRowNumber = 1
    private var random: SeededGenerator
    private var orders: [RowOrder: [Int]] = [:]

    init(_ definition: TableDefinition) {
        self.definition = definition
        columnIndexes = Dictionary(
            definition.columns.enumerated().map { ($1.name, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        memberNames = definition.columns.map { Array((jsonLiteral($0.name) + ":").utf8) }
        primaryKeyIndex = definition.primaryKeyColumn.flatMap { [columnIndexes] in columnIndexes[$0] }
        random = SeededGenerator(seed: FowlerNollVoHash(of: definition.collectionID.utf8).value)
    }

    var count: Int { slotsByID.count }

    /// The rows in the order of their numbers.
    var rows: some Sequence<StoredRow> { slots.lazy.compactMap { $0 } }

    func row(id: String) -> StoredRow? {
        slotsByID[id].flatMap { slots[$0] }
    }

    func row(key: String) -> StoredRow? {
        slotsByKey[key].flatMap { slots[$0] }
    }

    /// The identity of the primary key among a row's values, `nil` when there is none.
    func key(of values: [ArraySlice<UInt8>?]) -> String? {
        primaryKeyIndex.flatMap { values[$0] }.flatMap(primaryKeyIdentity)
    }

    /// Adds a row at the end and gives it a number, and an id unless it has one.
    @discardableResult
    mutating func insert(_ values: [ArraySlice<UInt8>?], id: String? = nil) -> StoredRow {
        let row = StoredRow(
            id: id ?? random.nextUUID(beginningWith: definition.hasRisingIDs ? nextRowNumber : nil),
            rowNumber: nextRowNumber,
            values: values,
            memberNames: memberNames
        )
        nextRowNumber += 1
        slotsByID[row.id] = slots.count
        if let key = key(of: values) { slotsByKey[key] = slots.count }
        slots.append(row)
        orders.removeAll()
        version += 1
        return row
    }

    /// Writes the given columns of a row and keeps the others; `nil` keeps a column too.
    ///
    /// - Returns: `nil` when no row has that id.
    @discardableResult
    mutating func update(id: String, with changes: [ArraySlice<UInt8>?]) -> StoredRow? {
        guard let slot = slotsByID[id], let old = slots[slot] else { return nil }
        let before = old.literals
        let values = zip(before, changes).map { $1 ?? $0 }
        let row = StoredRow(id: id, rowNumber: old.rowNumber, values: values, memberNames: memberNames)
        if let key = key(of: before), slotsByKey[key] == slot { slotsByKey[key] = nil }
        if let key = key(of: values) { slotsByKey[key] = slot }
        slots[slot] = row
        for order in orders.keys {
            if let column = order.column, changes[column] != nil { orders[order] = nil }
        }
        version += 1
        return row
    }

    /// Deletes rows; ids that no row has are passed over.
    ///
    /// - Returns: How many rows were deleted.
    @discardableResult
    mutating func delete(ids: some Sequence<String>) -> Int {
        var deleted = 0
        for id in ids {
            guard let slot = slotsByID.removeValue(forKey: id), let row = slots[slot] else { continue }
            if let key = key(of: row.literals), slotsByKey[key] == slot { slotsByKey[key] = nil }
            slots[slot] = nil
            deleted += 1
        }
        guard deleted > 0 else { return 0 }
        version += 1
        for order in orders.keys { orders[order]?.removeAll { [slots] in slots[$0] == nil } }
        if slots.count > 1_000, count * 2 < slots.count { closeGaps() }
        return deleted
    }

    /// The slots in an order, sorted once and kept until a change touches it.
    mutating func slots(in order: RowOrder) -> [Int] {
        if let known = orders[order] { return known }
        let sorted = order.sorted(slots)
        orders[order] = sorted
        return sorted
    }

    private mutating func closeGaps() {
        slots.removeAll { $0 == nil }
        slotsByID.removeAll(keepingCapacity: true)
        slotsByKey.removeAll(keepingCapacity: true)
        for (slot, row) in slots.enumerated() {
            guard let row else { continue }
            slotsByID[row.id] = slot
            if let key = key(of: row.literals) { slotsByKey[key] = slot }
        }
        orders.removeAll()
    }
}
