import FerryCore
import Testing

@Suite struct TruncateTests {
    @Test(arguments: [
        ("Crème brûlée", 5, "Crème"), ("Crème", 5, "Crème"), ("👩‍🚀👩‍🚀", 1, "👩‍🚀"), ("🇩🇪🇫🇷", 1, "🇩🇪"),
        ("e\u{301}e\u{301}x", 2, "e\u{301}e\u{301}"),
        ("a\r\nb", 2, "a\r\n"), ("", 1, ""), ("각각", 1, "각"),
    ])
    func aCharacterIsNeverCut(text: String, length: Int, expected: String) throws {
        let result = try apply(builtIn("truncate", .integer(length)), to: text)
        #expect(result.utf8.elementsEqual(expected.utf8))
        #expect(try apply(builtIn("truncate", ["length": .integer(length)]), to: text) == result)
    }

    @Test(arguments: [
        ("Crème brûlée", 6, "…", "Crème…"), ("Crème", 5, "…", "Crème"), ("abcdef", 5, "...", "ab..."),
        ("abc", 1, "…", "…"),
    ])
    func theEllipsisIsCountedAndStandsOnlyWhereTextWasCut(
        text: String,
        length: Int,
        ellipsis: String,
        expected: String
    ) throws {
        let transform = try builtIn("truncate", ["length": .integer(length), "ellipsis": .string(ellipsis)])
        #expect(try apply(transform, to: text) == expected)
    }

    @Test(arguments: [
        ("Crème brûlée", 8, "Crème"), ("Crème brûlée", 5, "Crème"), ("Crème brûlée", 6, "Crème"),
        ("Crème brûlée", 3, "Crè"),
        ("a  b c", 4, "a  b"), ("a\u{3000}bcd", 3, "a"), (" abc", 2, " a"),
    ])
    func wordsAreKeptWholeWhereTheyCanBe(text: String, length: Int, expected: String) throws {
        let transform = try builtIn("truncate", ["length": .integer(length), "words": true])
        #expect(try apply(transform, to: text) == expected)
    }

    @Test func theResultIsNeverLongerThanAskedForAndBeginsAsTheText() throws {
        var numbers = SeededNumbers(seed: 21)
        for length in 1...12 {
            let plain = try builtIn("truncate", .integer(length))
            let words = try builtIn("truncate", ["length": .integer(length), "ellipsis": "…", "words": true])
            for _ in 0..<150 {
                let text = numbers.text(upTo: 30)
                let result = try apply(plain, to: text)
                #expect(result.count == min(text.count, length))
                #expect(text.utf8.starts(with: result.utf8))
                #expect(try apply(words, to: text).count <= length)
            }
        }
    }

    @Test func aLengthIsNeededAndTheEllipsisMustFit() {
        #expect(
            throws: TransformReferenceError.invalidOptions(
                "'truncate' needs the option 'length': the most characters that are kept"
            )
        ) { try builtIn("truncate") }
        #expect(
            throws: TransformReferenceError.invalidOptions(
                "the option 'ellipsis' of 'truncate' must be a string of at most 'length' characters"
            )
        ) { try builtIn("truncate", ["length": 2, "ellipsis": "..."]) }
        #expect(throws: TransformReferenceError.self) { try builtIn("truncate", 0) }
        #expect(throws: TransformReferenceError.self) { try builtIn("truncate", "80") }
    }
}
