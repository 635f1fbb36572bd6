import FerryCore
import FerryTesting
import Synchronization

/// The people who use both ends: they change the source at any moment, and sometimes the destination.
final class Meddler: Sendable {
    /// A row of the source under the identifier that it has, or is to have, in the table.
    private struct Row: Hashable {
        let id: String
        let localID: String
    }

    private struct State {
        var time = 0
        var serials = 0
        var ids = 0
        var removed: [(id: String, fields: Fields)] = []
        /// When each row was last seen to be missing.
        var missedAt: [Row: Int] = [:]
        /// Records that others than Ferry have deleted at the destination.
        var lost: Set<String> = []
    }

    private let scenario: Scenario
    private let world: SimulatedWorld
    private let source: SourceTable
    private let state = Mutex(State())

    init(_ scenario: Scenario, in world: SimulatedWorld) {
        self.scenario = scenario
        self.world = world
        source = SourceTable(direction: scenario.direction, keyColumn: scenario.keyColumn, world: world)
    }

    /// Counts the changes so far.
    var time: Int { state.withLock { $0.time } }

    /// Records at the destination that others than Ferry have deleted.
    var lost: Set<String> { state.withLock { $0.lost } }

    /// Whether there was a moment since `time` at which the source had no such row under the given local identifier.
    func wasMissing(_ id: String, as localID: String, since time: Int) -> Bool {
        let row = Row(id: id, localID: localID)
        return !allRows.contains(row) || state.withLock { $0.missedAt[row, default: -1] >= time }
    }

    private var allRows: Set<Row> { Set(source.rows.map { Row(id: $0.id, localID: localID(of: $0.id, $0.fields)) }) }

    /// Whether the source has had no rows at all since `time`.
    func isEmpty(since time: Int) -> Bool { source.rows.isEmpty && self.time == time }

    // MARK: Changes

    /// Fills both ends before the first job.
    func populate(_ random: inout SeededRandom) {
        world.store.change(SourceTable.table) { _ in }
        for _ in 0..<scenario.rowCount { insert(&random) }
        for number in 0..<scenario.foreignCount {
            let isTwin = random.chance(0.5)
            let key = isTwin ? freeKey(&random) : "x\(number)"
            let fields: Fields = [SimulatedService.naturalKey: .string(key), "owner": .string("them")]
            switch scenario.direction {
            case .push:
                guard !world.service.records.contains(where: { $0.hasKey(of: fields) }) else { continue }
                world.service.insert(fields)
            case .pull:
                world.store.change(SourceTable.table) { rows in
                    rows[scenario.keyColumn == "sku" ? key : "x\(number)"] = fields
                }
            }
        }
    }

    /// Makes one change.
    func change(_ random: inout SeededRandom) {
        if scenario.hasOthers, random.chance(0.15) { return changeDestination(&random) }
        let rows = source.rows
        guard !rows.isEmpty, !random.chance(0.3) else { return insert(&random) }
        let row = random.pick(rows)
        switch random.number(0...99) {
        case 0..<50: edit(row.id, &random)
        case 50..<61: rename(row, &random)
        case 61..<79: remove(row)
        case 79..<84: restore(&random)
        case 84..<90:
            // The same identifier, but another row.
            remove(row)
            insert(&random, id: row.id)
        case 90..<97:
            // Another row with the natural key that has become free.
            remove(row)
            insert(&random, key: row.fields[SimulatedService.naturalKey])
        default:
            for row in rows where random.chance(0.3) { remove(row) }
        }
    }

    private func insert(_ random: inout SeededRandom, id: String? = nil, key: JSONValue? = nil) {
        let (serial, number) = state.withLock { state in
            state.serials += 1
            state.ids += 1
            return (state.serials, state.ids)
        }
        let key = key ?? (scenario.keysMayLack && random.chance(0.2) ? .null : .string(freeKey(&random)))
        var fields: Fields = ["sku": key, "serial": .integer(serial)]
        for column in ["name", "price", "note"] { set(column, of: &fields, &random) }
        var id = id ?? "i\(number)"
        if scenario.direction == .push, scenario.keyColumn == "sku" {
            id = key.string ?? id
            // One row for one key.
            guard !source.rows.contains(where: { $0.id == id }) else { return }
        }
        changed("insert \(id) \(fields.text)") { source.insert(fields, id: id) }
    }

