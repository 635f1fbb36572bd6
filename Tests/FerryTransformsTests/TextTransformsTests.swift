import FerryCore
import Testing

@Suite struct TextTransformsTests {
    @Test(arguments: [
        ("abc XYZ 09 @[`{", "ABC XYZ 09 @[`{"), ("straße", "STRASSE"), ("ŉ ﬁ ǆ", "ʼN FI Ǆ"),
        ("é\u{390}", "É\u{399}\u{308}\u{301}"), ("", ""),
    ])
    func uppercaseFollowsUnicodesFullMapping(text: String, expected: String) throws {
        let result = try apply(builtIn("uppercase"), to: text)
        #expect(result.unicodeScalars.elementsEqual(expected.unicodeScalars))
    }

    @Test(arguments: [
        ("ABC xyz 09 @[`{", "abc xyz 09 @[`{"), ("ÀÉ İ", "àé i̇"), ("ΟΔΟΣ ΣΑΣ", "οδος σας"), ("Σ", "σ"),
        ("ΑΣ'Α", "ας'α".replacing("ς", with: "σ")), ("AΣ.", "aς."), ("ΑΣ\u{301}Α", "ασ\u{301}α"), ("", ""),
    ])
    func lowercaseFollowsUnicodesFullMapping(text: String, expected: String) throws {
        let result = try apply(builtIn("lowercase"), to: text)
        #expect(result.unicodeScalars.elementsEqual(expected.unicodeScalars))
    }

    @Test func caseRefusesBytesThatAreNotUTF8() throws {
        let transform = try builtIn("lowercase")
        #expect(throws: TransformError.self) {
            let bytes: [UInt8] = [0x41, 0xFF]
            var output: [UInt8] = []
            _ = try transform.apply(.string, bytes.span, into: &output)
        }
    }

    @Test(arguments: [
        ("  Mug \n", "Mug"), ("\u{A0}\u{3000}a\u{2003}b\u{85}", "a\u{2003}b"), (" \t ", ""), ("", ""), ("é", "é"),
        ("\u{200B}x", "\u{200B}x"),
    ])
    func trimTakesWhiteSpaceOffTheEndsOnly(text: String, expected: String) throws {
        #expect(try apply(builtIn("trim"), to: text) == expected)
    }

    @Test(arguments: [(" a \n\t b\u{A0}", "a b"), ("a\u{2028}b", "a b"), ("  ", ""), ("é  ß", "é ß")])
    func collapseWhitespaceLeavesOneSpaceBetweenWords(text: String, expected: String) throws {
        #expect(try apply(builtIn("collapse_whitespace"), to: text) == expected)
    }

    @Test func toStringKeepsEveryDigit() throws {
        let transform = try builtIn("to_string")
        let literal = Array("12345678901234567890.10".utf8)
        var output: [UInt8] = []
        #expect(try transform.apply(.number, literal.span, into: &output) == .string)
        #expect(output == literal)
        output = []
        #expect(try transform.apply(.true, [UInt8]().span, into: &output) == .string)
        #expect(output == Array("true".utf8))
    }

    @Test func trimTakesJustTheCharactersThatUnicodeCallsWhiteSpace() throws {
        let transform = try builtIn("trim")
        for value in UInt32(0)...0x3100 {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let result = try apply(transform, to: String(Character(scalar)))
            #expect(result.isEmpty == scalar.properties.isWhitespace)
        }
    }
}
