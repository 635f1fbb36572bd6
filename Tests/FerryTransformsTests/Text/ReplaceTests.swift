import FerryCore
import Testing

@Suite struct ReplaceTests {
    @Test(arguments: [
        ("salt & pepper & salt", "&", "and", "salt and pepper and salt"), ("aaaa", "aa", "b", "bb"),
        ("aabaab", "aab", "", ""),
        ("ababac", "abac", "x", "abx"), ("a.c abc", "a.c", "x", "x abc"), ("é", "e", "x", "é"), ("", "a", "b", ""),
        ("aaab", "aab", "-", "a-"), ("日本語", "本", "$0", "日$0語"),
    ])
    func aLiteralIsReplacedAsItStands(text: String, pattern: String, with: String, expected: String) throws {
        let transform = try builtIn("replace", ["pattern": .string(pattern), "with": .string(with)])
        #expect(try apply(transform, to: text) == expected)
    }

    @Test(arguments: [
        ("12mm x 3 mm", #"(\d+) ?mm"#, "$1 millimetres", "12 millimetres x 3 millimetres"),
        ("a b", "[ab]", "<$0>$$$", "<a>$$ <b>$$"),
        ("x", "(y)?x", "[$1]", "[]"), ("abc", "", "-", "-a-b-c-"), ("Ä1", #"\p{L}"#, "", "1"),
        ("a\nb", "a.b", "x", "a\nb"),
    ])
    func anExpressionMayNameItsGroups(text: String, pattern: String, with: String, expected: String) throws {
        guard !pattern.isEmpty else {
            #expect(throws: TransformReferenceError.self) { try builtIn("replace", ["pattern": "", "regex": true]) }
            return
        }
        let options: JSONValue = ["pattern": .string(pattern), "with": .string(with), "regex": true]
        #expect(try apply(builtIn("replace", options), to: text) == expected)
    }

    @Test func aGroupThatThePatternLacksIsNamed() throws {
        let message = try refusal("replace", ["pattern": "a", "with": "$2", "regex": true], .string, "a")
        #expect(message == "'replace' names the group $2, which its pattern does not have")
    }

    @Test func aPatternIsNeededAndMustBeValid() {
        #expect(
            throws: TransformReferenceError.invalidOptions(
                "'replace' needs the option 'pattern': the text that is replaced"
            )
        ) { try builtIn("replace") }
        #expect(
            throws: TransformReferenceError.invalidOptions(
                "the option 'pattern' of 'replace' must be a valid regular expression"
            )
        ) { try builtIn("replace", ["pattern": "(", "regex": true]) }
        #expect(throws: TransformReferenceError.self) { try builtIn("replace", ["pattern": ""]) }
    }

    @Test func literalsAgreeWithTheStandardLibrary() throws {
        var numbers = SeededNumbers(seed: 31)
        for _ in 0..<1500 {
            let text = String((0..<20).map { _ in Bool.random(using: &numbers) ? "a" : "b" })
            let pattern = String(
                (0..<Int.random(in: 1...4, using: &numbers)).map { _ in Bool.random(using: &numbers) ? "a" : "b" }
            )
            let transform = try builtIn("replace", ["pattern": .string(pattern), "with": "-"])
            #expect(try apply(transform, to: text) == text.replacing(pattern, with: "-"))
        }
    }

    @Test func aPatternThatAlmostMatchesEverywhereTakesLinearTime() throws {
        let text = String(repeating: "a", count: 200_000)
        let pattern = String(repeating: "a", count: 20_000) + "b"
        let transform = try builtIn("replace", ["pattern": .string(pattern)])
        // 4,000,000,000 comparisons if each place were tried anew, 400,000 otherwise.
        var result = ""
        let duration = try ContinuousClock().measure { result = try apply(transform, to: text) }
        #expect(result == text)
        #expect(duration < .seconds(5))
    }
}
