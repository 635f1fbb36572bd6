import FerryCore
import FerryTransforms
import Testing

@Suite struct RandomCellsTests {
    @Test(arguments: BuiltInTransforms().names)
    func noCellMakesATransformCrashOrTouchWhatWasWritten(name: String) throws {
        try check(builtIn(name, leastOptions(of: name)))
    }

    @Test(
        arguments: [
            ("uppercase", "lt"), ("lowercase", "lt"), ("lowercase", "tr"), ("title_case", "lt"), ("capitalize", "az"),
            ("truncate", ["length": 4, "ellipsis": "…", "words": true]),
            ("replace", ["pattern": "(.)<|A", "with": "$1$$", "regex": true]),
            ("split", ["by": "e", "trim": true]), ("join", ""), ("lookup", ["map": ["1": [1]], "default": .null]),
            ("to_number", ["thousands": ",", "decimal": "·"]),
        ] as [(String, JSONValue)]
    )
    func noCellMakesATransformWithOptionsCrash(name: String, options: JSONValue) throws {
        try check(builtIn(name, options))
    }

    private func check(_ transform: any Transform) throws {
        var numbers = SeededNumbers(seed: 61)
        let before: [UInt8] = [7, 8, 9]
        for _ in 0..<2000 {
            let (kind, bytes) = cell(&numbers)
            var output = before
            do throws(TransformError) {
                let result = try transform.apply(kind, bytes.span, into: &output)
                #expect(output.starts(with: before))
                let isBare = result == .null || result == .true || result == .false
                #expect(isBare ? output.count == before.count : result != .missing)
            } catch {
                #expect(!error.message.isEmpty)
            }
        }
    }

    /// Any kind with fitting or unfitting bytes.
    private func cell(_ numbers: inout SeededNumbers) -> (ValueKind, [UInt8]) {
        let kinds: [ValueKind] = [.null, .false, .true, .number, .string, .string, .string, .json, .json]
        let kind = kinds[Int.random(in: 0..<kinds.count, using: &numbers)]
        switch kind {
        case .null, .false, .true, .missing: return (kind, [])
        case .number, .string, .json: break
        }
        switch Int.random(in: 0..<4, using: &numbers) {
        case 0: return (kind, Array(numbers.text(upTo: 40).utf8))
        case 1:
            let count = Int.random(in: 0..<24, using: &numbers)
            return (kind, (0..<count).map { _ in UInt8.random(in: 0...255, using: &numbers) })
        default:
            let pieces = [
                "[", "]", "{", "}", ",", ":", "\"", "\\", "\\u", "d800", "null", "true", "1", "-", ".5", "e", " ", "<",
                ">", "</",
                "script", "<!--", "-->", "&", "#x", ";", "'", "_", "A", "b", "Σ", "İ", "\u{307}", "2024-02-30", "T",
                "Z", "*", "`",
            ]
            let count = Int.random(in: 0..<12, using: &numbers)
            return (
                kind, (0..<count).flatMap { _ in Array(pieces[Int.random(in: 0..<pieces.count, using: &numbers)].utf8) }
            )
        }
    }
}
