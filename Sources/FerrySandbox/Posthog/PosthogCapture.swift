import CZlib
import Foundation
import NIOHTTP1

/// What comes to the capture endpoint.
enum PosthogCapture {
    /// The largest body that is taken, as it comes.
    private static let largestBody = 20 << 20

    /// The JSON of a request's body.
    ///
    /// - Throws: ``Refusal``.
    static func body(of request: SandboxRequest) throws(Refusal) -> JSONSlice {
        guard request.body.count <= largestBody else { throw Refusal(413, "request body too large") }
        var bytes = request.body
        switch request.headers.first(name: "Content-Encoding")?.lowercased() {
        case nil: break
        case "gzip":
            guard let plain = gunzip(bytes) else { throw Refusal(400, "failed to decode request: invalid GZIP data") }
            bytes = plain
        case let other?: throw Refusal(415, "unsupported content encoding: \(other)")
        }
        do throws(JSONSyntaxError) {
            return try JSONDocument(bytes).root
        } catch {
            throw Refusal(400, "failed to parse request: \(error.description)")
        }
    }

    /// The bytes of a gzip stream; `nil` when it is none, or not a whole one.
    private static func gunzip(_ bytes: [UInt8]) -> [UInt8]? {
        var stream = z_stream()
        guard ferry_gunzip_begin(&stream) == Z_OK else { return nil }
        defer { inflateEnd(&stream) }
        var plain: [UInt8] = []
        var scratch = [UInt8](repeating: 0, count: 64 << 10)
        return bytes.withUnsafeBufferPointer { input -> [UInt8]? in
            stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            stream.avail_in = UInt32(input.count)
            while true {
                let (code, produced) = scratch.withUnsafeMutableBufferPointer { output -> (Int32, Int) in
                    stream.next_out = output.baseAddress
                    stream.avail_out = UInt32(output.count)
                    let code = inflate(&stream, Z_NO_FLUSH)
                    return (code, output.count - Int(stream.avail_out))
                }
                plain += scratch.prefix(produced)
                if code == Z_STREAM_END { return plain }
                guard code == Z_OK, produced > 0 || stream.avail_in > 0 else { return nil }
            }
        }
    }
}

extension PosthogState {
    /// Takes the events of a batch, or the one event that a body is.
    mutating func capture(_ body: JSONSlice) throws(Refusal) {
        let key = body["api_key"]?.string ?? body["token"]?.string ?? ""
        if key == personalKey { misplacedKeyCount += 1 }
        guard !key.isEmpty else { throw Refusal(401, "API key is not valid: missing") }
        guard !key.hasPrefix("phx_"), key != personalKey else {
            throw Refusal(401, "API key is not valid: personal_api_key")
        }
        guard !isOverBillingLimit else { throw Refusal(429, "billing limit reached") }
        let sent: [JSONSlice]
        if let batch = body["batch"] {
            guard let elements = batch.elements else { throw Refusal(400, "failed to parse request: batch") }
            sent = elements
        } else {
            sent = body["event"] == nil ? [] : [body]
        }
        guard !sent.isEmpty else { throw Refusal(400, "request holds no event") }
        // One that cannot be read spoils the whole request.
        for event in sent {
            guard event.kind == .object else { throw Refusal(400, "failed to parse request: invalid type") }
            if let uuid = event["uuid"]?.string, UUID(uuidString: uuid) == nil {
                throw Refusal(400, "failed to parse request: UUID parsing failed")
            }
            if let properties = event["properties"], properties.kind != .object {
                throw Refusal(400, "failed to parse request: invalid type for properties")
            }
        }
        // A key that only looks right is answered like any other; its events are in no project.
        guard key == projectKey else { return droppedCount += sent.count }
        // By how much the sender's clock is wrong, if it says what its time is: so much all times are moved.
        let sentAt = body["sent_at"]?.string.flatMap { PosthogTime.microseconds(rfc3339: $0) }
        let skew = sentAt.map { clock.microseconds - $0 } ?? 0
        for event in sent { take(event, skew: skew) }
    }

    /// Takes an event, or drops it.
    ///
    /// - Parameter skew: what is added to its time, in microseconds.
    mutating func take(_ sent: JSONSlice, skew: Int = 0) {
        let distinctID = sent["distinct_id"].map { $0.string ?? $0.text } ?? ""
        guard let name = sent["event"]?.string, !name.isEmpty, !distinctID.isEmpty, distinctID != "null",
            distinctID.count <= 200, name.count <= 200
        else { return droppedCount += 1 }
        // A time that cannot be read is the time of arrival.
        let time =
            sent["timestamp"]?.string.flatMap { PosthogTime.microseconds(rfc3339: $0) }.map { $0 + skew }
            ?? clock.microseconds
        let properties = sent["properties"]
        var event = PosthogEvent(
            uuid: sent["uuid"]?.string?.lowercased() ?? nextUUID(),
            event: name,
            distinctID: distinctID,
            timestamp: "",
            properties: properties?.text ?? "{}"
        )
        event.microseconds = time
        add(event)
        if name == "$create_alias", let alias = properties?["alias"]?.string {
            persons.merge(distinctID, into: alias)
        }
        if name == "$groupidentify" {
            guard let type = properties?["$group_type"]?.string, let key = properties?["$group_key"]?.string else {
                return
            }
            for (name, value) in properties?["$group_set"]?.members ?? [] {
                groups[type, default: [:]][key, default: []].set(name, to: value.text)
            }
        }
        guard properties?["$process_person_profile"]?.boolean != false else { return }
        for (member, once) in [("$set", false), ("$set_once", true)] {
            let values = (properties?[member] ?? sent[member])?.members ?? []
            setPerson(distinctID, at: time, values.map { ($0.name, $0.value.text) }, once: once)
        }
    }
}
