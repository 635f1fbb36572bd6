import FerryTesting
import Foundation
import Testing

/// `ferryctl transform`, `schedule` and `path` as programs: one JSON object per line, and what people type.
@Suite struct LineToolTests {
    @Test func tensOfThousandsOfLinesAreAnsweredInOrderWithBadOnesInBetween() async throws {
        var lines: [String] = []
        var expected: [String] = []
        for number in 0..<30_000 {
            switch number % 7 {
            case 0:
                lines.append(#"{"transform":"slugify","value":"Crème Brûlée \#(number)"}"#)
                expected.append(#"{"value":"creme-brulee-\#(number)"}"#)
            case 1:
                lines.append(#"{"transform":["trim",{"slugify":{"separator":"_"}}],"value":" No. \#(number) "}"#)
                expected.append(#"{"value":"no_\#(number)"}"#)
            case 2:
                lines.append("{\"transform\":\"slugify\",\"value\":\(number)")
                expected.append("request.invalid")
            case 3:
                lines.append(#"{"transform":"slugify","value":\#(number)}"#)
                expected.append("record.transform_failed")
            case 4:
                lines.append(#"{"transform":"slugfy","value":"\#(number)"}"#)
                expected.append("config.unknown_transform")
            case 5:
                lines.append(#"{"transform":{"slugify":{"max_lenth":\#(number % 9)}},"value":"x"}"#)
                expected.append("config.invalid_transform")
            default:
                lines.append(#"{"value":[\#(number),{"a":-0.50}],"transform":[]}"#)
                expected.append(#"{"value":[\#(number),{"a":-0.50}]}"#)
            }
        }
        let answers = try await Self.answers("transform", lines)
        #expect(answers.count == lines.count)
        for (index, answer) in answers.enumerated() where index < expected.count {
            let isRight = expected[index].hasPrefix("{") ? answer == expected[index] : answer.hasError(expected[index])
            if !isRight { Issue.record("line \(index): \(lines[index]) gives \(answer)") }
        }
        #expect(answers[4].contains("did you mean 'slugify'?"))
        #expect(answers[5].contains("its options are 'separator', 'max_length'"))
    }

    /// RFC 9535: the examples of §2.3.1.3 and §2.3.3.3, the normalized paths of §2.7.1, and the singular and other
    /// queries of §2.3.5.
    private static let queries: [(path: String, value: String, answer: String?)] = [
        ("$.o['j j']", #"{"o":{"j j":{"k.k":3}},"'":{"@":2}}"#, #"{"k.k":3}"#),
        ("$.o['j j']['k.k']", #"{"o":{"j j":{"k.k":3}},"'":{"@":2}}"#, "3"),
        (#"$.o[\"j j\"][\"k.k\"]"#, #"{"o":{"j j":{"k.k":3}},"'":{"@":2}}"#, "3"),
        (#"$[\"'\"][\"@\"]"#, #"{"o":{"j j":{"k.k":3}},"'":{"@":2}}"#, "2"),
        ("$[1]", #"["a","b"]"#, #""b""#), ("$[-2]", #"["a","b"]"#, #""a""#), ("$[-3]", #"["a","b"]"#, "missing"),
        ("$[2]", #"["a","b"]"#, "missing"), ("$", #"{"k":"v"}"#, #"{"k":"v"}"#), ("", "3", "3"), ("$", "null", "null"),
        ("$.a", #"{"a":null}"#, "null"), ("$.a[0]", #"{"a":null}"#, "missing"), ("$.a.d", #"{"a":null}"#, "missing"),
        ("$.b[0]", #"{"b":[null]}"#, "null"), ("$.null", #"{"null":1}"#, "1"), ("a", "1", "missing"),
        ("a.b[1].c", #"{"a":{"b":[0,{"c":"d"}]}}"#, #""d""#), ("[0]", #"{"0":1}"#, "missing"),
        ("['0']", "[1]", "missing"), ("['0']", #"{"0":1}"#, "1"), ("['']", #"{"":1}"#, "1"),
        (#"['\\u000B']"#, #"{"\u000b":1}"#, "1"), (#"['\\u0061']"#, #"{"a":1}"#, "1"), ("a", #"{"\u0061":1}"#, "1"),
        (#"[\"\\\"\"]"#, #"{"\"":1}"#, "1"), (#"['\\'']"#, #"{"'":1}"#, "1"), (#"['\\\\']"#, #"{"\\":1}"#, "1"),
        (#"['\\uD83D\\uDE00']"#, #"{"😀":1}"#, "1"), ("['\\ud83d\\ude00']", #"{"😀":1}"#, "1"), ("é", #"{"é":1}"#, "1"),
        ("é", "{\"e\u{301}\":1}", "missing"), ("$ .a [ 0 ]\\n.b", #"{"a":[{"b":1}]}"#, "1"),
        ("a", #"{"a":1,"a":2}"#, "2"), ("a.b", #"{"a":{"b":1},"a":{}}"#, "missing"), ("A", #"{"a":1}"#, "missing"),
        ("$.*", "{}", nil), ("$[*]", "{}", nil), ("$..a", "{}", nil), ("$[0,1]", "[]", nil), ("$['a','b']", "{}", nil),
        ("$[0:1]", "[]", nil), ("$[?@.a]", "[]", nil), ("$[01]", "[]", nil), ("$[-0]", "[]", nil),
        ("$[1.0]", "[]", nil),
        ("$[9007199254740992]", "[]", nil), ("$.1a", "{}", nil), ("$['a]", "{}", nil), ("$[a]", "{}", nil),
        (" $", "{}", nil), ("$.a ", "{}", nil), ("$. a", "{}", nil), (#"$['\\x']"#, "{}", nil),
        (#"$['\\uD800']"#, "{}", nil), (#"$['\\uDC00']"#, "{}", nil), (#"$['\\\"']"#, "{}", nil), ("@.a", "{}", nil),
    ]

    @Test func pathsAreTheSingularQueriesOfRFC9535() async throws {
        let lines = Self.queries.map { "{\"path\":\"\($0.path)\",\"value\":\($0.value)}" }
        let answers = try await Self.answers("path", lines)
        #expect(answers.count == lines.count)
        for (query, answer) in zip(Self.queries, answers) {
            switch query.answer {
            case nil: #expect(answer.hasError("config.invalid_path"), "\(query)")
            case "missing": #expect(answer == #"{"missing":true}"#, "\(query)")
            case let value?: #expect(answer == "{\"value\":\(value)}", "\(query)")
            }
        }
    }

    /// Values and what becomes of them; `nil` where they are refused.
    private static var values: [(text: String, answer: String?)] {
        let kept = [
            "0", "-0", "-0.0", "1e400", "-1E-400", "1E+2", "9007199254740993", "9223372036854775808",
            "18446744073709551616", "123456789012345678901234567890", "0.123456789012345678901234567890", "19.90",
            "null", "true", "false", "[]", "{}", #""""#, #""é😀""#, #""\u0000\u001f""#, #""\b\f\n\r\t\"\\""#,
            "\"\u{7F}\u{2028}\"", #"{"a":[1.0,{"b":"\u00e9\/"}], "a" :2}"#, #"["\ud800"]"#, #"{"\udc00":1}"#,
            nested(512), nested(511),
        ]
        let changed: [(String, String?)] = [
            (#""\u00e9\/\ud83d\ude00""#, #""é/😀""#), (#""\u000a\u0008""#, #""\n\b""#), (" [ 1 ] ", "[ 1 ]"),
        ]
        let refused = [
            #""\ud800""#, #""\udc00x""#, #""\ud800\ud800""#, #""\ude00\ud83d""#, #""\x""#, #""\u12g4""#, "\"\t\"",
            "\"\u{0}\"", "\"", "01", "1.", ".5", "+1", "-", "1e", "1e+", "- 1", "NaN", "Infinity", "0x10", "1_000",
            "nul",
            "True", "[1,]", "[,1]", "[1 2]", "{\"a\":1,}", "{\"a\"}", "{a:1}", "'a'", "[", "]", "{\"a\":1", "", "1}",
            "[}", "// x", nested(513), nested(100_000), String(repeating: "[", count: 100_000),
        ]
        return kept.map { ($0, $0) } + changed + refused.map { ($0, nil) }
    }

    @Test(arguments: ["path", "transform"])
    func valuesAreKeptExactlyOrRefused(tool: String) async throws {
        let request = tool == "path" ? #""path":"""# : #""transform":[]"#
        let answers = try await Self.answers(tool, Self.values.map { "{\(request),\"value\":\($0.text)}" })
        #expect(answers.count == Self.values.count)
        for (value, answer) in zip(Self.values, answers) {
            if let kept = value.answer {
                #expect(answer == "{\"value\":\(kept)}")
            } else {
                #expect(answer.hasError("request.invalid"), "\(value.text.prefix(80))")
            }
        }
    }

    @Test func aPathFindsTheSameValuesInsideOfOthers() async throws {
        let values = Self.values.filter { $0.answer != nil && $0.text != Self.nested(512) }
        let answers = try await Self.answers("path", values.map { #"{"path":"a","value":{"a":\#($0.text)}}"# })
        #expect(answers == values.map { "{\"value\":\($0.answer ?? "")}" })
    }

    @Test func schedulesAreAnsweredWithTheOffsetsOfTheirZone() async throws {
        let lines = [
            #"{"kind":"cron","expr":"30 2 * * *","timezone":"Europe/Berlin","after":"2026-03-28T00:00:00Z","count":2}"#,
            #"{"kind":"every","expr":"1h 30m","timezone":"UTC","after":"2026-01-01T00:00:00Z","count":2}"#,
            #"{"kind":"every","expr":"1500ms","timezone":"Asia/Kolkata","after":"2026-01-01T00:00:00Z"}"#,
            #"{"kind":"calendar","expr":"Mon..Fri 09:00","timezone":"UTC","after":"2026-11-20T12:00:00+01:00"}"#,
            #"{"kind":"calendar","expr":"2020-01-01","timezone":"UTC","after":"2026-11-20T12:00:00Z","count":3}"#,
            #"{"kind":"cron","expr":"0 0 30 2 *"}"#, #"{"kind":"cron","expr":"0 0 0 * * *"}"#,
            #"{"kind":"every","expr":"0.5s"}"#, #"{"kind":"every","expr":"soon"}"#,
            #"{"kind":"calendar","expr":"Mun"}"#, #"{"kind":"cron","expr":"@daily","timezone":"Europe/Berlni"}"#,
            #"{"kind":"crom","expr":"@daily"}"#, #"{"kind":"cron"}"#, #"{"expr":"@daily"}"#,
            #"{"kind":"cron","expr":5}"#, #"{"kind":"cron","expr":"@daily","count":0}"#,
            #"{"kind":"cron","expr":"@daily","count":1.5}"#, #"{"kind":"cron","expr":"@daily","after":"tomorrow"}"#,
        ]
        let answers = try await Self.answers("schedule", lines)
        #expect(
            answers.prefix(5) == [
                #"{"next":["2026-03-28T02:30:00+01:00","2026-03-29T03:00:00+02:00"]}"#,
                #"{"next":["2026-01-01T01:30:00Z","2026-01-01T03:00:00Z"]}"#,
                #"{"next":["2026-01-01T05:30:01.500+05:30"]}"#,
                #"{"next":["2026-11-23T09:00:00Z"]}"#,
                #"{"next":[]}"#,
            ]
        )
        #expect(answers.count == lines.count)
        for answer in answers.dropFirst(5).prefix(6) { #expect(answer.hasError("config.invalid_schedule")) }
        for answer in answers.dropFirst(11) { #expect(answer.hasError("request.invalid")) }
    }

    @Test func timesAreWrittenToTheMicrosecondAndInAnyYear() async throws {
        let answers = try await Self.answers(
            "schedule",
            [
                #"{"kind":"calendar","expr":"*:*:0.1234","timezone":"UTC","after":"1999-12-31T23:59:59Z"}"#,
                #"{"kind":"every","expr":"1.25s","timezone":"America/New_York","after":"1965-01-01T00:00:00Z","count":2}"#,
                #"{"kind":"every","expr":"1h","timezone":"America/New_York","after":"0000-01-01T00:00:00Z"}"#,
                #"{"kind":"every","expr":"1h","timezone":"UTC","after":"9999-12-31T23:30:00Z"}"#,
                #"{"kind":"cron","expr":"@daily","timezone":"UTC","after":"9999-12-31T23:30:00Z"}"#,
            ]
        )
        #expect(
            answers == [
                #"{"next":["2000-01-01T00:00:00.123400Z"]}"#,
                #"{"next":["1964-12-31T19:00:01.250-05:00","1964-12-31T19:00:02.500-05:00"]}"#,
                #"{"next":["-0001-12-31T20:04:00-04:56"]}"#,
                #"{"next":["010000-01-01T00:00:00Z"]}"#,
                #"{"next":["010000-01-01T00:00:00Z"]}"#,
            ]
        )
    }

    @Test func eachAnswerComesBeforeTheNextQuestionIsAsked() async throws {
        try await TemporaryDirectory.with { folder async throws in
            let questions = "\(folder.path)/questions"
            try #require(mkfifo(questions, 0o600) == 0)
            let program = try Program("/bin/sh", Self.shell("path", questions), in: folder)
            // For reading, too: so it does not wait for the reader.
            let descriptor = open(questions, O_RDWR)
            try #require(descriptor >= 0)
            for number in 1...3 {
                let line = Array("{\"path\":\"a\",\"value\":{\"a\":\(number)}}\n".utf8)
                #expect(write(descriptor, line, line.count) == line.count)
                try await eventually("answer \(number)") {
                    program.output.split(separator: "\n").count == number
                }
            }
            close(descriptor)
            let result = try await program.end()
            #expect(result.exitCode == 0)
            #expect(result.output == "{\"value\":1}\n{\"value\":2}\n{\"value\":3}\n")
        }
    }

    @Test(arguments: [
        (["transform", "slugify", "Crème brûlée"], 0, "creme-brulee\n"),
        (["transform", "trim,slugify:{max_length: 5}", " Hello World ", "b c"], 0, "hello\nb-c\n"),
        (["transform", "[trim, {slugify: {separator: _}}]", " a b "], 0, "a_b\n"),
        (["transform", "slugify", "a b", "--json"], 1, "{\"error\":{\"code\":\"request.invalid\",\"message\":"),
        (["transform", "slugify", "\"a b\"", "--json"], 0, "{\"value\":\"a-b\"}\n"),
        (
            ["schedule", "@daily", "--timezone", "UTC", "--after", "2026-01-01T00:00:00Z", "--next", "1"], 0,
            "cron: @daily"
        ),
        (["path", "fields.tags[-1]", "entity.json"], 0, "\"b\"\n"),
        (["path", "fields", "entity.json"], 0, "{ \"tags\": [\"a\", \"b\"] }\n"),
    ])
    func peopleGetTheValueItself(arguments: [String], exitCode: Int32, output: String) async throws {
        let result = try await Self.run(arguments)
        #expect(result.exitCode == exitCode)
        #expect(output.hasSuffix("\n") ? result.output == output : result.output.hasPrefix(output), "\(result)")
        #expect(result.errors.isEmpty)
    }

    @Test(arguments: [
        (["transform", "slugfy", "a"], 2, "did you mean 'slugify'?"),
        (["transform", "slugify:{max_length: x}", "a"], 2, "the option 'max_length' of 'slugify' must be"),
        (["transform", "slugify:{", "a"], 2, "config.invalid_transform"),
        (["transform", ",", "a"], 2, "does not name a transform"),
        (["transform"], 2, "Which transform?"), (["transform", "trim", "--ndjson"], 2, "Usage: ferryctl transform"),
        (["schedule", "Mun 09:00"], 2, "is not a calendar expression"),
        (["schedule", "0 0 30 2 *"], 2, "the date never comes"),
        (["schedule", "@daily", "--timezone", "Mars"], 2, "unknown time zone 'Mars'"),
        (["schedule", "@daily", "--next", "0"], 2, "--next is from 1 to 10000"),
        (["schedule", "2020-01-01"], 1, ""),
        (["path", "fields.tags[2]", "entity.json"], 1, "there is no value at 'fields.tags[2]'"),
        (["path", "fields.tags[*]", "entity.json"], 2, "a path leads to one value"),
        (["path", "fields", "nothing.json"], 1, "the file 'nothing.json' cannot be read: No such file"),
        (["path", "fields", "broken.json"], 1, "the document is not JSON: the JSON ends too early at byte 10"),
    ])
    func whatIsWrongIsSaidWithTheRightExitCode(arguments: [String], exitCode: Int32, words: String) async throws {
        let result = try await Self.run(arguments)
        #expect(result.exitCode == exitCode)
        #expect(result.errors.contains(words) || words.isEmpty, "\(result)")
    }

    @Test func linesOfStandardInputAreValuesAndARefusedOneDoesNotStopTheOthers() async throws {
        try await TemporaryDirectory.with { folder async throws in
            let file = try folder.write("Hello World\r\n!!!\nÄ", to: "values")
            let command = "'\(Program.directory)/ferryctl' transform slugify < '\(file)'"
            let result = try await Program.run("/bin/sh", ["-c", command], in: folder)
            #expect(result.output == "hello-world\na\n")
            #expect(result.errors.contains("error: value 2: "))
            #expect(result.errors.contains("[record.transform_failed]"))
            #expect(result.exitCode == 1)
        }
    }

    private static func run(_ arguments: [String]) async throws -> Program.Result {
        try await TemporaryDirectory.with { folder async throws in
            try folder.write(#"{"fields": { "tags": ["a", "b"] }}"#, to: "entity.json")
            try folder.write(#"{"fields":"#, to: "broken.json")
            let words = [
                "cd '\(folder.path)' && exec '\(Program.directory)/ferryctl' \"$@\" < /dev/null", "ferryctl",
            ]
            return try await Program.run("/bin/sh", ["-c"] + words + arguments, in: folder)
        }
    }

    private static func shell(_ tool: String, _ file: String) -> [String] {
        ["-c", "exec '\(Program.directory)/ferryctl' \(tool) --ndjson < '\(file)'"]
    }

    /// The lines that a tool answers with.
    private static func answers(_ tool: String, _ lines: [String]) async throws -> [String] {
        try await TemporaryDirectory.with { folder async throws in
            let file = try folder.write(lines.joined(separator: "\n"), to: "lines")
            let result = try await Program.run("/bin/sh", shell(tool, file), in: folder)
            #expect(result.exitCode == 0)
            #expect(result.errors.isEmpty)
            #expect(result.output.hasSuffix("\n"))
            return result.output.dropLast().split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        }
    }

    private static func nested(_ depth: Int) -> String {
        String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
}

extension String {
    /// Whether this is the answer that something is wrong, with this code and a sentence.
    fileprivate func hasError(_ code: String) -> Bool {
        hasPrefix("{\"error\":{\"code\":\"\(code)\",\"message\":\"") && hasSuffix("\"}}")
    }
}
