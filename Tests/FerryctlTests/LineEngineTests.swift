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

    @Test(arguments: ["\n\n\(request)\n \t\n\r\n", "\(request)\r\n", request, "\u{FEFF}\(request)", " \(request) \r"])
    func emptyLinesCarriageReturnsAMarkAndAMissingLineFeedDoNoHarm(_ input: String) throws {
        #expect(try Self.answers(LineEngine(PathLines()), input) == [#"{"value":1}"#])
    }

    @Test(arguments: ["", "\n", "\r\n  \n"])
    func nothingAskedIsNothingAnswered(_ input: String) throws {
        #expect(try Self.answers(LineEngine(PathLines()), input).isEmpty)
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
