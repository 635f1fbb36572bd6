import FerryCore

/// The path and query of a request, taken apart and percent-decoded (RFC 3986, 2.1).
struct RequestTarget {
    let path: [String]
    let query: [(name: String, value: String)]

    /// Takes a request target in origin form apart.
    ///
    /// - Throws: ``Refusal`` when it has another form or its escapes are no UTF-8 text.
    init(_ target: String) throws(Refusal) {
        let bytes = target.utf8
        guard bytes.first == UInt8(ascii: "/") else {
            throw Refusal(.requestInvalid, "The request target has to be a path that begins with '/'.")
        }
        let parts = bytes.split(separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
        var path: [String] = []
        // Empty segments stay: '/healthz/' and '//healthz' are other paths than '/healthz'.
        for segment in parts[0].dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            path.append(try Self.decode(segment, plusIsSpace: false))
        }
        var query: [(name: String, value: String)] = []
        for pair in parts.count > 1 ? parts[1].split(separator: UInt8(ascii: "&")) : [] {
            let halves = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            query.append(
                (
                    try Self.decode(halves[0], plusIsSpace: true),
                    halves.count > 1 ? try Self.decode(halves[1], plusIsSpace: true) : ""
                )
            )
        }
        self.path = path
        self.query = query
    }

    private static func decode(_ text: Substring.UTF8View, plusIsSpace: Bool) throws(Refusal) -> String {
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                    throw Refusal(.requestInvalid, "The path or query has a '%' without two hexadecimal digits.")
                }
                bytes.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
            default: bytes.append(byte)
            }
        }
        guard let decoded = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
            throw Refusal(.requestInvalid, "The path or query is not UTF-8 text once decoded.")
        }
        return decoded
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

/// The query of a list that is read from its start.
enum Paging {
    /// The only parameter of such a list, `limit`.
    ///
    /// - Throws: ``Refusal`` that names the parameter.
    static func limit(
        in query: [(name: String, value: String)],
        upTo maximum: Int,
        otherwise standard: Int
    ) throws(Refusal) -> Int {
        var limit = standard
        for (name, value) in query {
            guard name == "limit" else {
                throw Refusal(.requestInvalid, "Unknown query parameter '\(name)'.", hint: "The parameter is limit.")
            }
            guard let number = Int(value), (1...maximum).contains(number) else {
                throw Refusal(
                    .requestInvalid,
                    "'limit' cannot be '\(value)'.",
                    hint: "It is a number from 1 to \(maximum)."
                )
            }
            limit = number
        }
        return limit
    }
}

extension ListPart {
    /// The most entries that a page may have.
    private static let maximumLimit = 200

    /// The part as a query says it.
    ///
    /// - Throws: ``Refusal`` that names the parameter.
    init(query: [(name: String, value: String)]) throws(Refusal) {
        self.init()
        for (name, value) in query {
            switch name {
            case "limit": limit = try Self.limit(value)
            case "cursor":
                guard let number = Int64(value) else {
                    throw Refusal(
                        .requestInvalid,
                        "'cursor' cannot be '\(value)'.",
                        hint: "It is the 'nextCursor' of the page before."
                    )
                }
                cursor = number
            default:
                throw Refusal(
                    .requestInvalid,
                    "Unknown query parameter '\(name)'.",
                    hint: "The parameters are limit and cursor."
                )
            }
        }
    }

    /// The number of entries that a page may have.
    fileprivate static func limit(_ value: String) throws(Refusal) -> Int {
        guard let number = Int(value), (1...maximumLimit).contains(number) else {
            throw Refusal(
                .requestInvalid,
                "'limit' cannot be '\(value)'.",
                hint: "It is a number from 1 to \(maximumLimit)."
            )
        }
        return number
    }
}

extension JobFilter {
    /// The filter as a query says it; `state` may be repeated or hold several states with commas between.
    ///
    /// - Throws: ``Refusal`` that names the parameter.
    init(query: [(name: String, value: String)]) throws(Refusal) {
        self.init()
        for (name, value) in query {
            switch name {
            case "integration": integration = value
            case "cursor": cursor = value
            case "limit": limit = try ListPart.limit(value)
            case "state":
                for word in value.split(separator: ",") {
                    guard let state = JobState(rawValue: String(word)) else {
                        throw Refusal(
                            .requestInvalid,
                            "'\(word)' is no state of a job.",
                            hint: "The states are \(JobState.allCases.map(\.rawValue).joined(separator: ", "))."
                        )
                    }
                    states.append(state)
                }
            default:
                throw Refusal(
                    .requestInvalid,
                    "Unknown query parameter '\(name)'.",
                    hint: "The parameters are integration, state, limit and cursor."
                )
            }
        }
    }
}
