import NIOCore
import NIOHTTP1

/// One complete HTTP request as a service of the sandbox sees it.
struct SandboxRequest: Sendable {
    let method: String
    /// The path as sent, still percent-encoded.
    let path: String
    /// The query as sent, without the question mark; empty when there is none.
    let query: String
    let headers: HTTPHeaders
    let body: [UInt8]

    /// A cap that a fault puts on the records of a page for this request.
    var clampedTake: Int?
    /// Whether a fault refuses the key of this request, whichever it is.
    var refusesKey = false
    /// Whether a fault refuses the table's primary key for this request.
    var refusesPrimaryKey = false

    init(head: HTTPRequestHead, body: ByteBuffer) {
        method = head.method.rawValue
        let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = String(parts.first ?? "/")
        query = parts.count > 1 ? String(parts[1]) : ""
        headers = head.headers
        self.body = Array(body.readableBytesView)
    }

    /// The path's segments, decoded.
    var segments: [String] {
        path.split(separator: "/").map { percentDecoded($0, plusIsSpace: false) }
    }

    /// The query's parameters in order, decoded.
    var parameters: [(name: String, value: String)] { Self.parameters(in: query) }

    /// The body's parameters in order, where it is a form.
    var form: [(name: String, value: String)] { Self.parameters(in: String(decoding: body, as: UTF8.self)) }

    private static func parameters(in query: String) -> [(name: String, value: String)] {
        query.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (
                percentDecoded(parts[0], plusIsSpace: true),
                parts.count > 1 ? percentDecoded(parts[1], plusIsSpace: true) : ""
            )
        }
    }

    /// The first parameter of that name; an empty one counts as absent, as a form that was left blank.
    func parameter(_ name: String) -> String? {
        parameters.first { $0.name == name && !$0.value.isEmpty }?.value
    }

    /// Whether the body is announced as JSON.
    var announcesJSON: Bool {
        let type = headers.first(name: "Content-Type") ?? ""
        return type.lowercased().split(separator: ";").first?.trimmingSpaces == "application/json"
    }
}

extension Substring {
    fileprivate var trimmingSpaces: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}

/// Undoes percent-encoding; a `%` that starts no valid escape stands for itself.
func percentDecoded(_ text: Substring, plusIsSpace: Bool) -> String {
    guard text.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else {
        return String(text)
    }
    let bytes = Array(text.utf8)
    var decoded: [UInt8] = []
    var index = 0
    while index < bytes.count {
        let byte = bytes[index]
        if byte == UInt8(ascii: "%"), index + 2 < bytes.count,
            let high = hexDigit(bytes[index + 1]), let low = hexDigit(bytes[index + 2])
        {
            decoded.append(high << 4 | low)
            index += 3
            continue
        }
        decoded.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
        index += 1
    }
    return String(decoding: decoded, as: UTF8.self)
}
