import FerryCore
import FerryJSON
import Testing

@Suite struct JSONTextTests {
    private func escaped(_ bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        bytes.withUnsafeBytes { JSONText.appendEscaped($0, into: &output) }
        return output
    }

    @Test func escapesEveryByteAtEveryPlaceSoThatItReadsBack() throws {
        for byte in UInt8(0)..<0x80 {
            for place in 0..<18 {
                var content = Array("abcdefgh\u{E9}ijklmno".utf8)
                content.insert(byte, at: place == 9 ? 8 : place)
                let text = Array("\"".utf8) + escaped(content) + Array("\"".utf8)
                let value = try JSONValue(parsing: text)
                #expect(value.string.map { Array($0.utf8) } == content)
                let mustEscape = byte < 0x20 || byte == 0x22 || byte == 0x5C
                #expect((text.count > content.count + 2) == mustEscape)
            }
        }
    }

    @Test func writesTheContentWithoutQuotationMarks() {
        #expect(escaped(Array("a\"b".utf8)) == Array(#"a\"b"#.utf8))
        #expect(escaped([]).isEmpty)
    }

    @Test(arguments: ["0", "-0", "1e400", "1.5E-3", "12345678901234567890", "-0.0e+0"])
    func takesANumberForOne(_ text: String) {
        #expect(Array(text.utf8).withUnsafeBytes { JSONText.isValidNumber($0) })
    }

    @Test(arguments: ["", " 1", "1 ", "1,", "+1", "01", ".5", "5.", "1e", "NaN", "-", "0x1", "1_0", "null", "١"])
    func takesNothingElseForANumber(_ text: String) {
        #expect(!Array(text.utf8).withUnsafeBytes { JSONText.isValidNumber($0) })
    }

    @Test func judgesUTF8AsSwiftDoes() {
        var random = SeededRandom(seed: 3629)
        let interesting: [UInt8] = [
            0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE,
            0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF,
        ]
        var wellFormed = 0
        for _ in 0..<200_000 {
            let bytes = (0..<Int.random(in: 0...12, using: &random)).map { _ in
                // Mostly bytes that continue, so that enough sequences are well-formed.
                Bool.random(using: &random) ? 0x85 : interesting[Int.random(in: 0..<interesting.count, using: &random)]
            }
            let expected = String(validating: bytes, as: UTF8.self) != nil
            if expected { wellFormed += 1 }
            #expect(bytes.withUnsafeBytes { JSONText.isValidUTF8($0) } == expected, "\(bytes)")
        }
        #expect(wellFormed > 1000)
    }

    @Test func writesAMissingCellAsNull() {
        var output: [UInt8] = []
        JSONText.appendCell(.missing, of: RecordBatch(columnCount: 1), into: &output)
        #expect(output == Array("null".utf8))
    }

    @Test func refusesAByteOrderMarkInsideOtherText() {
        #expect(!Array("\u{FEFF}[]".utf8).withUnsafeBytes { JSONText.isValid($0) })
        #expect(throws: Never.self) { try JSONValue(parsing: "\u{FEFF}[]") }
    }
}
