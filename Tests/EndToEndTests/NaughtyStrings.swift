/// Strings that programs stumble over, family by family: each must go through a pull and a push as it is.
enum NaughtyStrings {
    static let all: [String] =
        words + numbers + scripts + invisible + emoji + code + shells + formats + fragments + spaces + lengths

    /// What looks like another kind of value, or a name that means something to a machine.
    private static let words = [
        "null", "NULL", "nil", "None", "undefined", "undef", "true", "false", "TRUE", "False", "yes", "no", "on", "off",
        "NaN", "Infinity", "-Infinity", "INF", "id", "rowid", "_rowid_", "oid", "constructor", "__proto__", "prototype",
        "hasOwnProperty", "then", "CON", "PRN", "AUX", "LPT1", "select", "table", "default", "missing", "b", "j", "m",
        "n",
    ]

    private static let numbers = [
        "0", "1", "-1", "+1", "00", "007", "-0", "1.0", "1.00", "$1.00", "1/2", "1E2", "1e400", "0x0", "0xffffffff",
        "0b1",
        "1_000", "1,000", "1.000,50", "1'000", "9007199254740993", "9223372036854775808", "18446744073709551616",
        "123456789012345678901234567890", "0.1234567890123456789012345", "-.5", ".5", "5.", "--1", "1..2", "1-2", "१२३",
        "١٢٣", "１２３", "½", "²", "2024-01-15", "2024-01-15T10:00:00Z", "12:30", "1e", "0e0", "∞",
    ]

    private static let scripts = [
        "ÅÍÎÏ˝ÓÔÒÚÆ☃", "Œ„´‰ˇÁ¨ˆØ∏”’", "田中さんにあげて下さい", "パーティーへ行かないか", "和製漢語", "部落格", "사회과학원", "Привет, мир",
        "Ελλάδα", "שלום עולם", "مرحبا بالعالم", "नमस्ते दुनिया", "ไทยแลนด์", "Tiếng Việt", "ქართული", "Հայերեն", "አማርኛ", "ᚠᛇᚻ",
        "𝐓𝐡𝐞 𝓺𝓾𝓲𝓬𝓴", "ʇunpᴉpᴉɔuᴉ", "ﬁ ﬂ ﬀ", "ẞß", "İıIi", "ΣΑΣ", "Ǆ", "𠜎𠜱𠝹", "表ポあA鷗ŒéＢ逍Üßªąñ丂㐀𠀀",
        "e\u{301}", "\u{E9}", "a\u{30A}\u{323}", "\u{1E69}", "s\u{323}\u{307}",
        "Z\u{351}\u{36B}\u{343}a\u{36D}l\u{321}go",
        "각", "\u{1100}\u{1161}\u{11A8}", "Å\u{212B}\u{C5}",
    ]

    private static let invisible = [
        "\u{FEFF}bom", "mid\u{FEFF}dle", "zero\u{200B}width", "join\u{200D}er", "non\u{200C}joiner", "soft\u{AD}hyphen",
        "\u{202E}right to left\u{202C}", "\u{2066}isolate\u{2069}", "\u{200E}\u{200F}", "word\u{2060}joiner",
        "\u{FFFD}",
        "\u{FFFF}", "\u{10FFFF}", "\u{E0001}tag", "\u{7F}", "\u{80}\u{9F}", "\u{1}\u{2}\u{1F}", "a\u{0}b",
        "\u{0}",
        "\u{1B}[31mred\u{1B}[0m", "bell\u{7}", "back\u{8}space", "\u{1A}",
    ]

    private static let emoji = [
        "😀", "👩‍👩‍👧‍👦", "👨🏿‍🚀", "🏴‍☠️", "🇩🇪🇫🇷", "1️⃣", "❤️ ❤", "🧑🏽‍🤝‍🧑🏻", "(╯°□°）╯︵ ┻━┻", "¯\\_(ツ)_/¯", "✋🏿 💪🏾",
    ]

    private static let code = [
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "javascript:alert(1)", "&amp;&lt;&#39;&nbsp;",
        "<!-- -->", "]]>", "<?xml version=\"1.0\"?>", "' OR 1=1 --", "1; DROP TABLE item", "'; DROP TABLE item; --",
        "\"\"\"\"",
        "'", "''", "\"", "`", "\\", "\\\\", "\\\"", "\\u0041", "\\ud800", "\\x41", "\\n", "%00", "{{7*7}}", "${7*7}",
        "#{7*7}",
        "<%= 7*7 %>", "{% raw %}", "$HOME", "`id`", "$(id)",
    ]

    private static let shells = [
        "; ls -la", "| cat", "&& true", "../../../../etc/passwd", "..\\..\\windows", "C:\\temp", "file:///etc/passwd",
        "http://example.com/?a=b&c=d#e", "--help", "-rf", "~", "*", "?", "[a-z]*",
    ]

    private static let formats = ["%s%n%x", "%@", "%d", "%%", "{0}", "%(name)s", "100%", "%2525", "%zz"]

    private static let fragments = [
        "{", "}", "[", "]", "{}", "[]", "[1]", "{\"a\":1}", "{\"a\":", "\"quoted\"", ",", ":", "[[[[", "{\"a\":1} x",
        "// c",
        "/* c */", "key: value", "- item", "--- \n...", "!!str x", "&a *a", "a=b&c=d", "a,b;c\td", "\"a\",\"b\"",
        "=1+1", "@x",
    ]

    private static let spaces = [
        "", " ", "  ", " lead", "trail ", "\t", "\n", "\r\n", "\r", "a\nb", "a\r\nb", "a\u{B}b", "a\u{C}b", "a\u{85}b",
        "a\u{A0}b", "a\u{2028}b", "a\u{2029}b", "\u{3000}", "\u{1680}x\u{180E}",
    ]

    private static let lengths = [
        String(repeating: "a", count: 65_537), String(repeating: "é", count: 40_000),
        String(repeating: "\\\"", count: 5_000),
        String(repeating: "\u{0}", count: 300), "e" + String(repeating: "\u{301}", count: 1_000),
    ]
}
