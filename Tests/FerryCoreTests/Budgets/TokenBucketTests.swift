import FerryCore
import Testing

struct TokenBucketTests {
    private let budget = RequestBudget(period: .seconds(1), requests: 3)

    @Test func givesTheWholeBudgetAtOnceAndThenOneTokenForEachThatComesBack() {
        var bucket = TokenBucket(at: .zero)
        for _ in 0..<3 { #expect(bucket.take(under: budget, at: .zero) == nil) }
        #expect(bucket.take(under: budget, at: .zero) == .untilAnswer)
        bucket.answer(under: budget, at: .milliseconds(100))
        #expect(bucket.take(under: budget, at: .milliseconds(100)) == .until(.milliseconds(1100)))
        #expect(bucket.take(under: budget, at: .milliseconds(1099)) == .until(.milliseconds(1100)))
        #expect(bucket.take(under: budget, at: .milliseconds(1100)) == nil)
        #expect(bucket.spent == 3)
    }

    @Test func countsATokenFromTheAnswerAndNotFromTheRequest() {
        let one = RequestBudget(period: .seconds(1), requests: 1)
        var bucket = TokenBucket(at: .zero)
        #expect(bucket.take(under: one, at: .zero) == nil)
        // The service may have counted the request as late as just now.
        bucket.answer(under: one, at: .seconds(30))
        #expect(bucket.take(under: one, at: .seconds(30)) == .until(.seconds(31)))
    }

    @Test func spreadsWhatIsMoreThanTheBurst() {
        let spread = RequestBudget(period: .seconds(60), requests: 60, burst: 10)
        var bucket = TokenBucket(at: .zero)
        var now = Duration.zero
        var times: [Duration] = []
        while times.count < 15 {
            switch bucket.take(under: spread, at: now) {
            case .until(let date)?: now = date
            case .untilAnswer?: Issue.record("all were answered")
            case nil:
                times.append(now)
                bucket.answer(under: spread, at: now)
            }
        }
        #expect(times.prefix(10).allSatisfy { $0 == .zero })
        #expect(Array(times.suffix(5)) == (1...5).map { .seconds($0) })
    }

    @Test func keepsTheNumberOfRequestsThatAreUnderWay() {
        let narrow = RequestBudget(period: .seconds(1), requests: 100, maximumInFlight: 2)
        var bucket = TokenBucket(at: .zero)
        #expect(bucket.take(under: narrow, at: .zero) == nil)
        #expect(bucket.take(under: narrow, at: .zero) == nil)
        #expect(bucket.take(under: narrow, at: .seconds(99)) == .untilAnswer)
        bucket.answer(under: narrow, at: .seconds(99))
        #expect(bucket.take(under: narrow, at: .seconds(99)) == nil)
    }

    @Test func takesWhatMayHaveBeenSpentForSpentWhenItHasArrived() {
        let returns = [TokenBucket.Return(at: .milliseconds(400), count: 1)]
        var bucket = TokenBucket(
            returns: returns,
            evenUntil: .zero,
            spent: 2,
            arrival: .milliseconds(500),
            under: budget,
            at: .zero
        )
        #expect(bucket.take(under: budget, at: .zero) == .until(.milliseconds(400)))
        #expect(bucket.take(under: budget, at: .milliseconds(400)) == nil)
        #expect(bucket.take(under: budget, at: .milliseconds(1499)) == .until(.milliseconds(1500)))
    }

    @Test func aClockThatIsSetBackGrantsNothingAndBlocksNobodyForLonger() {
        var bucket = TokenBucket(at: .seconds(100_000))
        for _ in 0..<3 {
            #expect(bucket.take(under: budget, at: .seconds(100_000)) == nil)
            bucket.answer(under: budget, at: .seconds(100_000))
        }
        #expect(bucket.take(under: budget, at: .seconds(5)) == .until(.seconds(6)))
        #expect(bucket.take(under: budget, at: .seconds(6)) == nil)
    }

    @Test func saysAboutWhenAPlaceInTheLineHasItsTurn() {
        var bucket = TokenBucket(at: .zero)
        #expect(bucket.expected(behind: 2, under: budget, at: .zero) == .zero)
        for _ in 0..<3 { _ = bucket.take(under: budget, at: .zero) }
        for _ in 0..<3 { bucket.answer(under: budget, at: .milliseconds(250)) }
        #expect(bucket.expected(behind: 0, under: budget, at: .milliseconds(300)) == .milliseconds(1250))
        #expect(bucket.expected(behind: 2, under: budget, at: .milliseconds(300)) == .milliseconds(1250))
        let far = bucket.expected(behind: 8, under: budget, at: .milliseconds(300))
        #expect(far > .seconds(2) && far < .seconds(4))
    }

    @Test func keepsFewReturnsHoweverLargeTheBudget() {
        let large = RequestBudget(period: .seconds(3600), requests: 50_000)
        var bucket = TokenBucket(at: .zero)
        for step in 0..<40_000 {
            let now = Duration.milliseconds(step * 50)
            #expect(bucket.take(under: large, at: now) == nil)
            bucket.answer(under: large, at: now)
        }
        #expect(bucket.returns.count <= 65)
    }

    /// Any budget, any latencies, any pauses, and a clock that is set back at random: no window of the service's own
    /// clock, wherever in the time between request and answer it counts them, sees too many.
    @Test(arguments: 0..<60) func noWindowOfTheServiceSeesMoreThanTheBudget(round: Int) {
        var random = SystemRandomNumberGenerator()
        let period = Duration.milliseconds(Int.random(in: 100...5000, using: &random))
        let requests = Int.random(in: 1...(round.isMultiple(of: 3) ? 200 : 12), using: &random)
        let budget = RequestBudget(
            period: period,
            requests: requests,
            burst: Bool.random(using: &random) ? Int.random(in: 1...requests, using: &random) : nil,
            maximumInFlight: Int.random(in: 0..<4, using: &random) == 0 ? 2 : nil
        )
        var scene = BucketScene(budget: budget)
        for _ in 0..<3000 { scene.step(using: &random) }
        let story: Comment = "\(budget)"
        #expect(scene.counted.count > 2, story)
        #expect(scene.mostInAWindow() <= requests, story)
        #expect(scene.excessOverTheBurst() <= 0, story)
    }
}

/// A client with a bucket and a service with a clock of its own.
private struct BucketScene {
    let budget: RequestBudget
    var bucket = TokenBucket(at: .zero)
    /// The true time, and what the client's clock shows beyond it.
    var now = Duration.zero
    var skew = Duration.zero
    var underWay: [(sent: Duration, answered: Duration)] = []
    /// When requests were granted, by the true time.
    var granted: [Duration] = []
    /// When the service counted them.
    var counted: [Duration] = []

