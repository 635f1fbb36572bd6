import FerryCore
import FerryTesting

/// Which fields are mapped and how: may change between two jobs.
struct MappingChoice: Sendable, Equatable {
    var hasPrice = true
    var hasNote = true
    /// Whether names arrive in upper case.
    var isUpper = false
    /// Whether rows without a price are refused.
    var needsPrice = false

    static func drawn(by random: inout SeededRandom) -> MappingChoice {
        MappingChoice(
            hasPrice: random.chance(0.8),
            hasNote: random.chance(0.7),
            isUpper: random.chance(0.3),
            needsPrice: random.chance(0.2)
        )
    }

    private struct Pair {
        let local: String
        let remote: String
        var transforms: [TransformReference] = []
        var isRequired = false
    }

    private var pairs: [Pair] {
        var pairs = [
            Pair(local: "sku", remote: "sku"),
            Pair(local: "serial", remote: "serial"),
            Pair(local: "name", remote: "title", transforms: isUpper ? [TransformReference(name: "uppercase")] : []),
        ]
        if hasPrice { pairs.append(Pair(local: "price", remote: "cost", isRequired: needsPrice)) }
        if hasNote { pairs.append(Pair(local: "note", remote: "remark")) }
        return pairs
    }

    var mappings: [FieldMapping] {
        pairs.map { pair in
            FieldMapping(
                source: FieldPath(segments: [.name("fields"), .name(pair.local)]),
                target: FieldPath(segments: [.name(pair.remote)]),
                transforms: pair.transforms,
                isRequired: pair.isRequired
            )
        }
    }

    /// The name of a local column at the end that the direction reads from.
    static func sourceName(of column: String, _ direction: Direction) -> String {
        guard direction == .pull else { return column }
        return ["name": "title", "price": "cost", "note": "remark"][column] ?? column
    }

    /// What a row of the source should be at the destination; `nil` where the mapping refuses it.
    func expected(of source: Fields, _ direction: Direction) -> Fields? {
        var result: Fields = [:]
        for pair in pairs {
            let value = source[direction == .push ? pair.local : pair.remote]
            if pair.isRequired, value?.isNull ?? true { return nil }
            guard var value else { continue }
            if !pair.transforms.isEmpty, let text = value.string { value = .string(text.uppercased()) }
            result[direction == .push ? pair.remote : pair.local] = value
        }
        return result
    }
}

extension Fields {
    /// The names at which this is not what `expected` says.
    ///
    /// What `expected` lacks may be anything; null and nothing are the same, and so are numbers of equal value.
    func differences(from expected: Fields) -> [String] {
        expected.keys.sorted().filter { name in
            switch (expected[name] ?? .null, self[name] ?? .null) {
            case (.number(let left), .number(let right)): !CanonicalNumber.areEqual(left, right)
            case (let left, let right): left != right
            }
        }
    }
}
