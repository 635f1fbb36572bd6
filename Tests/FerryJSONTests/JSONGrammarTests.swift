import FerryCore
import FerryJSON
import Testing

@Suite struct JSONGrammarTests {
    /// What each reader says: they share the scanner, but not their loops.
    private func verdicts(_ bytes: [UInt8]) -> [String: Bool] {
        // Wrapped so that the page reader finds records; trailing and leading garbage is then inside the array.
        let page = Array("{\"rows\":[{\"id\":1}],\"more\":".utf8) + bytes + Array("}".utf8)
        let reader = PageReader(records: [path("rows")], id: path("id"), hashed: .root)
        return [
            "isValid": bytes.withUnsafeBytes { JSONText.isValid($0) },
            "page": (try? reader.index(page)) != nil,
            "tree": (try? JSONValue(parsing: bytes)) != nil,
        ]
    }

    @Test(arguments: JSONGrammarCases.accepted + JSONGrammarCases.moreAccepted)
    func acceptsWhatTheGrammarAllows(_ text: String) {
        var verdicts = verdicts(Array(text.utf8))
        // A tree holds strings, and no string holds a lone surrogate.
        if text.lowercased().contains("\\ud") && (try? JSONValue(parsing: text)) == nil { verdicts["tree"] = true }
        for (reader, isAccepted) in verdicts { #expect(isAccepted, "\(reader) refuses \(text)") }
    }

    @Test(arguments: JSONGrammarCases.refused + JSONGrammarCases.moreRefused)
    func refusesWhatTheGrammarForbids(_ text: String) {
        // Inside a page, `1} ,{` and the like would be another text: such cases have their own test below.
        for (reader, isAccepted) in verdicts(Array(text.utf8)) where reader != "page" || !text.contains("}") {
            #expect(!isAccepted, "\(reader) accepts \(text)")
        }
    }

    @Test(arguments: JSONGrammarCases.refusedBytes + JSONGrammarCases.moreRefusedBytes)
    func refusesIllFormedUTF8(_ bytes: [UInt8]) {
        for (reader, isAccepted) in verdicts(bytes) { #expect(!isAccepted, "\(reader) accepts \(bytes)") }
    }

    @Test(arguments: ["[1]]", "[1]}", "[1],", "[1]x", "[1] [2]", "[1]\u{0}", "[1,]", "[1 2]", "[,1]", "[1", "[", ""])
    func refusesAPageWhoseArrayDoesNotEndWell(_ text: String) {
        let reader = PageReader(records: [.root], id: .root, hashed: .root)
        #expect(throws: JSONFailure.self) { try reader.index(Array(text.utf8)) }
    }

    @Test func refusesASampleCutOffAnywhere() {
        let sample = """
            {"rows": [ {"id": "a\\u00e9\\n", "n": -1.5e+3, "t": true, "f": false, "z": null, "ü": ["é", {}, []]},
            {"id": 12345678901234567890, "s": "plain text of more than eight bytes", "o": {"a": {"b": [1, 2]}}} ]}
            """
        let bytes = Array(sample.utf8)
        let reader = PageReader(records: [path("rows")], id: path("id"), hashed: path("o"))
        #expect(throws: Never.self) { try reader.index(bytes) }
        for count in 0..<bytes.count {
            let part = Array(bytes.prefix(count))
            #expect(throws: JSONFailure.self, "\(count) bytes") { try reader.index(part) }
            #expect(throws: JSONFailure.self, "\(count) bytes") { try JSONValue(parsing: part) }
            #expect(!part.withUnsafeBytes { JSONText.isValid($0) }, "\(count) bytes")
        }
    }

    @Test(arguments: [1, 2, 63, 64, 65, 127, 128, 129, 512])
    func limitsTheDepthExactly(_ limit: Int) throws {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let atLimit =
                String(repeating: open, count: limit - 1) + (open == "[" ? "[]" : "{}")
                + String(repeating: close, count: limit - 1)
            let below = Array((open + atLimit + close).utf8)
            let fitting = Array(atLimit.utf8)
            #expect(fitting.withUnsafeBytes { JSONText.isValid($0, maximumDepth: limit) })
            #expect(!below.withUnsafeBytes { JSONText.isValid($0, maximumDepth: limit) })
            #expect(throws: Never.self) { try JSONValue(parsing: fitting, maximumDepth: limit) }
            #expect(throws: JSONFailure.self) { try JSONValue(parsing: below, maximumDepth: limit) }
        }
    }

    @Test func countsTheDepthOfAPageFromItsRoot() {
        let reader = PageReader(records: [path("rows")], id: path("id"), hashed: path("a"), maximumDepth: 5)
        // Object, array, record, then two more.
        let fitting = #"{"rows":[{"id":1,"a":{"b":[]},"c":[[]]}]}"#
        #expect(throws: Never.self) { try reader.index(Array(fitting.utf8)) }
        for tooDeep in [#"{"rows":[{"id":1,"a":{"b":[[]]}}]}"#, #"{"rows":[{"id":1,"c":[[{}]]}]}"#] {
            #expect(throws: JSONFailure.self) { try reader.index(Array(tooDeep.utf8)) }
        }
    }

    @Test func refusesAMillionBracketsWithoutOverflowingTheStack() {
        let brackets = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
        #expect(throws: JSONFailure.self) { try JSONValue(parsing: brackets) }
        #expect(throws: JSONFailure.self) { try JSONValue(parsing: brackets, maximumDepth: .max) }
        #expect(!brackets.withUnsafeBytes { JSONText.isValid($0, maximumDepth: .max) })
        let closed = brackets + [UInt8](repeating: UInt8(ascii: "]"), count: 1_000_000)
        #expect(closed.withUnsafeBytes { JSONText.isValid($0, maximumDepth: .max) })
    }

    @Test func findsASpecialByteAtEveryPlaceOfAWord() {
        for length in 0..<40 {
            for place in 0...length {
                var content = [UInt8](repeating: UInt8(ascii: "x"), count: length)
                content.insert(0x1F, at: place)
                #expect(throws: JSONFailure.self) { try JSONValue(parsing: [0x22] + content + [0x22]) }
                content[place] = UInt8(ascii: "~")
                #expect(throws: Never.self) { try JSONValue(parsing: [0x22] + content + [0x22]) }
                content.replaceSubrange(place...place, with: Array("\\u00e9é".utf8))
                let value = try? JSONValue(parsing: [0x22] + content + [0x22])
                let x = { String(repeating: "x", count: $0) }
                #expect(value == .string(x(place) + "éé" + x(length - place)))
            }
        }
    }

    @Test func saysWhereATextGoesWrong() {
        let failure = #expect(throws: JSONFailure.self) { try JSONValue(parsing: #"{"a": [1, 2,]}"#) }
        #expect(failure?.offset == 12)
        #expect(failure?.description == "expected a JSON value at byte 12")
        let cut = #expect(throws: JSONFailure.self) { try JSONValue(parsing: #"{"a": "#) }
        #expect(cut?.description == "the JSON ends too early at byte 6")
    }
}

/// The path, which the test knows to be one.
func path(_ text: String) -> FieldPath {
    do throws(FieldPathError) {
        return try FieldPath(parsing: text)
    } catch {
        Issue.record("'\(text)' is no path: \(error)")
        return .root
    }
}
