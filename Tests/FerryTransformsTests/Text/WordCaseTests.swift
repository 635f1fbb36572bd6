import FerryCore
import Testing

@Suite struct WordCaseTests {
    @Test(arguments: [
        ("HTTPServer2Go", "http_server2_go"), ("déjàVu", "déjà_vu"), ("user_id", "user_id"), ("user-id", "user_id"),
        ("  User . id!", "user_id"), ("userIDs", "user_ids"), ("URLsOfPDFs", "urls_of_pdfs"), ("userId", "user_id"),
        ("3DModel", "3d_model"), ("2nd", "2nd"), ("utf8mb4", "utf8mb4"), ("don't stop", "dont_stop"),
        ("rock ’n’ roll", "rock_n_roll"), ("dogs' l’été", "dogs_lété"), ("O'Neil", "o_neil"), ("你好 世界", "你好_世界"),
        ("Ἀθήνα ΟΔΟΣ", "ἀθήνα_οδος"), ("straßeNr5", "straße_nr5"), ("a👩‍🚀️b", "a_b"), ("__x__", "x"), ("", ""),
        ("ǅungla", "ǆungla"), ("e\u{301}cole E\u{301}cole", "e\u{301}cole_e\u{301}cole"),
        ("XMLHttpRequest", "xml_http_request"),
        ("AB", "ab"), ("ABs", "abs"), ("ABst", "a_bst"), ("I", "i"),
    ])
    func snakeCaseSplitsWordsAsTheTableSays(text: String, expected: String) throws {
        #expect(try apply(builtIn("snake_case"), to: text) == expected)
        #expect(try apply(builtIn("kebab_case"), to: text) == expected.replacing("_", with: "-"))
    }

    @Test(arguments: ["snake_case", "kebab_case", "camel_case", "pascal_case"])
    func textWithoutAWordIsRefusedAndNeverBecomesEmptyUnnoticed(name: String) throws {
        for text in ["!?", " ", "--", "_", "🎉", "\u{301}", "'"] {
            #expect(try refusal(name, .string, text) == "the text has no letter or digit to make a word of")
        }
    }

    @Test(arguments: [
        ("HTTPServer2Go", "httpServer2Go"), ("déjà vu", "déjàVu"), ("user_id", "userId"), ("don't STOP", "dontStop"),
        ("élan VITAL", "élanVital"), ("ოქრო ᲛᲔᲓᲐᲚᲘ", "ოქრომედალი"), ("", ""), ("ß ßa", "ßSsa"),
    ])
    func camelCaseBeginsAllWordsButTheFirstWithACapital(text: String, expected: String) throws {
        #expect(try apply(builtIn("camel_case"), to: text) == expected)
    }

    @Test(arguments: [("HTTPServer2Go", "HttpServer2Go"), ("déjà vu", "DéjàVu"), ("ǆ ﬁn", "ǅFin"), ("3d x", "3dX")])
    func pascalCaseBeginsAllWordsWithACapital(text: String, expected: String) throws {
        #expect(try apply(builtIn("pascal_case"), to: text) == expected)
    }

    @Test(arguments: [
        ("the LORD of the rings", "The Lord Of The Rings"), ("don't panic (yet)", "Don't Panic (Yet)"),
        ("x-ray, jean-luc", "X-Ray, Jean-Luc"), ("user_id", "User Id"), ("user-id", "User Id"), ("userId", "User Id"),
        ("HTTPServer2Go", "Http Server2 Go"), ("o’neil's", "O’neil's"), ("hello!", "Hello!"), ("ΟΔΟΣ ΣΑΣ", "Οδος Σας"),
        ("ﬁsh & ǆ", "Fish & ǅ"), ("2nd place", "2nd Place"), ("", ""), (" ", " "), ("'tis", "'Tis"), ("--", "--"),
        ("_", "_"), ("\u{301}", "\u{301}"),
    ])
    func titleCaseKeepsPunctuationAndSplitsNames(text: String, expected: String) throws {
        #expect(try apply(builtIn("title_case"), to: text) == expected)
    }

    @Test(arguments: [
        ("hELLO World", "Hello world"), ("«élan»", "«Élan»"), ("3 cats", "3 cats"), ("ΣΑΣ ΣΑΣ", "Σας σας"), ("", ""),
        ("...", "..."), ("ßa", "Ssa"),
    ])
    func capitalizeMakesTheFirstLetterACapitalAndTheRestSmall(text: String, expected: String) throws {
        #expect(try apply(builtIn("capitalize"), to: text) == expected)
    }

    @Test func wordsOfAResultAreTheSameWordsAgain() throws {
        var numbers = SeededNumbers(seed: 11)
        let names = ["snake_case", "kebab_case", "camel_case", "pascal_case"]
        let transforms = try names.map { try builtIn($0) }
        for _ in 0..<3000 {
            let text = numbers.text(upTo: 14)
            // Text without a letter has no words.
            guard let snake = try? apply(transforms[0], to: text) else { continue }
            let kebab = try apply(transforms[1], to: text)
            #expect(try apply(transforms[0], to: snake) == snake, "\(text.debugDescription)")
            #expect(try apply(transforms[0], to: kebab) == snake, "\(text.debugDescription)")
            #expect(try apply(transforms[1], to: snake) == kebab, "\(text.debugDescription)")
            for transform in transforms[2...] {
                #expect(try apply(transform, to: snake) == apply(transform, to: text), "\(text.debugDescription)")
            }
        }
    }

    @Test func snakeCaseOfCamelCaseIsTheSnakeCaseAgainForWordsOfTwoLettersAndMore() throws {
        var numbers = SeededNumbers(seed: 12)
        let snake = try builtIn("snake_case")
        let camel = try builtIn("camel_case")
        for _ in 0..<1000 {
            let words = (0..<Int.random(in: 1...5, using: &numbers)).map { _ in
                (0..<Int.random(in: 2...6, using: &numbers)).map { _ in
                    String("abcxyzéøжλ".randomElement(using: &numbers) ?? "a")
                }.joined() + (Bool.random(using: &numbers) ? "2" : "")
            }
            let name = words.joined(separator: "_")
            #expect(try apply(snake, to: apply(camel, to: name)) == name)
        }
    }
}
