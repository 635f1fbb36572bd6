/// The grammar's cases, after the families of the public JSON parsing test suite: what RFC 8259 demands to accept,
/// to refuse, and what it leaves open and is decided here.
enum JSONGrammarCases {
    /// Texts every reader must accept.
    static let accepted: [String] = [
        "[]", "{}", "[[]]", "[{}]", "{\"a\":[]}", "[[] ]", " [] ", "\t[]\n", "\r\n{}\r\n", "[\"\"]", "[\"a\"]",
        "[false]", "[true]", "[null]", "[1]", "[null, 1, \"1\", {}]", "[1\n]", " [1]", "[1,null,null,null,2]", "[2] ",
        "null", "true", "false", "42", "-0.1", "\"\"", "\"asd\"", " \"x\" ", "[ ]", "{ }", "[1 , 2]", "{\"a\" : 1}",
        // Numbers.
        "0", "-0", "[123e65]", "[0e+1]", "[0e1]", "[ 4]", "[-0.0000000000000000000000000000000000000000000000000001]",
        "[20e1]", "[-0]", "[-123]", "[-1]", "[1E22]", "[1E-2]", "[1E+2]", "[123e45]", "[123.456e78]", "[1e-2]",
        "[1e+2]", "[123]", "[123.456789]", "1e400", "-1e400", "1e-400", "9007199254740993", "9223372036854775808",
        "-9223372036854775809", "18446744073709551616", "0.1", "0.00", "10", "1.0E+2", "[0,1,2]",
        "123456789012345678901234567890", "0.123456789012345678901234567890", "1e000000001",
        // Objects.
        "{\"asd\":\"sdf\", \"dfg\":\"fgh\"}", "{\"asd\":\"sdf\"}", "{\"a\":\"b\",\"a\":\"c\"}",
        "{\"a\":\"b\",\"a\":\"b\"}", "{\"\":0}", "{\"foo\\u0000bar\": 42}", "{ \"min\": -1.0e+28, \"max\": 1.0e+28 }",
        "{\"x\":[{\"id\": \"xxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}], \"id\": \"xxxxxxxx\"}", "{\"a\":[]}",
        "{\n\"a\": \"b\"\n}",
        "{\"title\":\"\\u041f\\u043e\\u043b\\u0442\\u043e\\u0440\\u0430\" }", "{\"é\":1,\"e\u{301}\":2}",
        // Strings.
        "[\"\\u0060\\u012a\\u12AB\"]", "[\"\\uD801\\udc37\"]", "[\"\\ud83d\\ude39\\ud83d\\udc8d\"]",
        "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]", "[\"\\\\u0000\"]", "[\"\\\"\"]", "[\"a/*b*/c/*d//e\"]", "[\"\\\\a\"]",
        "[\"\\\\n\"]", "[\"\\u0012\"]", "[\"\\uFFFF\"]", "[\"asd\"]", "[ \"asd\"]", "[\"\\uDBFF\\uDFFF\"]",
        "[\"new\\u00A0line\"]", "[\"\u{10FFFF}\"]", "[\"\u{FFFF}\"]", "[\"\\u0000\"]", "[\"\\u002c\"]", "[\"π\"]",
        "[\"\u{1BFFF}\"]", "[\"asd \"]", "\" \"", "[\"\\uD834\\uDd1e\"]", "[\"\\u0821\"]", "[\"\\u0123\"]",
        "[\"\u{2028}\"]", "[\"\u{2029}\"]", "[\"\\u0061\\u30af\\u30EA\\u30b9\"]", "[\"new\\u000Aline\"]",
        "[\"\u{7F}\"]", "[\"\\uA66D\"]", "[\"\\u005C\"]", "[\"⍂㈴⍂\"]", "[\"\\u200B\"]", "[\"\\u2064\"]",
        "[\"\\uFDD0\"]", "[\"\\uFFFE\"]", "[\"\\u0022\"]", "[\"€𝄞\"]", "[\"aa\u{7F}a\"]", "[\"seven b\\u0079tes\"]",
        // Left open by RFC 8259: lone surrogates are grammatical, and refused only where a value is made of them.
        "[\"\\uDADA\"]", "[\"\\uD888\\u1234\"]", "[\"\\uD800\\n\"]", "[\"\\uDd1ea\"]", "[\"\\uD800\\uD800\\n\"]",
        "[\"\\ud800\"]", "[\"\\ud800abc\"]", "[\"\\uDd1e\\uD834\"]", "[\"\\uDFAA\"]",
    ]

