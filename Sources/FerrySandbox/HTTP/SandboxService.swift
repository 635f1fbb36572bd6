/// One service in miniature, mounted in the sandbox beside others.
///
/// Each service owns a part of the path space. An answer is computed at once on the connection's event loop: nothing in
/// a service may wait.
protocol SandboxService: Sendable {
    /// What scripts call the service.
    var serviceName: SandboxServiceName { get }

    /// The clock that its answers and records go by.
    var clock: SandboxClock { get }

    /// Whether a request is this service's to answer.
    func owns(_ request: SandboxRequest) -> Bool

    /// Answers a request that it owns.
    func respond(to request: SandboxRequest) -> SandboxResponse

    /// A refusal in the service's own shape, of a request that it owns: what a fault answers unless it has a body.
    func refusal(_ status: Int, _ message: String, of request: SandboxRequest) -> SandboxResponse

    /// The name under which a request that it owns is kept in the log, such as a table's collection id.
    func logName(for request: SandboxRequest) -> String

    /// All it holds, as JSON.
    var held: String { get }

    /// Reads an edit on behalf of somebody else, as `POST /_sandbox/edit` and a drift take it.
    ///
    /// - Returns: what makes it.
    /// - Throws: ``Refusal`` that names what is wrong.
    func edit(_ json: JSONSlice) throws(Refusal) -> @Sendable () -> Void
}

extension SandboxService {
    /// One message, unless the service has a shape of its own.
    func refusal(_ status: Int, _ message: String, of request: SandboxRequest) -> SandboxResponse {
        .refusal(status, message)
    }

    /// The service's name, unless it has several.
    func logName(for request: SandboxRequest) -> String { serviceName.rawValue }
}
