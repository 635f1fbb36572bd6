/// Why a mutation cannot be made.
struct SanityFlaw: Error {
    let status: Int
    let type: String
    let description: String
    let id: String?

    init(_ status: Int, _ type: String, _ description: String, id: String? = nil) {
        self.status = status
        self.type = type
        self.description = description
        self.id = id
    }
}

/// A refusal in one of the three shapes that the service has for them.
struct SanityRefusal: Error {
    let status: Int
    let json: String

    /// What the gateway says.
    init(_ status: Int, _ error: String, _ message: String) {
        self.status = status
        json = "{\"statusCode\":\(status),\"error\":\(jsonLiteral(error)),\"message\":\(jsonLiteral(message))}"
    }

    /// What is wrong with a mutation.
    init(_ flaw: SanityFlaw, at index: Int) {
        status = flaw.status
        let id = flaw.id.map { ",\"id\":\(jsonLiteral($0))" } ?? ""
        json =
            "{\"error\":{\"type\":\"mutationError\","
            + "\"description\":\(jsonLiteral("The mutation(s) failed: \(flaw.description)")),"
            + "\"items\":[{\"index\":\(index),\"error\":{\"type\":\(jsonLiteral(flaw.type)),"
            + "\"description\":\(jsonLiteral(flaw.description))\(id)}}]}}"
    }

    /// What is wrong with a query.
    init(_ error: GROQError, of query: String) {
        status = 400
        json =
            "{\"error\":{\"type\":\"queryParseError\",\"description\":\(jsonLiteral(error.description)),"
            + "\"query\":\(jsonLiteral(query)),\"start\":\(error.start),\"end\":\(error.end)}}"
    }

    var response: SandboxResponse { SandboxResponse(status: status, json: json) }
}