    /// Texts every reader must refuse.
    static let refused: [String] = [
        "", " ", "\n", "[", "]", "{", "}", "[1 true]", "[\"\": 1]", "[\"\"],", "[,1]", "[1,,2]", "[\"x\",,]",
        "[\"x\"]]",
        "[\"\",]", "[\"x\"", "[x", "[3[4]]", "[1:2]", "[,]", "[-]", "[   , \"\"]", "[\"a\",\n4\n,1,", "[1,]", "[1,,]",
        "[\"\u{B}a\"\\f]", "[*]", "[\"\"", "[1,\n1\n,1", "[{}", "[fals]", "[nul]", "[tru]", "[True]", "[NULL]", "tru",
        "nulll", "truefalse", "[1]x", "[1][2]", "1 2", "1,2", "{}{}", "[]]", "{}}", "[}", "{]", "[{]}", "{\"a\":[}]",
        // Numbers.
        "[-01]", "[-1.0.]", "[-2.]", "[-NaN]", "[.-1]", "[.2e-3]", "[0.1.2]", "[0.3e+]", "[0.3e]", "[0.e1]", "[0E+]",
        "[0E]", "[0e+]", "[0e]", "[1.0e+]", "[1.0e-]", "[1.0e]", "[1 000.0]", "[1eE2]", "[2.e+3]", "[2.e-3]", "[2.e3]",
        "[9.e+]", "[Inf]", "[NaN]", "[１]", "[1+2]", "[0x1]", "[0x42]", "[Infinity]", "[0e+-1]", "[-123.123foo]",
        "[-Infinity]", "[-foo]", "[- 1]", "[-012]", "[-.123]", "[-1x]", "[1ea]", "[1.]", "[.123]", "[1.2a-3]",
        "[1.8011670033376514H-308]", "[012]", "[+1]", "[++1234]", "+1", "01", "1.", ".5", "-", "1e", "1e+", "00", "-00",
        "[1_000]", "[1,000.5.]", "0x", "1a",
        // Objects.
        "[\"x\", truth]", "{[: \"x\"}", "{\"x\", null}", "{\"x\"::\"b\"}", "{🇨🇭}", "{\"a\":\"a\" 123}", "{key: 'value'}",
        "{\"a\" b}", "{:\"b\"}", "{\"a\" \"b\"}", "{\"a\":", "{\"a\"", "{1:1}", "{9999E9999:1}",
        "{null:null,null:null}",
        "{\"id\":0,,,,,}", "{'a':0}", "{\"id\":0,}", "{\"a\":\"b\"}/**/", "{\"a\":\"b\"}/**//", "{\"a\":\"b\"}//",
        "{\"a\":\"b\",,\"c\":\"d\"}", "{a: \"b\"}", "{\"a\":\"a", "{ \"foo\" : \"bar\", \"a\" }", "{\"a\":\"b\"}#",
        "{\"a\":1", "{\"a\":1,", "{,}", "{\"a\":}", "{\"a\":1 \"b\":2}", "{\"a\":1]", "{true:1}",
        // Strings.
        "[\"\\uD800\\\"]", "[\"\\uD800\\u\"]", "[\"\\uD800\\u1\"]", "[\"\\uD800\\u1x\"]", "[é]", "[\"\\x00\"]",
        "[\"\\\\\\\"]", "[\"\\\t\"]", "[\"\\🌀\"]", "[\"\\\"]", "[\"\\u00A\"]", "[\"\\uD834\\uDd\"]", "[\"\\a\"]",
        "[\"\\uqqqq\"]", "[\"\\uD800\\uD800\\x\"]", "[\\u0020\"asd\"]", "[\\n]", "\"", "['single quote']", "abc",
        "[\"\\",
        "[\"a\u{0}a\"]", "[\"new\nline\"]", "[\"\t\"]", "\"\\UA66D\"", "\"\\u\"", "\"\\u12\"", "\"\\u+123\"", "\"abc",
        "\"\u{1F}\"", "\"a\u{1}bcdefgh\"", "\"\\u00-1\"", "\"\\ \"", "\"\\0\"", "\"\\'\"", "\"\\", "\"abcdefg",
        "\"abcdefgh", "\"abcdefghi", "\"a\u{8}\"",
        // Structure.
        "<.>", "[<null>]", "[1]\u{B}", "aå", "[True]", "{\"x\": true,", "[[", "[{\"\":[{\"\":", "[a", "[\u{2060}]",
        "﻿ ﻿[]",
        "{}\u{0}", "\u{0}", "[\u{C}]", "[\u{A0}1]", "# comment\n[]", "// c\n1", "/**/1", "*", "{\"a\":/*c*/1}",
        "[\"a", "[\"asd]", "&", "å", "[1}", "\u{85}1",
    ]