    init(budget: RequestBudget) {
        self.budget = budget
    }

    mutating func step(using random: inout some RandomNumberGenerator) {
        switch Int.random(in: 0..<40, using: &random) {
        case 0:
            skew -= .milliseconds(Int.random(in: 0...100_000, using: &random))
        case 1: now += budget.period * Int.random(in: 0...3, using: &random)
        default: now += .microseconds(Int.random(in: 0...Int(budget.spacing / .microseconds(1)), using: &random))
        }
        for request in underWay where request.answered <= now {
            // Sometimes as soon as it is sent, sometimes as late as it is answered.
            let share = Double.random(in: 0...1, using: &random)
            counted.append(request.sent + (request.answered - request.sent) * share)
            bucket.answer(under: budget, at: now + skew)
        }
        underWay.removeAll { $0.answered <= now }
        guard bucket.take(under: budget, at: now + skew) == nil else { return }
        granted.append(now)
        let latency = Int.random(in: 0...4, using: &random) == 0 ? budget.period * 2 : budget.spacing
        let answered = now + latency * Double.random(in: 0...1, using: &random)
        underWay.append((now, answered))
    }

    /// The most requests that the service counted in any half-open window of the budget's length.
    func mostInAWindow() -> Int {
        let times = counted.sorted()
        var first = 0
        var most = 0
        for (last, time) in times.enumerated() {
            while time - times[first] >= budget.period { first += 1 }
            most = max(most, last - first + 1)
        }
        return most
    }

    /// By how much any span holds more grants than the burst and what flows in meanwhile.
    func excessOverTheBurst() -> Int {
        var excess = Int.min
        for first in granted.indices.suffix(600) {
            for last in granted.indices[first...].prefix(300) {
                let flow = Int((granted[last] - granted[first]) / budget.spacing + 1e-6)
                excess = max(excess, last - first + 1 - budget.burst - flow)
            }
        }
        return excess
    }
}
