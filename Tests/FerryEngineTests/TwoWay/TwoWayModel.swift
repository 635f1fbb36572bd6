import FerryCore

/// What two-way sync must do, on plain dictionaries: no hashes, pages, batches or links, so that it can be read and
/// believed (design §4.4).
///
/// Fields: `name` and `price` go both ways, `stock` is pulled only, `label` is pushed only (the name in capitals).
struct TwoWayModel {
    typealias Fields = [String: String]

    /// What both sides had when they last agreed; `nil` values of a field: nothing is known.
    struct Base {
        var remote: Fields
        var local: Fields
        /// The remote record: another one with the same key is another record.
        var id: String
        /// Whether a pull has seen the record: what it lacks is known to be missing then.
        var isSeen = false
    }

    struct Held: Equatable {
        var kind: ConflictKind
        var local: Fields?
        var remote: Fields?
        var decision: ConflictSide?
    }

    struct Remote: Equatable {
        var id: String
        var fields: Fields
    }

    static let shared = ["name", "price"]
    static let pulled = ["name", "price", "stock"]

    let policy: ConflictPolicy
    var local: [String: Fields] = [:]
    var remote: [String: Remote] = [:]
    var bases: [String: Base] = [:]
    var held: [String: Held] = [:]
    /// Remote records as the last pull saw them: an unchanged one is not looked at.
    var seen: [String: Fields] = [:]
    /// Whether an update replaces the whole record and what the service has cannot be read: a pull must see it first.
    let needsWhole: Bool
    /// Whether there has been a push.
    var isAdopted = false
    /// Makes identifiers of created records as the service does.
    var nextID: () -> String

    // MARK: Pull

    /// - Parameter isComplete: whether the scan saw all records from the first on: only then are deletes followed.
    mutating func pull(isComplete: Bool = true) {
        for (key, record) in remote.sorted(by: { $0.key < $1.key })
        where seen[key] != record.fields || held[key] != nil {
            if let current = local[key] {
                merge(key, record, current)
            } else if let base = bases[key] {
                bringBack(key, record, base)
            } else {
                take(key, record)
            }
        }
        guard isComplete else { return }
        let gone = bases.keys.filter { remote[$0] == nil }.sorted()
        for key in gone { followDelete(key) }
    }

    private mutating func take(_ key: String, _ record: Remote) {
        let fields = record.fields.filter { Self.pulled.contains($0.key) }
        local[key] = fields
        agree(key, Base(remote: record.fields, local: fields, id: record.id, isSeen: true))
        seen[key] = record.fields
    }

    private mutating func merge(_ key: String, _ record: Remote, _ current: Fields) {
        let base = bases[key]
        var next = current
        var newBase = Base(remote: record.fields, local: base?.local ?? [:], id: record.id, isSeen: true)
        var conflicts: [String] = []
        // A missing value leaves its destination alone.
        next["stock"] = record.fields["stock"] ?? current["stock"]
        newBase.local["stock"] = next["stock"]
        for field in Self.shared {
            let (mine, theirs) = (current[field], record.fields[field])
            let isLocalChanged = base?.local[field] != mine
            let isRemoteChanged = base?.remote[field] != theirs
            if mine == theirs {
                newBase.local[field] = mine
            } else if isLocalChanged, isRemoteChanged {
                conflicts.append(field)
            } else if isRemoteChanged {
                next[field] = theirs
                newBase.local[field] = theirs
            }
        }
        if !conflicts.isEmpty {
            let now = Held(kind: .changed, local: current, remote: record.fields)
            switch side(key, now) {
            case nil:
                hold(key, now, id: record.id)
                return
            case .remote:
                for field in conflicts {
                    next[field] = record.fields[field]
                    newBase.local[field] = record.fields[field]
                }
            case .local: break
            }
        }
        local[key] = next
        agree(key, newBase)
        seen[key] = record.fields
    }

    private mutating func bringBack(_ key: String, _ record: Remote, _ base: Base) {
        if Self.pulled.contains(where: { base.remote[$0] != record.fields[$0] }) {
            let now = Held(kind: .localDeleted, local: nil, remote: record.fields)
            switch side(key, now) {
            case nil: return hold(key, now, id: record.id)
            case .remote: return take(key, record)
            case .local: break
            }
        }
        agree(key, Base(remote: record.fields, local: base.local, id: record.id, isSeen: true))
        seen[key] = record.fields
    }

    private mutating func followDelete(_ key: String) {
        guard let base = bases[key] else { return }
        if let current = local[key], Self.shared.contains(where: { base.local[$0] != current[$0] }) {
            let now = Held(kind: .remoteDeleted, local: current, remote: nil)
            switch side(key, now) {
            case nil: return hold(key, now, id: base.id)
            case .local: return forget(key)
            case .remote: break
            }
        }
        local[key] = nil
        forget(key)
    }

    // MARK: Push

