import FerryAPI
import FerryCore

/// A request's body: a JSON object, checked key by key so that the refusal can name the key.
struct RequestBody {
    private let members: [JSONValue.Member]

    /// Reads a body; none at all is as good as `{}`.
    ///
    /// - Throws: ``Refusal`` when it is not a JSON object.
    init(_ bytes: [UInt8]) throws(Refusal) {
        guard !bytes.isEmpty else {
            members = []
            return
        }
        // The decoder's own words name types of this program, so they are left out.
        guard let document = try? WireFormat.decode(JSONValue.self, from: bytes) else {
            throw Refusal(
                .requestInvalid,
                "The body is not valid JSON.",
                hint: "It is an object, as in {\"direction\": \"pull\"}."
            )
        }
        guard case .object(let members) = document else {
            throw Refusal(
                .requestInvalid,
                "The body has to be a JSON object.",
                hint: "As in {\"direction\": \"pull\"}."
            )
        }
        self.members = members
    }

    /// Checks that the body says nothing.
    func requireEmpty() throws(Refusal) {
        try allow([])
    }

    /// The body as a request for a sync.
    func syncRequest() throws(Refusal) -> SyncRequest {
        try allow(Self.syncKeys)
        return try sync()
    }

    private static let syncKeys = ["direction", "entityIds", "full", "entityTypes", "allowDeletes", "quarantinedOnly"]

    private func sync() throws(Refusal) -> SyncRequest {
        let direction = try direction()
        return SyncRequest(
            direction: direction,
            entityIds: try strings("entityIds"),
            full: try full(direction),
            entityTypes: try strings("entityTypes"),
            allowDeletes: try flag("allowDeletes"),
            quarantinedOnly: try flag("quarantinedOnly")
        )
    }

    /// The body as a request for a plan.
    func planRequest() throws(Refusal) -> PlanRequest {
        try allow(Self.syncKeys + ["limit"])
        return PlanRequest(try sync(), limit: try number("limit", in: 0...10_000))
    }

    private func direction() throws(Refusal) -> Direction {
        guard let value = self["direction"] else {
            throw Refusal(.requestInvalid, "'direction' is missing.", hint: "It is \"pull\" or \"push\".")
        }
        guard let word = value.string else {
            throw Refusal(.requestInvalid, "'direction' has to be a string.", hint: "It is \"pull\" or \"push\".")
        }
        guard let direction = Direction(rawValue: word) else {
            throw Refusal(
                .requestInvalid,
                "'direction' has to be \"pull\" or \"push\", not \"\(word)\".",
                hint: "A pull brings the service's records here, a push goes the other way."
            )
        }
        return direction
    }

    private func full(_ direction: Direction) throws(Refusal) -> Bool {
        let full = try flag("full")
        if direction == .push, full {
            throw Refusal(
                .requestInvalid,
                "'full' goes with a pull only.",
                hint: "A push compares everything every time: leave it out."
            )
        }
        return full
    }

    /// The body as a request for a backup.
    func backupRequest() throws(Refusal) -> BackupRequest {
        try allow(["keep"])
        return BackupRequest(keep: try number("keep", in: 1...1000) ?? BackupRequest.standardCount)
    }

    /// The body as a request for a retry.
    func retryRequest() throws(Refusal) -> RetryRequest {
        try allow(["entityTypes", "allowDeletes", "quarantinedOnly"])
        return RetryRequest(
            entityTypes: try strings("entityTypes"),
            allowDeletes: try flag("allowDeletes"),
            quarantinedOnly: try flag("quarantinedOnly")
        )
    }

    /// The body as the entity types of an export; `nil` for all.
    func exportedTypes() throws(Refusal) -> [String]? {
        try allow(["entityTypes"])
        return try strings("entityTypes")
    }

    /// The body as the end of an import.
    func importEnd() throws(Refusal) -> StateImportEnd {
        try allow(["links", "replace"])
        guard let links = try number("links", in: 0 ... .max) else {
            throw Refusal(.requestInvalid, "'links' is missing.", hint: "It is the number of links that were sent.")
        }
        return StateImportEnd(links: links, replace: try flag("replace"))
    }

    /// The body as a request to forget what is kept.
    func resetRequest() throws(Refusal) -> StateResetRequest {
        try allow(["entityTypes", "cursorsOnly"])
        return StateResetRequest(entityTypes: try strings("entityTypes"), cursorsOnly: try flag("cursorsOnly"))
    }

    private func flag(_ key: String) throws(Refusal) -> Bool {
        guard let value = self[key] else { return false }
        guard let flag = value.bool else {
            throw Refusal(.requestInvalid, "'\(key)' has to be true or false.", hint: "Leave it out for false.")
        }
        return flag
    }

    private func number(_ key: String, in range: ClosedRange<Int>) throws(Refusal) -> Int? {
        guard let value = self[key] else { return nil }
        guard let number = value.integer, range.contains(number) else {
            throw Refusal(
                .requestInvalid,
                "'\(key)' has to be a whole number from \(range.lowerBound) to \(range.upperBound).",
                hint: "Leave it out for the default."
            )
        }
        return number
    }

    /// The body as a decision about a conflict.
    func conflictSide() throws(Refusal) -> ConflictSide {
        try allow(["side"])
        guard let word = self["side"]?.string, let side = ConflictSide(rawValue: word) else {
            throw Refusal(
                .requestInvalid,
                "'side' has to be \"local\" or \"remote\".",
                hint: "It says whose version of the record is to be taken."
            )
        }
        return side
    }

    private func strings(_ key: String) throws(Refusal) -> [String]? {
        guard let value = self[key] else { return nil }
        guard case .array(let elements) = value else {
            throw Refusal(
                .requestInvalid,
                "'\(key)' has to be an array of strings.",
                hint: "Leave it out for all of them."
            )
        }
        var strings: [String] = []
        for (index, element) in elements.enumerated() {
            guard let string = element.string else {
                throw Refusal(
                    .requestInvalid,
                    "'\(key)[\(index)]' has to be a string.",
                    hint: "Put numbers between quotation marks."
                )
            }
            strings.append(string)
        }
        return strings
    }

    private func allow(_ keys: [String]) throws(Refusal) {
        guard let unknown = members.first(where: { !keys.contains($0.key) }) else { return }
        throw Refusal(
            .requestInvalid,
            "Unknown key '\(unknown.key)' in the body.",
            hint: keys.isEmpty ? "This request takes no body." : "The keys are \(keys.joined(separator: ", "))."
        )
    }

    private subscript(key: String) -> JSONValue? { members.last { $0.key == key }?.value }
}
