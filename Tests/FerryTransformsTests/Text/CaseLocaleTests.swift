import FerryCore
import Testing

@Suite struct CaseLocaleTests {
    @Test(arguments: [
        ("tr", "iki ılık", "İKİ ILIK"), ("az", "i̇", "İ\u{307}"), ("tr", "ß ﬁ", "SS Fİ".replacing("Fİ", with: "FI")),
        ("lt", "i\u{307}\u{301}", "I\u{301}"), ("lt", "i\u{328}\u{307}\u{303}", "I\u{328}\u{303}"),
        ("lt", "x\u{307} i\u{301}\u{307}", "X\u{307} I\u{301}\u{307}"), ("lt", "abc", "ABC"),
    ])
    func uppercaseFollowsTheLanguage(locale: String, text: String, expected: String) throws {
        let result = try apply(builtIn("uppercase", ["locale": .string(locale)]), to: text)
        #expect(Array(result.unicodeScalars) == Array(expected.unicodeScalars))
    }

    @Test(arguments: [
        ("tr", "ILIK İKİ", "ılık iki"), ("az", "I\u{307}", "i"), ("tr", "I\u{323}\u{307}", "i\u{323}"),
        ("tr", "I\u{301}\u{307}", "ı\u{301}\u{307}"), ("tr", "ΟΔΟΣ ABC", "οδος abc"),
        ("lt", "I\u{300}", "i\u{307}\u{300}"), ("lt", "J\u{323}\u{301}", "j\u{307}\u{323}\u{301}"),
        ("lt", "Į\u{303}", "į\u{307}\u{303}"), ("lt", "ÌÍĨ", "i\u{307}\u{300}i\u{307}\u{301}i\u{307}\u{303}"),
        ("lt", "IJ", "ij"), ("lt", "Ia\u{300}", "ia\u{300}"),
    ])
    func lowercaseFollowsTheLanguage(locale: String, text: String, expected: String) throws {
        let result = try apply(builtIn("lowercase", ["locale": .string(locale)]), to: text)
        #expect(Array(result.unicodeScalars) == Array(expected.unicodeScalars))
    }

    @Test(arguments: [
        ("tr", "istanbul ISPARTA ırmak", "İstanbul Isparta Irmak"),
        ("lt", "i\u{307}\u{301} i\u{301}", "I\u{301} I\u{301}"),
        ("lt", "LIET I\u{301}", "Liet I\u{301}"),
    ])
    func titleCaseFollowsTheLanguage(locale: String, text: String, expected: String) throws {
        let result = try apply(builtIn("title_case", ["locale": .string(locale)]), to: text)
        #expect(Array(result.unicodeScalars) == Array(expected.unicodeScalars))
    }

    @Test func theLanguageMayBeWrittenByItself() throws {
        #expect(try apply(builtIn("uppercase", "tr"), to: "i") == "İ")
    }

    @Test(arguments: ["uppercase", "lowercase", "title_case", "capitalize"])
    func anUnknownLanguageIsRefusedWithTheKnownOnes(name: String) {
        let expected = "the option 'locale' of '\(name)' must be 'az', 'lt' or 'tr'"
        #expect(throws: TransformReferenceError.invalidOptions(expected)) { try builtIn(name, ["locale": "de"]) }
    }
}
