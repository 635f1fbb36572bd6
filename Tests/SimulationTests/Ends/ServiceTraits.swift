import FerryCore
import FerryTesting

/// What a simulated service takes and how it says no.
struct ServiceTraits: Sendable {
    /// What a create does that was made before.
    enum Creation: Sendable {
        /// It makes another record, or is refused where the key is unique.
        case plain
        /// The same idempotency key gets the same answer.
        case idempotent
        /// It changes the record with the same natural key.
        case upsert
    }

    /// How refusals and missing records are told.
    enum Refusals: Sendable {
        /// The whole request is refused, with a word about the first record that it was for.
        case whole
        /// The whole request is refused, with a word about each bad record.
        case positions
        /// Good records land, and each bad one is told.
        case rows
    }

    /// Whether two records cannot have the same natural key.
    var isUnique = true
    var creation = Creation.plain
    var refusals = Refusals.whole
    /// Whether fields that an update leaves out keep their values.
    var isPartial = true
    var batchSize = 5
    /// The most records that it takes, whatever the description says.
    var hiddenLimit = Int.max
    var pageSize = 7
    /// Whether a natural key can be searched for.
    var canFind = true
    /// Whether a search finds natural keys that contain the value, too.
    var findsParts = false
    /// How long a request goes on at most after its sender has given up.
    var settlesWithin: Duration = .zero
    var scansBeforeDelete = 1

    /// Traits with which the engine promises to double nothing.
    static func drawn(by random: inout SeededRandom) -> ServiceTraits {
        var traits = ServiceTraits()
        traits.creation = random.pick([.plain, .plain, .plain, .idempotent, .upsert])
        traits.isUnique = traits.creation == .upsert || random.chance(0.6)
        traits.refusals = random.pick([.whole, .positions, .rows])
        traits.isPartial = random.chance(0.7)
        traits.batchSize = random.number(1...8)
        if random.chance(0.2) { traits.hiddenLimit = random.number(1...traits.batchSize) }
        traits.pageSize = random.number(1...9)
        traits.canFind = random.chance(0.6)
        traits.findsParts = random.chance(0.5)
        traits.settlesWithin = random.chance(0.5) ? random.seconds(1...60) : .zero
        traits.scansBeforeDelete = random.pick([1, 1, 2])
        return traits
    }

    /// The failure of a request as a whole whose records would fare as `results` say; `nil` when they do.
    func failure(for results: [WriteResult]) -> SyncFailure? {
        guard refusals != .rows else { return nil }
        var words: [Int: String] = [:]
        for (index, result) in results.enumerated() {
            if case .refused(let text) = result { words[index] = text }
        }
        if let first = words.keys.min(), let text = words[first] {
            return SyncFailure(
                .record,
                .recordRefused,
                text,
                refusals: refusals == .positions ? words : [:]
            )
        }
        // One that is gone alone is an answer of its own.
        guard results.count > 1, results.contains(.gone) else { return nil }
        return SyncFailure(.gone, .recordRefused, "a record does not exist")
    }
}
