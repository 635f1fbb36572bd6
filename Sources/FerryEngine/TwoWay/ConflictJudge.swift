import FerryCore
import FoundationEssentials

/// Decides whose version of a record counts that both sides changed: a person's decision first, then the policy.
struct ConflictJudge: Sendable {
    private let policy: ConflictPolicy
    private let resolutions: [Int64: ConflictResolution]

    init(_ policy: ConflictPolicy, resolutions: [Int64: ConflictResolution] = [:]) {
        self.policy = policy
        self.resolutions = resolutions
    }

    /// Whether records that are held must be looked at, since something may decide about them.
    func mayDecide(_ link: Int64) -> Bool {
        policy != .hold || resolutions[link] != nil
    }

    /// The side whose version is to be taken; `nil` to hold the record.
    ///
    /// A decision counts only for the versions that were seen.
    func side(
        _ link: Int64,
        versions: HeldRecord.Versions,
        times: (local: Date?, remote: Date?) = (nil, nil)
    ) -> ConflictSide? {
        if let resolution = resolutions[link], resolution.localHash == versions.localHash,
            resolution.remoteHash == versions.remoteHash
        {
            return resolution.side
        }
        switch policy {
        case .hold: return nil
        case .localWins: return .local
        case .remoteWins: return .remote
        case .newest:
            guard let local = times.local, let remote = times.remote, local != remote else { return nil }
            return local > remote ? .local : .remote
        }
    }
}

/// Reads the time of a record's last change.
enum ModificationTime {
    /// The time that a cell holds: RFC 3339 text, where one without an offset is UTC as databases write it, or Unix
    /// seconds or milliseconds, which are told apart by their size; `nil` for anything else.
    static func date(of cell: Cell, in batch: RecordBatch) -> Date? {
        let text = batch.string(of: cell)
        switch cell.kind {
        case .string: return RFC3339.parse(text) ?? RFC3339.parse(text + "Z")
        case .number:
            guard let number = Double(text), number.isFinite else { return nil }
            // Seconds reach this number in the year 5138, milliseconds in 1973.
            return Date(timeIntervalSince1970: number.magnitude < 1e11 ? number : number / 1000)
        case .missing, .null, .false, .true, .json: return nil
        }
    }
}

extension HeldRecord.Versions {
    /// Tells versions apart by the hashes of their fields; never 0, which stands for none.
    static func hash(_ fields: [UInt64]) -> UInt64 {
        max(1, fields.withUnsafeBytes { RecordHash.of($0, seed: 2) }.low)
    }

    /// A row's values by path, as a JSON object's text.
    static func text(_ paths: [FieldPath], columns: [Int], row: Int, of batch: RecordBatch) -> String {
        var members: [String] = []
        for (path, column) in zip(paths, columns) {
            let cell = batch[row, column]
            let value: String
            switch cell.kind {
            case .missing: continue
            case .null: value = "null"
            case .false, .true, .number, .json: value = batch.string(of: cell)
            case .string: value = JSONValue.string(batch.string(of: cell)).compactText
            }
            members.append("\(JSONValue.string(path.description).compactText):\(value)")
        }
        return "{\(members.joined(separator: ","))}"
    }
}
