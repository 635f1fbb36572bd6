import NIOCore

/// One complete HTTP answer of a service of the sandbox.
struct SandboxResponse: Sendable {
    var status: Int
    var contentType: String? = "application/json"
    var retryAfter: String?
    /// Headers that tell of a rate limit.
    var limitHeaders: [(name: String, value: String)] = []
    var body: ByteBuffer

    init(status: Int, body: ByteBuffer) {
        self.status = status
        self.body = body
    }

    init(status: Int, json: String) {
        self.init(status: status, body: ByteBuffer(string: json))
    }

    /// An answer without a body.
    static let noContent: SandboxResponse = {
        var response = SandboxResponse(status: 204, body: ByteBuffer())
        response.contentType = nil
        return response
    }()

    /// A refusal in the shape that the sandbox's services use: one message.
    static func refusal(_ status: Int, _ message: String) -> SandboxResponse {
        SandboxResponse(status: status, json: "{\"message\":\(jsonLiteral(message))}")
    }
}
