import FerryJSON
import FerryTesting
import Glibc
import Testing

@testable import ferryctl

/// The line tools, from the bytes they read to the bytes they write.
@Suite struct LineEngineTests {
    private static let request = #"{"path":"a","value":{"a":1}}"#

    @Test func everyLineIsAnsweredInOrderWhateverIsWrongWithSome() throws {
        let lines = [Self.request, "nonsense", #"{"path":"b","value":{}}"#, "[]", #"{"path":"a","value":{"a":"é\n"}}"#]
        let answers = try Self.answers(LineEngine(PathLines()), lines.joined(separator: "\n") + "\n")
        #expect(answers.count == 5)
        #expect(answers[0] == #"{"value":1}"#)
        #expect(answers[1].hasPrefix(#"{"error":{"code":"request.invalid","message":"expected a JSON value at byte "#))
        #expect(answers[2] == #"{"missing":true}"#)
        #expect(answers[3].contains("one JSON object in a line, with the members 'path', 'value'"))
        #expect(answers[4] == #"{"value":"é\n"}"#)
    }

    @Test(arguments: ["\(request)\r\n", request, "\u{FEFF}\(request)", " \(request) \r"])
    func carriageReturnsAMarkAndAMissingLineFeedDoNoHarm(_ input: String) throws {
        #expect(try Self.answers(LineEngine(PathLines()), input) == [#"{"value":1}"#])
    }

    @Test func anEmptyLineIsAnErrorLikeEveryOtherThatIsNoRequest() throws {
        let answers = try Self.answers(LineEngine(PathLines()), "\n\(Self.request)\n \t\n\r\n\u{FEFF}")
        let empty = #"{"error":{"code":"request.invalid","message":"the line is empty"}}"#
        #expect(answers.prefix(4) == [empty, #"{"value":1}"#, empty, empty])
        #expect(answers.count == 5)
        #expect(try Self.answers(LineEngine(PathLines()), "\u{FEFF}") == [empty])
    }

    @Test func nothingAskedIsNothingAnswered() throws {
        #expect(try Self.answers(LineEngine(PathLines()), "").isEmpty)
    }

    @Test func aLineOverTheLimitIsAnErrorAndTheNextOneIsRead() throws {
        let long = #"{"path":"a","value":{"a":"\#(String(repeating: "x", count: 60))"}}"#
        for input in ["\(Self.request)\n\(long)\n\(Self.request)\n", "\(Self.request)\n\(long)\r\n\(Self.request)"] {
            let answers = try Self.answers(LineEngine(PathLines(), limit: 64), input)
            #expect(answers.count == 3)
            #expect(answers.first == #"{"value":1}"# && answers.last == #"{"value":1}"#)
            #expect(answers[1].hasPrefix(#"{"error":{"code":"request.invalid","message":"the line is longer than"#))
        }
        #expect(try Self.answers(LineEngine(PathLines(), limit: 64), long).count == 1)
    }

    @Test func bytesThatAreNotUTF8AreAnErrorOfTheirLine() throws {
        var input = Array("\(Self.request)\n{\"path\":\"a\",\"value\":\"".utf8)
        input += [0xFF, 0xFE]
        input += Array("\"}\n\(Self.request)\n".utf8)
        let answers = try Self.answers(LineEngine(PathLines()), input)
        #expect(answers.count == 3)
        #expect(answers[1].contains("bytes that are not UTF-8"))
        #expect(answers[2] == #"{"value":1}"#)
    }

    @Test func otherMembersAreIgnoredAndOfRepeatedOnesTheLastCounts() throws {
        let line = #"{"value":1,"id":[{}],"path":"x","value":{"a":2,"a":3},"path":"a"}"#
        #expect(try Self.answers(LineEngine(PathLines()), line) == [#"{"value":3}"#])
    }

    @Test func aLineBreakInAValueDoesNotBreakTheLine() throws {
        let line = "{\"transform\":[],\"value\":[1,\r{\"a\":\r\"\\r\"}]}"
        #expect(try Self.answers(LineEngine(TransformLines()), line) == [#"{"value":[1, {"a": "\r"}]}"#])
    }

    @Test func manyDifferentTransformsAndPathsStayWithinTheCaches() throws {
        let transforms = (1...2500).map { #"{"transform":{"slugify":{"max_length":\#($0)}},"value":"a b"}"# }
        let slugs = try Self.answers(LineEngine(TransformLines()), transforms.joined(separator: "\n"))
        #expect(slugs == [#"{"value":"a"}"#, #"{"value":"a"}"#] + Array(repeating: #"{"value":"a-b"}"#, count: 2498))
        let paths = (1...2500).map { #"{"path":"p\#($0)","value":{"p\#($0)":\#($0)}}"# }
        let values = try Self.answers(LineEngine(PathLines()), paths.joined(separator: "\n"))
        #expect(values == (1...2500).map { #"{"value":\#($0)}"# })
    }

    @Test func aNameAndTheSameTextAsJSONAreNotConfused() throws {
        let lines = [#"{"transform":[],"value":1}"#, #"{"transform":"[]","value":1}"#, #"{"transform":[],"value":2}"#]
        let answers = try Self.answers(LineEngine(TransformLines()), lines.joined(separator: "\n"))
        #expect(answers[0] == #"{"value":1}"# && answers[2] == #"{"value":2}"#)
        #expect(answers[1].contains(#""code":"config.unknown_transform""#))
    }

    /// Requests that are cut, mixed up and garbled: with every line an object, and what stands between them answered.
    @Test(arguments: [1, 2, 3])
    func garbledLinesAreAnsweredOneByOne(seed: UInt64) throws {
        let transform = #"{"transform":["trim",{"truncate":5}],"value":" a\u00e9b"}"#
        try Self.garble(TransformLines(), transform, #""aéb""#, seed)
        try Self.garble(PathLines(), #"{"path":"$.a['b'][-1]","value":{"a":{"b":[1,"\ud83d\ude00"]}}}"#, "😀", seed)
        let rest = #""after":"2026-01-01T00:00:00Z","count":3}"#
        let cron = #"{"kind":"cron","expr":"*/5 1-7 * * mon","timezone":"UTC",\#(rest)"#
        try Self.garble(ScheduleLines(), cron, "2026-01-05T01:10:00Z", seed)
        let calendar = #"{"kind":"calendar","expr":"Mon *-*~7/2 0/3:0..9/2:0.5","timezone":"Asia/Tokyo",\#(rest)"#
        try Self.garble(ScheduleLines(), calendar, "2026-05-25T00:00:00.500+09:00", seed)
    }

    private static func garble(_ tool: some LineTool, _ request: String, _ part: String, _ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let good = Array(request.utf8)
        var input: [UInt8] = []
        for _ in 0..<1000 {
            var line = good
            for _ in 0...Int.random(in: 0...2, using: &random) {
                let index = Int.random(in: 0...line.count, using: &random)
                let end = Int.random(in: index...line.count, using: &random)
                switch Int.random(in: 0...6, using: &random) {
                case 0: line.removeSubrange(index..<min(index + 3, end))
                case 1: line.insert(contentsOf: line[index..<end], at: index)
                case 2: line.insert(UInt8.random(in: 0...255, using: &random), at: index)
                case 3 where index < line.count: line[index] ^= 1 << UInt8.random(in: 0...7, using: &random)
                case 4: line.insert(contentsOf: Array(#"[]{}",:\0"#.utf8).shuffled(using: &random).prefix(2), at: index)
                case 5: line.insert(contentsOf: Array(repeating: UInt8(ascii: "["), count: 2000), at: index)
                default: line.insert(contentsOf: Array("9223372036854775808".utf8), at: index)
                }
            }
            // A line feed in a line would make it two.
            input += line.map { $0 == 0x0A ? 0x0D : $0 } + [0x0A] + good + [0x0A]
        }
        let answers = try answers(LineEngine(tool), input)
        #expect(answers.count == 2000, "seed \(seed)")
        for (index, answer) in answers.enumerated() {
            let isAnswer = [#"{"value":"#, #"{"missing":true}"#, #"{"next":["#, #"{"error":{"code":""#]
                .contains { answer.hasPrefix($0) }
            #expect(isAnswer && Array(answer.utf8).withUnsafeBytes { JSONText.isValid($0) }, "\(answer)")
            if index % 2 == 1 { #expect(answer.contains(part), "seed \(seed), line \(index): \(answer)") }
        }
    }

    /// Runs an engine on `input`; returns the lines it writes.
    private static func answers<Tool>(_ engine: LineEngine<Tool>, _ input: String) throws -> [String] {
        try answers(engine, Array(input.utf8))
    }

    private static func answers<Tool>(_ engine: LineEngine<Tool>, _ input: [UInt8]) throws -> [String] {
        let (source, destination) = (try #require(tmpfile()), try #require(tmpfile()))
        defer {
            fclose(source)
            fclose(destination)
        }
        #expect(fwrite(input, 1, input.count, source) == input.count)
        fflush(source)
        lseek(fileno(source), 0, SEEK_SET)
        var engine = engine
        try engine.run(input: fileno(source), output: fileno(destination))
        let size = Int(lseek(fileno(destination), 0, SEEK_END))
        var output = [UInt8](repeating: 0, count: size)
        #expect(pread(fileno(destination), &output, size, 0) == size)
        #expect(output.isEmpty || output.last == UInt8(ascii: "\n"))
        return String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
