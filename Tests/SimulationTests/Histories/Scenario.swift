import FerryCore
import FerryTesting

/// What a history is about: drawn by its seed, and the same throughout.
struct Scenario: Sendable, CustomStringConvertible {
    let direction: Direction
    let service: ServiceTraits
    let weather: Weather
    let deletes: EntityMapping.DeletePolicy
    /// The column that is the table's key: `id`, or `sku`, which is the natural key too.
    let keyColumn: String
    /// Rows at the source before the first job.
    let rowCount: Int
    /// Rows at the destination that others have made before.
    let foreignCount: Int
    /// The most rows in a page of the store.
    let scanLimit: Int
    /// Whether two rows of the source may have one natural key.
    let keysMayCollide: Bool
    /// Whether a row's natural key may become another one.
    let keysMayChange: Bool
    /// Whether rows may have no natural key.
    let keysMayLack: Bool
    /// Whether others than Ferry write to the destination of a push.
    let hasOthers: Bool
    /// Lives of the daemon in bad weather.
    let lives: Int
    /// Whether the rows of the table tell when they changed last.
    let tellsChanges: Bool

    init(_ direction: Direction, random: inout SeededRandom) {
        self.direction = direction
        service = .drawn(by: &random)
        weather = .drawn(by: &random)
        deletes = random.chance(0.7) ? .propagate : .keep
        keyColumn = random.chance(0.5) ? "id" : "sku"
        rowCount = random.pick([0, 1, 3, 8, 15, 25])
        foreignCount = random.pick([0, 0, 2, 6])
        scanLimit = random.number(1...12)
        // A natural key is unique, as a service sees to or people promise.
        let collides = random.chance(0.25)
        keysMayCollide = collides && (direction == .pull || service.isUnique)
        keysMayChange = random.chance(0.5)
        keysMayLack = random.chance(0.1) && keyColumn == "id"
        hasOthers = random.chance(0.2) && direction == .push
        lives = random.number(1...5)
        tellsChanges = direction == .push && random.chance(0.3)
    }

    var description: String {
        "\(direction.rawValue), deletes \(deletes), key \(keyColumn), \(rowCount) rows + \(foreignCount), pages of "
            + "\(scanLimit), collide \(keysMayCollide), change \(keysMayChange), lack \(keysMayLack), others \(hasOthers), "
            + "\(lives) lives, tells changes \(tellsChanges)\n\(service)\n\(weather)"
    }
}
