import FerryCore
import FerryJSON
import Testing

/// A projection walks many paths at once and a tree follows one: both must arrive at the same place.
@Suite struct PathAgreementTests {
    private static let names = ["a", "b", "", "\u{E9}", "e\u{301}", "longer than a word"]

    @Test(arguments: 0..<20) func extractsWhatTheTreeHolds(_ offset: UInt64) throws {
        let seed = 9535 + offset
        var random = SeededRandom(seed: seed)
        var found = 0
        for _ in 0..<300 {
            let value = Self.value(depth: 4, using: &random)
            let text = RandomJSON.spaced(value.serialized, using: &random)
            let paths = (0..<Int.random(in: 8...40, using: &random)).map { _ in Self.path(using: &random) }
            let page = Array(text.utf8)
            let extracted = try RecordProjection(paths).extract([0..<page.count], from: page)
            for (column, path) in paths.enumerated() {
                let cell = try Self.value(of: extracted.batch[0, column], of: extracted.batch)
                #expect(cell == value.value(at: path), "seed \(seed): '\(path)' in \(text)")
                if cell != nil && path != .root { found += 1 }
            }
        }
        #expect(found > 100, "seed \(seed): hardly a path led anywhere")
    }

    /// Documents of few names, so that paths lead somewhere and members repeat.
    private static func value(depth: Int, using random: inout SeededRandom) -> JSONValue {
        let count = Int.random(in: 0...4, using: &random)
        guard depth > 0, Int.random(in: 0..<6, using: &random) > 0 else { return RandomJSON.scalar(using: &random) }
        if Int.random(in: 0..<3, using: &random) == 0 {
            return .array((0..<count).map { _ in value(depth: depth - 1, using: &random) })
        }
        return .object(
            (0..<count).map { _ in
                .init(key: name(using: &random), value: value(depth: depth - 1, using: &random))
            }
        )
    }

    private static func name(using random: inout SeededRandom) -> String {
        names[Int.random(in: 0..<names.count, using: &random)]
    }

    private static func path(using random: inout SeededRandom) -> FieldPath {
        FieldPath(
            segments: (0..<Int.random(in: 0...3, using: &random)).map { _ in
                Int.random(in: 0..<3, using: &random) == 0
                    ? .index(Int.random(in: -3...2, using: &random)) : .name(name(using: &random))
            }
        )
    }

    private static func value(of cell: Cell, of batch: RecordBatch) throws -> JSONValue? {
        switch cell.kind {
        case .missing: nil
        case .null: .null
        case .false: .bool(false)
        case .true: .bool(true)
        case .number: .number(batch.string(of: cell))
        case .string: .string(batch.string(of: cell))
        case .json: try JSONValue(parsing: batch.string(of: cell))
        }
    }
}
