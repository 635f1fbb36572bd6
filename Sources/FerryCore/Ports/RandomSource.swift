/// Where random numbers come from: injected like the clock, so that a run can be repeated exactly.
public protocol RandomSource: Sendable {
    /// The next 64 bits.
    func next() -> UInt64
}

/// The system's random numbers.
public struct SystemRandom: RandomSource {
    /// A source.
    public init() {}

    /// The next 64 bits.
    public func next() -> UInt64 {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }
}

/// A source as the standard library takes one.
public struct RandomNumbers: RandomNumberGenerator {
    private let source: any RandomSource

    /// The numbers of a source.
    public init(_ source: any RandomSource) {
        self.source = source
    }

    /// The next 64 bits.
    public mutating func next() -> UInt64 { source.next() }
}