    /// Texts that are not well-formed UTF-8, or mix it with JSON's structure.
    static let refusedBytes: [[UInt8]] = [
        // Lone continuation, overlong forms, surrogates, beyond U+10FFFF, bytes that never occur.
        quoted([0x80]), quoted([0xBF]), quoted([0xC0, 0x80]), quoted([0xC0, 0xAF]), quoted([0xC1, 0xBF]),
        quoted([0xE0, 0x80, 0x80]), quoted([0xE0, 0x9F, 0xBF]), quoted([0xF0, 0x80, 0x80, 0x80]),
        quoted([0xF0, 0x8F, 0xBF, 0xBF]), quoted([0xED, 0xA0, 0x80]), quoted([0xED, 0xBF, 0xBF]),
        quoted([0xF4, 0x90, 0x80, 0x80]), quoted([0xF5, 0x80, 0x80, 0x80]), quoted([0xF8, 0x88, 0x80, 0x80, 0x80]),
        quoted([0xFC, 0x84, 0x80, 0x80, 0x80, 0x80]), quoted([0xFE]), quoted([0xFF]),
        // Cut off, by the end of the string or of the text.
        quoted([0xC3]), quoted([0xE2, 0x82]), quoted([0xE2]), quoted([0xF0, 0x9F, 0x98]), quoted([0xF0, 0x9F]),
        quoted([0xF0]), [0x22, 0xC3], [0x22, 0xE2, 0x82], [0x22, 0xF0, 0x9F, 0x98],
        // A second or later byte that continues nothing.
        quoted([0xC3, 0x28]), quoted([0xE2, 0x28, 0xA1]), quoted([0xE2, 0x82, 0x28]), quoted([0xF0, 0x28, 0x8C, 0xBC]),
        quoted([0xF0, 0x90, 0x28, 0xBC]), quoted([0xF0, 0x90, 0x8C, 0x28]), quoted([0xC3, 0xC3, 0xA9]),
        // Behind eight and more bytes of ASCII, behind good characters, in a key.
        quoted(Array("eight ab".utf8) + [0xFF]), quoted(Array("éé".utf8) + [0xC3]),
        quoted(Array("plain text that is longer".utf8) + [0xED, 0xA0, 0x80] + Array("and goes on".utf8)),
        Array("{\"".utf8) + [0xE9] + Array("\":1}".utf8),
        // Outside strings, after an escape, other encodings.
        [0x5B, 0xFF, 0x5D], [0xE5], [0x5B, 0x31, 0xE5, 0x5D], quoted([0x5C, 0xE5]), quoted([0x5C, 0x75, 0xE5]),
        [0xFF, 0xFE, 0x5B, 0x00, 0x5D, 0x00], [0x00, 0x5B, 0x00, 0x5D], [0xEF, 0xBB], [0xEF, 0xBB, 0x7B, 0x7D],
        [0xEF, 0xBB, 0xBF],
    ]

    private static func quoted(_ bytes: [UInt8]) -> [UInt8] {
        [0x22] + bytes + [0x22]
    }
}
