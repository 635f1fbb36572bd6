/// One service in miniature, mounted in the sandbox beside others.
///
/// Each service owns a part of the path space and answers `nil` for the rest, so that the server asks one after the
/// other. An answer is computed at once on the connection's event loop: nothing in a service may wait.
protocol SandboxService: Sendable {
    /// Answers a request that is this service's to answer.
    ///
    /// - Returns: `nil` when the path belongs to somebody else.
    func respond(to request: SandboxRequest) -> SandboxResponse?

    /// The name under which requests to this path are kept in the log, such as a table's collection id.
    func logName(for request: SandboxRequest) -> String?

    /// What scripts call the service.
    var name: String { get }

    /// All it holds, as JSON.
    var held: String { get }
}