    private func edit(_ id: String, _ random: inout SeededRandom) {
        changed("edit \(id)") {
            source.change(id) { fields in
                set(random.pick(["name", "name", "price", "note"]), of: &fields, &random)
                guard scenario.direction == .pull, random.chance(0.06) else { return }
                fields["broken"] = fields["broken"] == nil ? .bool(true) : nil
            }
        }
    }

    private func rename(_ row: (id: String, fields: Fields), _ random: inout SeededRandom) {
        guard scenario.keysMayChange else { return }
        let key = freeKey(&random)
        guard scenario.direction == .push, scenario.keyColumn == "sku" else {
            return changed("rename \(row.id) to \(key)") { source.change(row.id) { $0["sku"] = .string(key) } }
        }
        guard !source.rows.contains(where: { $0.id == key }) else { return }
        // A row with another identifier is another row.
        let serial = state.withLock { state in
            state.serials += 1
            return state.serials
        }
        changed("rename \(row.id) to \(key)") {
            source.remove(row.id)
            source.insert(row.fields.merging(["serial": .integer(serial)]) { $1 }, id: key)
        }
    }

    private func remove(_ row: (id: String, fields: Fields)) {
        changed("remove \(row.id)") { source.remove(row.id) }
        state.withLock { $0.removed.append(row) }
    }

    /// Brings a row back that was removed, just as it was.
    private func restore(_ random: inout SeededRandom) {
        let removed = state.withLock { $0.removed }
        guard !removed.isEmpty else { return insert(&random) }
        let row = random.pick(removed)
        let rows = source.rows
        guard !rows.contains(where: { $0.id == row.id || $0.fields["sku"] == row.fields["sku"] }) else { return }
        changed("restore \(row.id)") { source.restore(row.fields, id: row.id) }
    }

    private func changeDestination(_ random: inout SeededRandom) {
        let records = world.service.records
        if !records.isEmpty, random.chance(0.5) {
            let id = random.pick(records).id
            world.trace.note("others delete \(id)")
            world.service.remove(id)
            state.withLock { _ = $0.lost.insert(id) }
        } else {
            // Where the service does not keep keys unique, people must: Ferry could not tell whose record is whose.
            let key = scenario.service.isUnique ? freeKey(&random) : "y\(random.number(0...1000))"
            let fields: Fields = ["sku": .string(key), "owner": .string("them")]
            guard !records.contains(where: { $0.hasKey(of: fields) }) else { return }
            world.trace.note("others insert \(world.service.insert(fields)) \(fields.text)")
        }
    }

    // MARK: Values

    private func set(_ column: String, of fields: inout Fields, _ random: inout SeededRandom) {
        let name = MappingChoice.sourceName(of: column, scenario.direction)
        let number = random.number(0...9)
        switch (column, random.number(0...9)) {
        case ("name", 0): fields[name] = .string("bad \(number)")
        case ("name", _): fields[name] = .string("Name \(number)")
        case (_, 0): fields[name] = nil
        case (_, 1): fields[name] = .null
        case ("price", 2): fields[name] = .number("\(number).0")
        case ("price", _): fields[name] = .number("\(number)")
        default: fields[name] = .string("note \(number) \"ü\"")
        }
    }

    /// A natural key from a small pool: keys that are free again come back.
    private func freeKey(_ random: inout SeededRandom) -> String {
        let taken = Set(source.rows.compactMap { $0.fields["sku"]?.string })
        for _ in 0..<20 {
            let number = random.number(0...(scenario.rowCount * 2 + 10))
            let key = number % 7 == 3 ? "k\(number) \"é\"\t" : "k\(number)"
            if !taken.contains(key) || scenario.keysMayCollide && random.chance(0.3) { return key }
        }
        return state.withLock { state in
            state.ids += 1
            return "k\(1000 + state.ids)"
        }
    }

    // MARK: Watching

    /// The local identifier that a row of the source has, or will have at the destination.
    func localID(of id: String, _ fields: Fields) -> String {
        guard scenario.direction == .pull, scenario.keyColumn == "sku" else { return id }
        return fields["sku"]?.string ?? ""
    }

    private func changed(_ what: String, _ change: () -> Void) {
        let before = allRows
        change()
        world.trace.note("source: \(what)")
        let after = allRows
        state.withLock { state in
            state.time += 1
            // Those that go are missing from now on, those that come were missing until now.
            for row in before.symmetricDifference(after) { state.missedAt[row] = state.time }
        }
    }
}
