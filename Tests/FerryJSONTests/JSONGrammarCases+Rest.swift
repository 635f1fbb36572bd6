/// The families' remaining members: a suite is as good as its odd ones.
extension JSONGrammarCases {
    /// Texts every reader must accept.
    static let moreAccepted: [String] = [
        "[[]   ]", "[[[[[]]]]]", "[-0.0000000000000000000000000000000000000000000000000000000000000000000000001]",
        "{\"x\":[{\"id\": \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}], \"id\": \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}",
        "{\"title\":\"\\u041f\\u043e\\u043b\\u0442\\u043e\\u0440\\u0430 \\u0417\\u0435\\u043c\\u043b\\u0435\\u043a\"}",
        "[\"\\uDBFF\\uDFFE\"]", "[\"\\uD83F\\uDFFE\"]", "[\"\\uDBFF\\uDFFF\"]", "[\"a\u{7F}a\"]", "[\"\\u001F\"]",
        "[0,-0,0.0,-0.0,0e0,0E-0]", "[1e1,1E1,1e+1,1E+1,1e-1,1E-1,0.1e1,12.34E-56]", "[[[[[[[[\"deep\"]]]]]]]]",
        "{\"a\":{\"b\":{\"c\":{\"d\":{}}}}}", "{\"\\\"\":1,\"\\\\\":2,\"\\/\":3,\"/\":4}",
        "[\"\\u00e9\",\"é\",\"e\\u0301\"]",
        "[ \n\r\t1 \n\r\t, \n\r\t2 \n\r\t]", "{ \n\r\t\"a\" \n\r\t: \n\r\t1 \n\r\t}",
        "[\"https://example.com/?q=1&r=%20#x\"]",
        "[\"// no comment\",\"/* no comment */\",\"# no comment\"]", "[\"`1~!@#$%^&*()_+-={':[,]}|;.</>?\"]",
        "[\"0123456789\",\"abcdefghijklmnopqrstuvwyz\",\"ABCDEFGHIJKLMNOPQRSTUVWYZ\"]", "1.23456789E34",
        "[0.5 ,98.6\n,\n99.44\n,\n\n1066,1e1,\n0.1e1,\n1e-1,\n1e00,2e+00,2e-00\n,\"rosebud\"]",
    ]

    /// Texts every reader must refuse.
    static let moreRefused: [String] = [
        "[1,", "[+Inf]", "[+NaN]", "[-Infinite]", "\"\"x", "1]", "[][]", "2@", "['", "[,", "[{", "{,", "{[", "{\"a",
        "{'a'",
        "{\"\":", "[1", "[ false, nul", "[ true, fals", "[ false, tru", "{\"asd\":\"asd\"", "{\"a\":\"b\"}/",
        "{\"a\":\"b\"}#{}",
        "{\"a\":/*comment*/\"b\"}", "{\"a\": true} \"x\"", "[\\u000A\"\"]", "[\"\\{[\"\\{[\"\\{[\"\\{", "[\u{0}]",
        "123\u{0}",
        "[\"\\\u{0}\"]", "[{\"\":[{\"\":[{\"\":[{\"\":[{\"\":[{\"\":[{\"\":[{\"\":",
        "{\"Extra value after close\": true} \"x\"",
        "{\"Illegal expression\": 1 + 2}", "{\"Illegal invocation\": alert()}", "{\"Leading zeroes\": 013}",
        "{\"Hexadecimal\": 0x14}", "[\"Illegal backslash escape: \\x15\"]", "[\"Illegal backslash escape: \\017\"]",
        "{\"Missing colon\" null}", "{\"Double colon\":: null}", "{\"Comma instead of colon\", null}",
        "[\"Colon instead of comma\": false]", "[\"Bad value\", truth]", "['single quote']", "[\"tab\tin a string\"]",
        "[\"tab\\\tafter a backslash\"]", "[\"line\nbreak\"]", "[\"line\\\nbreak\"]", "[0e]", "[0e+]", "[0e+-1]",
        "{\"Comma instead if closing brace\": true,", "[\"mismatch\"}", "[\"extra comma\",]",
        "[\"double extra comma\",,]",
        "[   , \"<-- missing value\"]", "[\"Comma after the close\"],", "[\"Extra close\"]]",
        "{\"Extra comma\": true,}",
        "{unquoted_key: \"keys must be quoted\"}", "[1e", "[-", "[0.", "[\"\\u", "[\"\\uD800", "[\"\\uD800\\",
        "[\"\\uD800\\u",
        "nul", "truex", "falsee", "nulL", "[1 2]", "{\"a\":1,,\"b\":2}", "{\"a\"}", "{\"a\":1:2}", "[1.e1]", "[.1]",
        "[1e1.5]",
        "[1-1]", "[--1]", "[\u{2028}1]", "[\u{3000}1]", "[\u{FEFF}1]", "{\"a\":1}\u{FEFF}",
    ]

    /// Texts that are not well-formed UTF-8, or mix it with JSON's structure.
    static let moreRefusedBytes: [[UInt8]] = [
        Array("[a".utf8) + [0xE5, 0x5D], Array("[123".utf8) + [0xE5, 0x5D], Array("[1e1".utf8) + [0xE5, 0x5D],
        Array("[0".utf8) + [0xE5, 0x5D, 0x0A], Array("[1e".utf8) + [0xE5, 0x5D],
        Array("{\"".utf8) + [0xB9] + Array("\":\"0\",}".utf8), [0xE9], [0x5B, 0x00, 0x5D],
        Array("[\"".utf8) + [0xE6, 0x97, 0xA5, 0xD1, 0x88, 0xFA] + Array("\"]".utf8),
        Array("[\"".utf8) + [0xF4, 0xBF, 0xBF, 0xBF] + Array("\"]".utf8),
        Array("[\"".utf8) + [0xFC, 0x83, 0xBF, 0xBF, 0xBF, 0xBF] + Array("\"]".utf8),
        Array("[\"".utf8) + [0xFC, 0x80, 0x80, 0x80, 0x80, 0x80] + Array("\"]".utf8),
        Array("[\"".utf8) + [0xE0, 0xFF] + Array("\"]".utf8), Array("[\"".utf8) + [0x81] + Array("\"]".utf8),
        // UTF-16, with and without its mark.
        [0xFF, 0xFE, 0x5B, 0x00, 0x22, 0x00, 0xE9, 0x00, 0x22, 0x00, 0x5D, 0x00],
        [0x00, 0x5B, 0x00, 0x22, 0x00, 0xE9, 0x00, 0x22, 0x00, 0x5D],
        [0x5B, 0x00, 0x22, 0x00, 0xE9, 0x00, 0x22, 0x00, 0x5D, 0x00],
    ]
}