    mutating func push() {
        for (key, current) in local.sorted(by: { $0.key < $1.key }) {
            if let held = held[key], policy == .hold, held.decision == nil { continue }
            guard let base = bases[key] else {
                create(key, current)
                continue
            }
            guard let record = remote[key], record.id == base.id || base.id.isEmpty else {
                pushToDeleted(key, current, base)
                continue
            }
            send(key, current, base, record)
        }
        isAdopted = true
        for key in bases.keys.filter({ local[$0] == nil }).sorted() { pushDelete(key) }
    }

    static func payload(_ fields: Fields) -> Fields {
        var payload = fields.filter { shared.contains($0.key) }
        payload["label"] = fields["name"]?.uppercased()
        return payload
    }

    private mutating func create(_ key: String, _ current: Fields) {
        if let existing = remote[key] {
            // At the first push all records are known, and those with the same key are compared at once.
            guard isAdopted else {
                send(key, current, Base(remote: [:], local: [:], id: existing.id), existing)
                return
            }
            // The service has the key already: linked, and compared by the next job.
            bases[key] = Base(remote: [:], local: [:], id: existing.id)
            return
        }
        let payload = Self.payload(current)
        let id = nextID()
        remote[key] = Remote(id: id, fields: payload)
        agree(key, Base(remote: payload, local: current, id: id))
    }

    private mutating func pushToDeleted(_ key: String, _ current: Fields, _ base: Base) {
        let payload = Self.payload(current)
        let wants = payload.contains { field, value in
            base.remote[field] != value && (field == "label" || base.local[field] != current[field])
        }
        guard wants || held[key] != nil || isUnsettled(base) else { return }
        let now = Held(kind: .remoteDeleted, local: current, remote: nil)
        switch side(key, now) {
        case nil: hold(key, now, id: base.id)
        case .remote: break
        case .local:
            forget(key)
            create(key, current)
        }
    }

    private mutating func send(_ key: String, _ current: Fields, _ base: Base, _ record: Remote) {
        var next = record
        var newBase = base
        var conflicts: [String] = []
        for (field, value) in Self.payload(current) where base.remote[field] != value {
            let isShared = field != "label"
            if isShared, base.local[field] == current[field], base.local[field] != nil { continue }
            if record.fields[field] == value {
                newBase.remote[field] = value
                if isShared { newBase.local[field] = current[field] }
            } else if isShared, record.fields[field] != base.remote[field] {
                conflicts.append(field)
            } else {
                next.fields[field] = value
                newBase.remote[field] = value
                if isShared { newBase.local[field] = current[field] }
            }
        }
        if !conflicts.isEmpty {
            let now = Held(kind: .changed, local: current, remote: record.fields)
            switch side(key, now) {
            case nil:
                hold(key, now, id: record.id)
                return
            case .remote: return  // A pull brings it.
            case .local:
                for field in conflicts {
                    next.fields[field] = current[field]
                    newBase.remote[field] = current[field]
                    newBase.local[field] = current[field]
                }
            }
        }
        let isElsewhere = Self.payload(current).contains { next.fields[$0] != $1 }
        if needsWhole, next != record, isElsewhere { return }
        remote[key] = next
        agree(key, newBase)
    }

    private mutating func pushDelete(_ key: String) {
        guard let base = bases[key] else { return }
        guard let record = remote[key] else { return forget(key) }
        let known = Self.pulled.filter { base.isSeen || base.remote[$0] != nil }
        if known.isEmpty || known.contains(where: { base.remote[$0] != record.fields[$0] }) {
            let now = Held(kind: .localDeleted, local: nil, remote: record.fields)
            switch side(key, now) {
            case nil: return hold(key, now, id: record.id)
            case .remote: return
            case .local: break
            }
        }
        remote[key] = nil
        forget(key)
    }

    // MARK: Conflicts

    /// Whose version counts; a decision counts only for the versions that were seen.
    private func side(_ key: String, _ now: Held) -> ConflictSide? {
        if let held = held[key], let decision = held.decision, held.local == now.local, held.remote == now.remote {
            return decision
        }
        switch policy {
        case .localWins: return .local
        case .remoteWins: return .remote
        case .hold, .newest: return nil
        }
    }

    private mutating func hold(_ key: String, _ now: Held, id: String) {
        var now = now
        if let before = held[key], before.local == now.local, before.remote == now.remote {
            now.decision = before.decision
        }
        held[key] = now
        if bases[key] == nil { bases[key] = Base(remote: [:], local: [:], id: id) }
    }

    private mutating func agree(_ key: String, _ base: Base) {
        bases[key] = base
        held[key] = nil
    }

    private mutating func forget(_ key: String) {
        bases[key] = nil
        held[key] = nil
        seen[key] = nil
    }

    /// Whether a link has been made without anything being agreed on.
    private func isUnsettled(_ base: Base) -> Bool { base.remote.isEmpty && base.local.isEmpty }
}
