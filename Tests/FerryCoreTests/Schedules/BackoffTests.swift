import FerryCore
import Testing

struct BackoffTests {
    /// Draws one number for ever: not zero, which the standard library's draw from a range throws back.
    private struct Extreme: RandomNumberGenerator {
        var value: UInt64
        mutating func next() -> UInt64 { value }
    }

    @Test func doublesItsCeilingUntilTheCap() {
        let backoff = Backoff(base: .seconds(1), cap: .seconds(60), maximumAttempts: 10)
        let ceilings = (1...9).map { backoff.ceiling(attempt: $0) }
        #expect(ceilings == [1, 2, 4, 8, 16, 32, 60, 60, 60].map { .seconds($0) })
        #expect(backoff.ceiling(attempt: .max) == .seconds(60))
        #expect(backoff.ceiling(attempt: 0) == .seconds(1))
        #expect(backoff.ceiling(attempt: .min) == .seconds(1))
    }

    @Test func drawsFromZeroToTheCeiling() {
        let backoff = Backoff(base: .milliseconds(500), cap: .seconds(3))
        var low = Extreme(value: 1)
        var high = Extreme(value: .max)
        #expect(backoff.delay(attempt: 3, using: &low) == .zero)
        #expect(backoff.delay(attempt: 3, using: &high) == .seconds(2))
        #expect(backoff.delay(attempt: 4, using: &high) == .seconds(3))
    }

    @Test func usesTheWholeRange() {
        let backoff = Backoff(base: .seconds(8), cap: .seconds(8))
        var generator = SystemRandomNumberGenerator()
        var quarters: Set<Int64> = []
        for _ in 0..<500 {
            quarters.insert(backoff.delay(attempt: 1, using: &generator).components.seconds / 2)
        }
        #expect(quarters == [0, 1, 2, 3])
    }

    @Test func waitsNotAtAllWithoutABase() {
        var generator = SystemRandomNumberGenerator()
        #expect(Backoff(base: .zero).delay(attempt: 9, using: &generator) == .zero)
        #expect(Backoff(base: .seconds(-1)).delay(attempt: 9, using: &generator) == .zero)
    }

    @Test func countsTheFirstAttempt() {
        let backoff = Backoff(maximumAttempts: 3)
        #expect(backoff.allowsAnother(after: 2))
        #expect(!backoff.allowsAnother(after: 3))
    }
}
