import Testing

/// What the libraries of the article's table return alike; it was checked by running them, or their published rules
/// over the same texts.
@Suite struct SlugAgreementTests {
    /// All six: python-slugify, Django, Rails, github-slugger, gosimple/slug and sindresorhus/slugify.
    @Test(arguments: [
        ("Hello, World!", "hello-world"), ("Ten years of SQL", "ten-years-of-sql"),
        ("already-a-slug", "already-a-slug"), ("UPPER CASE", "upper-case"), ("mixed Case 42", "mixed-case-42"),
        ("2024 in review", "2024-in-review"), ("100% cotton", "100-cotton"), ("What? Why!", "what-why"),
        ("(in brackets)", "in-brackets"), ("[draft] notes", "draft-notes"), ("Price: $5", "price-5"),
        ("No. 1", "no-1"), ("!leading and trailing!", "leading-and-trailing"), ("semi; colon", "semi-colon"),
        ("star*", "star"), ("C++", "c"), ("C#", "c"), ("#hashtag", "hashtag"), ("{curly}", "curly"),
        ("question mark?", "question-mark"), ("ends with dot.", "ends-with-dot"),
        ("comma, separated, list", "comma-separated-list"), ("\"double quoted\"", "double-quoted"), ("0", "0"),
        ("007", "007"), ("3 2 1", "3-2-1"), ("x86 64", "x86-64"), ("A", "a"), ("Mug, 0 ml", "mug-0-ml"),
        ("quote \"inside\" it", "quote-inside-it"), ("«x»", "x"), ("50%", "50"),
    ])
    func allSixAgree(text: String, slug: String) throws {
        #expect(try slugify(text) == slug)
    }

    /// All but github-slugger, which makes a separator of each space.
    @Test(arguments: [
        ("  spaces   around  ", "spaces-around"), ("Tabs\tand words", "tabs-and-words"), ("a - b", "a-b"),
        ("one -- two", "one-two"), ("--dashes--", "dashes"), ("tilde ~ here", "tilde-here"),
        ("caret ^ here", "caret-here"), ("equals = sign", "equals-sign"), ("plus + sign", "plus-sign"),
        ("less < more >", "less-more"), ("pipe | pipe", "pipe-pipe"), ("new\nline", "new-line"),
        ("I ❤ you", "i-you"), ("naïve", "naive"), ("e\u{301}", "e"),
    ])
    func fiveAgree(text: String, slug: String) throws {
        #expect(try slugify(text) == slug)
    }

    /// The three that transliterate Latin letters most fully: python-slugify, gosimple/slug and sindresorhus/slugify.
    @Test(arguments: [
        ("Crème brûlée", "creme-brulee"), ("déjà vu", "deja-vu"), ("São Paulo", "sao-paulo"), ("Garçons", "garcons"),
        ("Fußball", "fussball"), ("Łódź", "lodz"), ("Gdańsk", "gdansk"), ("Škoda", "skoda"), ("Žižkov", "zizkov"),
        ("Reykjavík", "reykjavik"), ("Ðakovo", "dakovo"), ("Ålesund", "alesund"), ("Bjørn", "bjorn"),
        ("mañana", "manana"), ("Çeşme", "cesme"), ("İzmir", "izmir"), ("ığdır", "igdir"), ("Győr", "gyor"),
        ("Kőszeg", "koszeg"), ("Dvořák", "dvorak"), ("Tromsø", "tromso"), ("œuvre", "oeuvre"), ("ÆON", "aeon"),
        ("A\u{30A}ngstrom", "angstrom"), ("nai\u{308}ve", "naive"), ("Việt Nam", "viet-nam"), ("Đà Nẵng", "da-nang"),
        ("Hà Nội", "ha-noi"), ("Thừa Thiên Huế", "thua-thien-hue"), ("Trường Sa", "truong-sa"),
        ("Москва", "moskva"), ("Привет мир", "privet-mir"), ("Жук", "zhuk"), ("Ελλάδα", "ellada"), ("٣٤", "34"),
    ])
    func thoseThatTransliterateAgree(text: String, slug: String) throws {
        #expect(try slugify(text) == slug)
    }

    /// The two that know more scripts than Latin, Cyrillic and Greek: python-slugify and gosimple/slug.
    @Test(arguments: [
        ("日本", "ri-ben"), ("北京", "bei-jing"), ("上海", "shang-hai"), ("世界", "shi-jie"), ("東京", "dong-jing"),
        ("서울", "seoul"), ("안녕하세요", "annyeonghaseyo"), ("१२", "12"), ("שלום", "shlvm"), ("Αθήνα", "athena"),
        ("Тбилиси", "tbilisi"), ("հայ", "hay"), ("ﬁnal ﬂow", "final-flow"), ("ﬃ", "ffi"), ("Ǆ", "dz"), ("ｆｕｌｌ", "full"),
        ("Ŋ ŋ", "ng-ng"), ("ĸ", "k"), ("ἁ ᾳ ᾠ", "a-a-o"), ("ӝ ӵ ҥ һ", "zh-ch-ng-h"), ("ʒ Ʒ Ǯ", "zh-zh-zh"),
        ("Ɔfiase", "ofiase"), ("Ɣ", "g"), ("Ѯ Ѱ", "ks-ps"),
    ])
    func thoseThatKnowAllScriptsAgree(text: String, slug: String) throws {
        #expect(try slugify(text) == slug)
    }

    /// Letters that stand inside words of living languages: none of them may tear a word apart.
    @Test(arguments: [
        ("Әлем", "alem"), ("Башҡорт теле һәм", "bashkort-tele-ham"), ("Саха сиригэр ҥ", "sakha-siriger-ng"),
        ("Лъэпкъ Ӏэ", "lepk-e"), ("ɛwe ɖevi", "ewe-devi"), ("Hawaiʻi", "hawaii"), ("Tˈest ˌer", "test-er"),
        ("Ῥόδος", "rodos"), ("Azərbaycan", "azerbaycan"), ("Қазақстанның ұлты", "kazakstannyn-ulty"),
        ("Кыргыз өлкөсү", "kyrgyz-olkosu"), ("Тоҷикистон ҳам", "tochikiston-kham"), ("ǃKung", "kung"),
    ])
    func rareLettersStayInsideTheirWords(text: String, slug: String) throws {
        #expect(try slugify(text) == slug)
    }
}
