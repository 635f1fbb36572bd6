/// What a test waited for in vain.
public struct NeverHappened: Error, CustomStringConvertible {
    /// What it waited for.
    public let description: String

    /// Something that a test waited for in vain.
    public init(description: String) {
        self.description = description
    }
}

/// Looks again and again whether `condition` holds, and returns as soon as it does.
///
/// - Throws: ``NeverHappened`` after `limit`, which is far more than it should take, and ten times that under a
///   sanitizer; what `condition` throws.
public func eventually(
    _ what: String,
    within limit: Duration = .seconds(120),
    _ condition: () async throws -> Bool
) async throws {
    let clock = ContinuousClock()
    #if SANITIZED
        let end = clock.now + limit * 10
    #else
        let end = clock.now + limit
    #endif
    while true {
        if try await condition() { return }
        guard clock.now < end else { throw NeverHappened(description: "never happened: \(what)") }
        try await clock.sleep(for: .milliseconds(10))
    }
}
