import FerryJSON
import Testing

@testable import FerryServices

@Suite struct CycleDetectorTests {
    @Test(arguments: 0..<12, [1, 2, 3, 4, 7, 16, 100])
    func noticesEveryCircle(lead: Int, length: Int) throws {
        var detector = CycleDetector()
        var count = 0
        while true {
            let element = count < lead ? UInt64(count) : UInt64(1000 + (count - lead) % length)
            count += 1
            if detector.repeats(element) { break }
            // As it goes through a checkpoint.
            detector = try #require(CycleDetector(try .init(parsing: detector.value.serialized)))
            try #require(count <= 3 * max(lead, length) + length + 2, "a circle goes unnoticed")
        }
        #expect(count > lead + length)
    }

    @Test func noticesShortCirclesAtOnce() {
        var same = CycleDetector()
        #expect([7, 7].map { same.repeats($0) } == [false, true])
        var pair = CycleDetector()
        #expect([7, 8, 7].map { pair.repeats($0) } == [false, false, true])
    }

    @Test func letsWhatNeverComesAgainPass() {
        var detector = CycleDetector()
        #expect(!(0..<5000).contains { detector.repeats($0) })
    }
}
