extension FaultRule {
    /// Reads a rule as `POST /_sandbox/faults` takes it.
    ///
    /// ```json
    /// {"match": {"method": "POST", "path": "/bulk", "nth": 2, "probability": 0.5, "seed": 7},
    ///  "times": 1, "action": {"type": "status", "status": 503, "retryAfter": "1", "after": true}}
    /// ```
    ///
    /// `times` is 1 unless given; null lifts the limit.
    ///
    /// - Parameter services: those whose records a drift can edit.
    /// - Throws: ``Refusal`` that names what is wrong.
    init(_ json: JSONSlice, services: [any SandboxService]) throws(Refusal) {
        guard let action = json["action"] else { throw Refusal(400, "A rule must have an action") }
        self.init(try FaultAction(action, services: services))
        if let match = json["match"] {
            method = match["method"]?.string
            path = match["path"]?.string
            nth = match["nth"]?.integer ?? 1
            probability = match["probability"]?.double ?? 1
            seed = match["seed"]?.integer.map { UInt64(truncatingIfNeeded: $0) } ?? 1
        }
        if let times = json["times"] { self.times = times.integer }
    }
}

extension FaultAction {
    fileprivate init(_ json: JSONSlice, services: [any SandboxService]) throws(Refusal) {
        let afterEffect = json["after"]?.boolean ?? false
        switch json["type"]?.string {
        case "status":
            self = .status(
                try json.required("status"),
                retryAfter: json["retryAfter"].map { $0.string ?? $0.text },
                body: json["body"].map { $0.string ?? $0.text },
                afterEffect: afterEffect
            )
        case "delay": self = .delay(milliseconds: try json.required("milliseconds"), afterEffect: afterEffect)
        case "reset": self = .reset(afterEffect: afterEffect)
        case "close": self = .close(afterEffect: afterEffect)
        case "cut_body":
            self = .cutBody(afterBytes: try json.required("bytes"), resets: json["resets"]?.boolean ?? false)
        case "truncated_json": self = .truncatedJSON
        case "content_type": self = .contentType(json["value"]?.string ?? "text/html")
        case "clamped_pages": self = .clampedPages(try json.required("take"))
        case "expired_key": self = .expiredKey
        case "expired_primary_key": self = .expiredPrimaryKey
        case "clock_skew":
            guard let seconds = json["seconds"]?.integer, (-100_000_000...100_000_000).contains(seconds) else {
                throw Refusal(400, "The action needs seconds, a whole number: ahead, or behind if negative")
            }
            self = .clockSkew(seconds: seconds)
        case "drift":
            let edit = try services.edit(json)
            self = .drift { _ in edit() }
        default:
            throw Refusal(
                400,
                "An action's type must be one of status, delay, reset, close, cut_body, truncated_json, content_type, "
                    + "clamped_pages, drift, expired_key, expired_primary_key, clock_skew"
            )
        }
    }
}

extension JSONSlice {
    fileprivate func required(_ name: String) throws(Refusal) -> Int {
        guard let value = self[name]?.integer, value >= 0 else {
            throw Refusal(400, "The action needs \(name), a whole number")
        }
        return value
    }
}
