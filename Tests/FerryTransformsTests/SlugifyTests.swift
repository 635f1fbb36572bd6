import FerryCore
import Testing

@Suite struct SlugifyTests {
    @Test(arguments: [
        ("Crème brûlée", "creme-brulee"), ("Straße & Æther", "strasse-aether"), ("Ø œ þ ð đ ł", "o-oe-th-d-d-l"),
        ("Đà Nẵng", "da-nang"), ("Łódź", "lodz"), ("ﬁne", "fine"), ("ＦＵＬＬ　ｗｉｄｔｈ１２", "full-width12"),
        ("Жук", "zhuk"), ("Чайковский", "chaykovskiy"), ("Київ", "kiyiv"), ("Љубљана", "ljubljana"),
        ("Ελλάδα", "ellada"), ("مرحبا", "mrhba"), ("שלום", "shlvm"), ("हिन्दी", "hindi"), ("বাংলা", "bamla"),
        ("தமிழ்", "tamil"), ("ਪੰਜਾਬੀ", "panjabi"), ("සිංහල", "sinhala"), ("ไทย", "thaiy"), ("ქართული", "kartuli"),
        ("Հայերեն", "hayeren"),
        ("你好", "ni-hao"), ("Web开发2", "web-kai-fa-2"), ("こんにちは", "konnichiha"), ("きゃっと", "kyatto"),
        ("ファイル ウィキ", "fairu-wiki"), ("タワー", "tawa"), ("안녕하세요", "annyeonghaseyo"), ("٣٤ ५६", "34-56"),
        ("½ № ①", "1-2-no-1"), ("ខ្មែរ", "khmaero"), ("မြန်မာ", "mranmaa"), ("ລາວ", "laaw"), ("අම්මා", "amma"),
    ])
    func lettersOfEveryScriptBecomeASCII(text: String, slug: String) throws {
        #expect(try slugify(text) == slug)
    }

    @Test(arguments: [
        ("  --Hello,   World!--  ", "hello-world"), ("don't ’tis rockʼn", "dont-tis-rockn"), ("R&B @ $5", "r-b-5"),
        ("camelCaseWord", "camelcaseword"), ("a_b/c.d", "a-b-c-d"), ("I ❤️ cats👩‍🚀", "i-cats"), ("Acme® Pro™", "acme-pro"),
        ("a—b…c", "a-b-c"), ("co\u{AD}operate", "cooperate"), ("a\u{200B}b\u{A0}c", "a-b-c"), ("0", "0"),
    ])
    func everythingElseSeparatesOrGoes(text: String, slug: String) throws {
        #expect(try slugify(text) == slug)
    }

    @Test(arguments: ["é", "Đà Nẵng", "Чайковский", "ガギグ", "한국어", "क़लम", "Ǖber", "ΐ", "ờ", "ཀྵ", "ொ"])
    func bothFormsOfAnAccentedLetterGiveOneSlug(text: String) throws {
        let apart = text.decomposedForTest
        #expect(!apart.unicodeScalars.elementsEqual(text.unicodeScalars) || text.unicodeScalars.count > 1)
        #expect(try slugify(apart) == slugify(text))
    }

    @Test(arguments: ["🎉", "---", "'", " ", "\u{301}", "\u{10FFFF}"])
    func textWithoutALetterOrDigitIsAnErrorNotAnEmptySlug(text: String) throws {
        let error = try #require(throws: TransformError.self) { try slugify(text) }
        #expect(error.message == "the text has no letter or digit to make a slug of")
        #expect(throws: TransformError.self) { try slugify(text, ["unicode": true]) }
    }

    @Test func emptyTextIsAnErrorThatSaysSo() throws {
        let error = try #require(throws: TransformError.self) { try slugify("") }
        #expect(error.message.contains("the text is empty"))
    }

    @Test func maxLengthCutsBetweenWordsUnlessTheFirstAloneIsLonger() throws {
        #expect(try slugify("one two three", ["max_length": 7]) == "one-two")
        #expect(try slugify("one two three", ["max_length": 8]) == "one-two")
        #expect(try slugify("one two three", ["max_length": 6]) == "one")
        #expect(try slugify("one two three", ["max_length": 13]) == "one-two-three")
        #expect(try slugify("wonderful day", ["max_length": 6]) == "wonder")
        #expect(try slugify("größe öl", ["max_length": 5, "unicode": true]) == "größe")
        #expect(try slugify("öläüß", ["max_length": 3, "unicode": true]) == "ölä")
        #expect(try slugify("one two", ["max_length": 4, "separator": "--"]) == "one")
    }

