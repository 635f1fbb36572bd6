import Glibc
import Testing

@testable import ferryctl

@Suite struct LineBufferTests {
    @Test(arguments: [1, 2, 3, 7, 100])
    func givesTheSameLinesHoweverTheInputIsCut(size: Int) throws {
        let input =
            "a\n\nbc\r\ndéf\n" + String(repeating: "x", count: 50) + "\ntoo long: " + String(repeating: "y", count: 60)
            + "\nlast"
        let lines = try Self.lines(Array(input.utf8), cutEvery: size, limit: 50)
        #expect(lines == ["a", "", "bc\r", "déf", String(repeating: "x", count: 50), nil, "last"])
    }

    @Test func aLongLineAtTheEndIsReportedOnce() throws {
        let input = [UInt8](repeating: 0x78, count: 100)
        #expect(try Self.lines(input, cutEvery: 3, limit: 50) == [nil])
        #expect(try Self.lines(input + [0x0A], cutEvery: 3, limit: 50) == [nil])
        #expect(try Self.lines(input, cutEvery: 100, limit: 50) == [nil])
    }

    @Test func linesLongerThanWhatIsReadAtOnceComeWhole() throws {
        let long = String(repeating: "0123456789", count: 100_000)
        let lines = try Self.lines(Array("a\n\(long)\nb".utf8), cutEvery: 60_000, limit: 64 << 20)
        #expect(lines == ["a", long, "b"])
    }

    /// The lines of `input` when it arrives in pieces; `nil` for those that are too long.
    private static func lines(_ input: [UInt8], cutEvery size: Int, limit: Int) throws -> [String?] {
        var descriptors: [Int32] = [0, 0]
        try #require(pipe(&descriptors) == 0)
        defer { close(descriptors[0]) }
        var buffer = LineBuffer(limit: limit)
        var lines: [String?] = []
        var rest = input[...]
        var isAtEnd = false
        while !isAtEnd {
            if rest.isEmpty {
                close(descriptors[1])
            } else {
                let piece = Array(rest.prefix(size))
                #expect(write(descriptors[1], piece, piece.count) == piece.count)
                rest = rest.dropFirst(size)
            }
            isAtEnd = buffer.fill(from: descriptors[0]) == 0
            for line in buffer.takeLines(atEnd: isAtEnd) {
                switch line {
                case .tooLong: lines.append(nil)
                case .text(let range): lines.append(String(decoding: buffer.bytes[range], as: UTF8.self))
                }
            }
        }
        return lines
    }
}
