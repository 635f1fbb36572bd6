import FerryCore
import Foundation
import Testing

@testable import FerryEngine

@Suite struct IdentifierTests {
    @Test(arguments: [0, 1_700_000_000_123, 281_474_976_710_655] as [Int64])
    func anIdentifierKeepsWhenItWasMade(milliseconds: Int64) throws {
        let date = Date(timeIntervalSince1970: Double(milliseconds) / 1000)
        let random = SystemRandom()
        let (first, second) = (UUID(at: date, from: random), UUID(at: date, from: random))
        #expect(first != second)
        let kept = try #require(first.date)
        #expect(abs(kept.timeIntervalSince(date)) < 0.0011)
        #expect(first.uuid.6 >> 4 == 7 && first.uuid.8 >> 6 == 2)
    }

    @Test func arbitraryIdentifiersHaveNoTime() {
        #expect(UUID(from: SystemRandom()).date == nil)
        #expect(UUID(from: SystemRandom()).uuid.8 >> 6 == 2)
    }
}
