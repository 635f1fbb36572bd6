/// What a push makes of one record of a two-way entity: compared field by field with what both sides last agreed on,
/// and with what the service holds now (design §4.4).
struct PushMerge: Sendable {
    /// The payload's columns that the local side has changed.
    let wanted: [Int]
    /// The payload's columns that are to be sent.
    private(set) var sends: [Int] = []
    /// The payload's columns that both sides changed.
    private(set) var conflicts: [Int] = []
    private let layout: AgreementLayout
    private let base: Agreement
    private let local: [UInt64]
    private let payload: [UInt64]
    /// The columns that the payload gives no value.
    private let leftOut: [Int]
    /// The wanted columns that the service holds already.
    private var landed: [Int] = []

    /// Finds what the local side has changed.
    ///
    /// - Parameters:
    ///   - local: the local row's hashes, by the layout's local paths.
    ///   - payload: the payload's hashes, by its columns.
    ///   - isLeftOut: whether the payload gives a column no value.
    init(
        _ layout: AgreementLayout,
        base: Agreement,
        local: [UInt64],
        payload: [UInt64],
        isLeftOut: (Int) -> Bool
    ) {
        self.layout = layout
        self.base = base
        self.local = local
        self.payload = payload
        wanted = layout.pushed.indices.filter { column in
            let field = layout.pushed[column]
            guard !isLeftOut(column), payload[column] != base.remote[field.remote] else { return false }
            guard let place = field.local else { return true }
            return base.local[place] == Agreement.unknown || base.local[place] != local[place]
        }
        sends = wanted
        leftOut = layout.pushed.indices.filter(isLeftOut)
    }

    /// Compares with what the service holds now: hashes by the layout's remote paths.
    mutating func compare(with remote: [UInt64]) {
        sends = []
        landed = []
        conflicts = []
        for column in wanted {
            let field = layout.pushed[column]
            if remote[field.remote] == payload[column] {
                landed.append(column)
            } else if let place = field.local, remote[field.remote] != base.remote[field.remote] {
                let isFirst = base.isFirstContact(remote: field.remote, local: place)
                if isFirst, remote[field.remote] == 0 {
                    sends.append(column)
                } else if !(isFirst && payload[column] == 0) {
                    conflicts.append(column)
                }
            } else {
                sends.append(column)
            }
        }
    }

    /// Sends the local values of the columns that both sides changed.
    mutating func sendLocal() {
        sends = (sends + conflicts).sorted()
        conflicts = []
    }

    /// Whether the service holds something else than the payload in one of the columns that has no news to send.
    func differs(from remote: [UInt64], in columns: [Int]) -> Bool {
        columns.contains { column in
            !sends.contains(column) && remote[layout.pushed[column].remote] != payload[column]
        }
    }

    /// What the two sides agree on once the columns are sent.
    var agreement: Agreement {
        var agreement = base
        for column in sends + landed {
            let field = layout.pushed[column]
            agreement.remote[field.remote] = payload[column]
            if let place = field.local { agreement.local[place] = local[place] }
        }
        return agreement
    }

    /// What is agreed on one way once an update was sent that replaces the record: what it left out is not known any more.
    var agreementOfReplacedRecord: Agreement {
        var agreement = agreement
        for column in leftOut { agreement.remote[layout.pushed[column].remote] = Agreement.unknown }
        return agreement
    }
}

extension AgreementLayout {
    /// What the two sides agree on once a whole payload was made a new record, as its link keeps it.
    ///
    /// - Parameters: as ``PushMerge/init(_:base:local:payload:isLeftOut:)`` has them.
    func keptOfNewRecord(local: [UInt64], payload: [UInt64], isLeftOut: (Int) -> Bool) -> [UInt64] {
        var kept = [UInt64](repeating: Agreement.unknown, count: 1 + remotePaths.count + local.count)
        kept[0] = fingerprint
        for (column, field) in pushed.enumerated() {
            // Where a create changes the record that is there already, what was left out may have a value.
            if localPaths.isEmpty, isLeftOut(column) { continue }
            kept[1 + field.remote] = payload[column]
        }
        for (place, field) in local.enumerated() { kept[1 + remotePaths.count + place] = field }
        return kept
    }
}
