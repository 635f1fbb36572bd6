import Synchronization

/// The rules in force, and which of them fire on a request.
public final class Faults: Sendable {
    fileprivate struct Rule {
        let rule: FaultRule
        var seen = 0
        var fired = 0
        var dice: SeededGenerator
    }

    private let rules = Mutex<[Rule]>([])
    private let clocks: [SandboxClock]

    /// No faults so far.
    ///
    /// - Parameter clocks: what faults can set wrong, and ``clear()`` sets right.
    init(clocks: [SandboxClock]) {
        self.clocks = clocks
    }

    /// Adds rules behind those in force.
    public func add(_ rules: FaultRule...) {
        add(rules)
    }

    /// Adds rules behind those in force.
    public func add(_ newRules: [FaultRule]) {
        rules.withLock { rules in
            rules += newRules.map { Rule(rule: $0, dice: SeededGenerator(seed: $0.seed)) }
        }
    }

    /// Ends all misbehaviour, and sets the clocks right.
    public func clear() {
        rules.withLock { $0.removeAll() }
        for clock in clocks { clock.set(secondsAhead: 0) }
    }

    /// How often each rule in force has fired, in the order in which they were added.
    public var fired: [Int] { rules.withLock { $0.map(\.fired) } }

    /// Counts a request for all rules it matches.
    ///
    /// - Returns: What the rules that fire do to it.
    func effects(method: String, target: String) -> FaultEffects {
        var effects = FaultEffects()
        rules.withLock { rules in
            for index in rules.indices where rules[index].fires(method: method, target: target) {
                effects.add(rules[index].rule.action)
            }
        }
        return effects
    }
}

extension Faults.Rule {
    mutating func fires(method: String, target: String) -> Bool {
        if let wanted = rule.method, wanted.uppercased() != method { return false }
        if let wanted = rule.path, !wanted.isEmpty, !target.contains(wanted) { return false }
        seen += 1
        guard seen >= rule.nth, rule.times.map({ fired < $0 }) ?? true else { return false }
        // The dice roll only where chance is asked for, so that a certain rule stays certain.
        guard rule.probability >= 1 || dice.nextUnit() < rule.probability else { return false }
        fired += 1
        return true
    }
}

/// What faults do to one request.
struct FaultEffects {
    /// How a request ends other than by its true answer.
    enum Ending {
        case status(Int, retryAfter: String?, body: String?)
        case reset
        case close
        case cutBody(afterBytes: Int, resets: Bool)
        case truncatedJSON
    }

    var hooks: [@Sendable (DynamicTables) -> Void] = []
    var millisecondsBefore = 0
    var millisecondsAfter = 0
    var endingBefore: Ending?
    var endingAfter: Ending?
    var contentType: String?
    var clampedTake: Int?
    var refusesKey = false
    var refusesPrimaryKey = false
    var secondsAhead: Int?

    mutating func add(_ action: FaultAction) {
        switch action {
        case .status(let status, let retryAfter, let body, let afterEffect):
            end(.status(status, retryAfter: retryAfter, body: body), afterEffect: afterEffect)
        case .delay(let milliseconds, let afterEffect):
            if afterEffect { millisecondsAfter += milliseconds } else { millisecondsBefore += milliseconds }
        case .reset(let afterEffect): end(.reset, afterEffect: afterEffect)
        case .close(let afterEffect): end(.close, afterEffect: afterEffect)
        case .cutBody(let bytes, let resets): end(.cutBody(afterBytes: bytes, resets: resets), afterEffect: true)
        case .truncatedJSON: end(.truncatedJSON, afterEffect: true)
        case .contentType(let type): contentType = type
        case .clampedPages(let take): clampedTake = min(take, clampedTake ?? take)
        case .drift(let hook): hooks.append(hook)
        case .expiredKey: refusesKey = true
        case .expiredPrimaryKey: refusesPrimaryKey = true
        case .clockSkew(let seconds): secondsAhead = seconds
        }
    }

    private mutating func end(_ ending: Ending, afterEffect: Bool) {
        if afterEffect {
            endingAfter = endingAfter ?? ending
        } else {
            endingBefore = endingBefore ?? ending
        }
    }
}