    @Test func separatorAndCaseAreOptions() throws {
        #expect(try slugify("Hello Big World", ["separator": "_", "lowercase": false]) == "Hello_Big_World")
        #expect(try slugify("Hello World", ["separator": ""]) == "helloworld")
        #expect(try slugify("Жук", ["lowercase": false]) == "Zhuk")
    }

    @Test(arguments: [
        ("Crème Brûlée!", "crème-brûlée"), ("你好 世界", "你好-世界"), ("ΟΔΟΣ", "οδος"), ("हिन्दी भाषा", "हिन्दी-भाषा"),
        ("don’t ❤️ it", "dont-it"), ("e\u{301}a", "\u{E9}a"), ("タワー", "タワー"),
    ])
    func unicodeKeepsLettersAndDigitsOfAllScripts(text: String, slug: String) throws {
        let result = try slugify(text, ["unicode": true])
        #expect(result.unicodeScalars.elementsEqual(slug.unicodeScalars))
    }

    @Test(arguments: [
        JSONValue.null, ["separator": "_"], ["max_length": 9], ["lowercase": false], ["unicode": true],
        ["unicode": true, "max_length": 5, "separator": "--"], ["unicode": true, "lowercase": false],
    ])
    func aSlugOfASlugIsTheSameSlug(options: JSONValue) throws {
        let transform = try builtIn("slugify", options)
        var numbers = SeededNumbers(seed: 20)
        var made = 0
        for _ in 0..<5_000 {
            let text = numbers.text(upTo: 24)
            // Text without a letter has no slug; the count below makes sure that most have one.
            guard let once = try? apply(transform, to: text) else { continue }
            made += 1
            let twice = try apply(transform, to: once)
            #expect(once.utf8.elementsEqual(twice.utf8), "\(text.unicodeScalars.map { String($0.value, radix: 16) })")
        }
        #expect(made > 4_000)
    }

    @Test(arguments: [UInt64.random(in: 0...UInt64.max), 41])
    func aSlugOfASlugIsTheSameSlugWhateverTheOptions(seed: UInt64) throws {
        var numbers = SeededNumbers(seed: seed)
        let separators = ["-", "_", ".", "~", "", "--", "-_", "~.~"]
        var made = 0
        for _ in 0..<400 {
            var options: [JSONValue.Member] = [
                .init(key: "separator", value: .string(separators.randomElement(using: &numbers) ?? "-")),
                .init(key: "lowercase", value: .bool(Bool.random(using: &numbers))),
                .init(key: "unicode", value: .bool(Bool.random(using: &numbers))),
            ]
            if Bool.random(using: &numbers) {
                options.append(.init(key: "max_length", value: .integer(Int.random(in: 1...12, using: &numbers))))
            }
            let transform = try builtIn("slugify", .object(options))
            for _ in 0..<20 {
                let text = numbers.text(upTo: 16)
                // As above.
                guard let once = try? apply(transform, to: text) else { continue }
                made += 1
                #expect(!once.isEmpty)
                let twice = try? apply(transform, to: once)
                #expect(
                    twice?.utf8.elementsEqual(once.utf8) == true,
                    "seed \(seed), \(JSONValue.object(options).compactText): \(text.debugDescription)"
                )
            }
        }
        #expect(made > 6_000)
    }

    @Test func anASCIISlugHoldsNothingButWordsAndSingleSeparators() throws {
        let transform = try builtIn("slugify")
        var numbers = SeededNumbers(seed: 7)
        for _ in 0..<5_000 {
            // As above.
            guard let slug = try? apply(transform, to: numbers.text(upTo: 24)) else { continue }
            #expect(slug.wholeMatch(of: /[a-z0-9]+(-[a-z0-9]+)*/) != nil)
        }
    }

    @Test func decomposingAnyTextLeavesItsSlugAlone() throws {
        let transform = try builtIn("slugify")
        var numbers = SeededNumbers(seed: 3)
        for _ in 0..<5_000 {
            let text = numbers.text(upTo: 8)
            // As above.
            let slug = try? apply(transform, to: text)
            #expect(slug == (try? apply(transform, to: text.decomposedForTest)), "\(text.debugDescription)")
        }
    }

    @Test func bytesThatAreNotUTF8SeparateWords() throws {
        let transform = try builtIn("slugify")
        let bytes: [UInt8] = [0x61, 0xFF, 0xC3, 0x62, 0xE2, 0x82, 0x63, 0xF0]
        var output: [UInt8] = []
        _ = try transform.apply(.string, bytes.span, into: &output)
        #expect(String(decoding: output, as: UTF8.self) == "a-b-c")
    }
}
