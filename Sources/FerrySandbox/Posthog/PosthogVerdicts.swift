import Foundation
import NIOHTTP1
import Synchronization

// The newer capture endpoint, which answers for each event.
extension PosthogProject {
    /// Takes the events of a request.
    func captureWithVerdicts(_ request: SandboxRequest) throws(Refusal) -> SandboxResponse {
        guard request.method == "POST" else { throw Refusal(405, "") }
        do throws(PosthogVerdict) {
            let verdicts = try verdicts(request)
            var response = SandboxResponse(status: 200, json: "{\"results\":{\(verdicts.joined(separator: ","))}}")
            if verdicts.contains(where: { $0.contains(#""result":"retry""#) }) { response.retryAfter = "1" }
            return response
        } catch {
            var response = SandboxResponse(
                status: error.status,
                json: "{\"error\":\(jsonLiteral(error.error)),\"error_description\":\(jsonLiteral(error.description))}"
            )
            if error.status == 429 { response.retryAfter = "1" }
            return response
        }
    }

    private func verdicts(_ request: SandboxRequest) throws(PosthogVerdict) -> [String] {
        let (key, isOverBillingLimit) = state.withLock { ($0.projectKey, $0.isOverBillingLimit) }
        guard request.headers["Authorization"] == ["Bearer \(key)"], !request.refusesKey else {
            throw PosthogVerdict(401, "invalid_api_token", "The API token is not valid")
        }
        for name in [
            "PostHog-Sdk-Info", "PostHog-Attempt", "PostHog-Request-Id", "PostHog-Request-Timestamp", "User-Agent",
        ] {
            guard request.headers.first(name: name) != nil else {
                throw PosthogVerdict(400, "missing_header", "The header \(name) is required")
            }
        }
        guard Int(request.headers.first(name: "PostHog-Attempt") ?? "") ?? 0 > 0,
            UUID(uuidString: request.headers.first(name: "PostHog-Request-Id") ?? "") != nil
        else { throw PosthogVerdict(400, "invalid_header", "PostHog-Attempt is a number, PostHog-Request-Id a UUID") }
        let body: JSONSlice
        do throws(Refusal) {
            body = try PosthogCapture.body(of: request)
        } catch {
            throw PosthogVerdict(error.status, "invalid_body", error.message)
        }
        guard body["api_key"] == nil, body["sent_at"] == nil,
            let created = body["created_at"]?.string, PosthogTime.microseconds(rfc3339: created) != nil,
            let events = body["batch"]?.elements, !events.isEmpty
        else { throw PosthogVerdict(400, "invalid_body", "created_at and a batch are required, and no key") }
        var seen: Set<String> = []
        for event in events {
            guard event.kind == .object, let uuid = event["uuid"]?.string, UUID(uuidString: uuid) != nil,
                event["event"]?.string != nil, event["distinct_id"]?.string != nil,
                let time = event["timestamp"]?.string, PosthogTime.microseconds(rfc3339: time) != nil,
                event["properties"].map({ $0.kind == .object }) ?? true, event["properties"]?["distinct_id"] == nil,
                event["options"].map({ $0.kind == .object }) ?? true
            else { throw PosthogVerdict(400, "invalid_event", "A field of an event has the wrong type") }
            guard seen.insert(uuid.lowercased()).inserted else {
                throw PosthogVerdict(400, "duplicate_uuid", "The batch has a UUID twice")
            }
        }
        guard !isOverBillingLimit else { throw PosthogVerdict(429, "billing_limit_exceeded", "billing limit reached") }
        return state.withLock { state in events.map { state.verdict(on: $0) } }
    }
}

/// Why the newer endpoint refuses a whole request.
private struct PosthogVerdict: Error {
    let status: Int
    let error: String
    let description: String

    init(_ status: Int, _ error: String, _ description: String) {
        self.status = status
        self.error = error
        self.description = description
    }
}

extension PosthogState {
    /// Takes an event, or says why not.
    fileprivate mutating func verdict(on event: JSONSlice) -> String {
        let uuid = event["uuid"]?.string ?? ""
        let answer: String
        if let index = unpersisted.firstIndex(where: { event["event"]?.string == $0.event && $0.times > 0 }) {
            unpersisted[index].times -= 1
            answer = #"{"result":"retry","details":"not_persisted"}"#
        } else if refusedEvents.contains(event["event"]?.string ?? "") {
            answer = #"{"result":"drop","details":"invalid_options"}"#
        } else if Self.isNobody(event["distinct_id"]?.string ?? "") {
            answer = #"{"result":"drop","details":"invalid_distinct_id"}"#
        } else if !(1...200).contains(event["event"]?.string?.count ?? 0) {
            answer = #"{"result":"drop","details":"invalid_event_name"}"#
        } else {
            // A time more than 23 hours ahead is now.
            let now = clock.microseconds
            let time = event["timestamp"]?.string.flatMap { PosthogTime.microseconds(rfc3339: $0) } ?? now
            take(event, skew: time - now > 23 * 3_600_000_000 ? now - time : 0)
            answer = #"{"result":"ok"}"#
        }
        return "\(jsonLiteral(uuid)):\(answer)"
    }

    /// Whether a distinct id is one that stands for nobody.
    private static func isNobody(_ distinctID: String) -> Bool {
        let words = [
            "", "0", "00000000-0000-0000-0000-000000000000", "null", "none", "undefined", "anonymous", "guest", "user",
            "id", "email", "true", "false", "nan", "system", "backend", "distinct_id", "[object object]",
        ]
        return distinctID.count > 200 || words.contains(distinctID.lowercased())
    }
}
