import FerryCore
import Foundation
import Testing

@testable import FerryServices

@Suite struct SpooledAnswerTests {
    private func answer(_ parts: [String], pieceSize: Int = 32, directory: String? = nil) -> SpooledAnswer {
        let directory = directory ?? SpooledAnswer.temporaryDirectory
        let answer = SpooledAnswer(directory: directory, pieceSize: pieceSize)
        for part in parts {
            let isKept = Array(part.utf8).withUnsafeBytes { answer.append($0) }
            guard isKept else { break }
        }
        return answer
    }

    /// All pieces, as they are read one after the other.
    private func pieces(_ answer: SpooledAnswer) throws -> [String] {
        var pieces: [String] = []
        var offset = 0
        while offset < answer.length {
            let piece = try answer.lines(from: offset)
            pieces.append(String(decoding: piece, as: UTF8.self))
            offset += piece.count
        }
        return pieces
    }

    @Test(arguments: [1, 7, 31, 32, 33, 1000])
    func itComesBackInPiecesOfWholeLinesHoweverItArrives(size: Int) throws {
        let text = (0..<40).map { String(repeating: "x", count: $0 % 9) + "\n" }.joined() + "no end"
        var rest = text[...]
        var parts: [String] = []
        while !rest.isEmpty {
            parts.append(String(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        let answer = answer(parts)
        #expect(answer.length == text.utf8.count)
        let pieces = try pieces(answer)
        #expect(pieces.joined() == text)
        #expect(pieces.count > 3)
        #expect(pieces.dropLast().allSatisfy { $0.hasSuffix("\n") && $0.utf8.count <= 32 })
        // What the answer says at its end is read with a record.
        #expect(try #require(pieces.last).utf8.count > 8)
    }

    @Test func aLineIsWholeHoweverLongItIs() throws {
        let long = String(repeating: "y", count: 1000) + "\n"
        #expect(try pieces(answer(["a\n", long, "b\n", long])) == ["a\n", "\(long)b\n", long])
    }

    @Test func aShortAnswerNeedsNoFile() throws {
        let answer = answer(["a\n", "b"], directory: "/nowhere")
        #expect(try pieces(answer) == ["a\nb"])
        #expect(answer.failure == nil)
    }

    @Test func anAnswerThatCannotBeKeptSaysWhyAndWhere() throws {
        let answer = answer([String(repeating: "z", count: 33), "more"], directory: "/nowhere")
        let failure = try #require(answer.failure)
        #expect(failure.message.contains("'/nowhere'"))
        #expect(failure.hint?.contains("TMPDIR") == true)
    }

    @Test(arguments: [
        ("", ""), ("a", "a"), ("a\n", "a"), ("a\nb\n\r\n \n", "b"), (String(repeating: "c\n", count: 99), "c"),
    ])
    func theLastLineIsTheLastThatHoldsSomething(text: String, expected: String) throws {
        let line = try answer([text]).lastLine()
        #expect(line.map { String(decoding: $0, as: UTF8.self) } == expected)
    }

    @Test func theLastLineOfWhichTheStartIsFarIsNotLookedFor() throws {
        #expect(try answer(["a\n" + String(repeating: "d", count: 100)]).lastLine() == nil)
    }
}
