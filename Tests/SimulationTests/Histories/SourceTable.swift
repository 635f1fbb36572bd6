import FerryCore

/// The end that the rows come from, as those who use it see it.
struct SourceTable: Sendable {
    static let table = "product"

    let direction: Direction
    let keyColumn: String
    let world: SimulatedWorld

    /// The rows in an order that is always the same.
    var rows: [(id: String, fields: Fields)] {
        switch direction {
        case .pull: world.service.records.map { ($0.id, $0.fields) }
        case .push:
            world.store.rows(of: Self.table).sorted { $0.key < $1.key }.map { id, fields in
                (id, fields.merging([keyColumn: .string(id)]) { $1 })
            }
        }
    }

    func change(_ id: String, _ change: (inout Fields) -> Void) {
        switch direction {
        case .pull: world.service.change(id, change)
        case .push: world.store.change(Self.table) { change(&$0[id, default: [:]]) }
        }
    }

    func remove(_ id: String) {
        switch direction {
        case .pull: world.service.remove(id)
        case .push: world.store.change(Self.table) { $0[id] = nil }
        }
    }

    /// Adds a row that was removed, under its old identifier.
    func restore(_ fields: Fields, id: String) {
        switch direction {
        case .pull: world.service.restore(fields, id: id)
        case .push: insert(fields, id: id)
        }
    }

    /// Adds a row; the service names its records itself.
    func insert(_ fields: Fields, id: String) {
        switch direction {
        case .pull: world.service.insert(fields)
        case .push: world.store.change(Self.table) { $0[id] = fields.filter { $0.key != keyColumn } }
        }
    }
}
