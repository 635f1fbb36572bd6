/// What a pull makes of one record of a two-way entity: compared field by field with what both sides last agreed on
/// (design §4.4).
struct PullMerge: Sendable {
    /// For each local field, whether the remote value is to be written.
    private(set) var writes: [Bool]
    /// The local fields that both sides changed.
    private(set) var conflicts: [Int] = []
    private let layout: AgreementLayout
    private let base: Agreement
    private let remote: [UInt64]
    private let local: [UInt64]
    private let mapped: [UInt64]

    /// Compares the two sides.
    ///
    /// - Parameters:
    ///   - remote: the remote record's hashes, by the layout's remote paths.
    ///   - local: the local row's hashes, by the layout's local paths.
    ///   - mapped: what the mapping makes of the remote record, by the fields that a pull writes.
    ///   - isLeftOut: whether the mapping gives a field no value: it is then left alone.
    init(
        _ layout: AgreementLayout,
        base: Agreement,
        remote: [UInt64],
        local: [UInt64],
        mapped: [UInt64],
        isLeftOut: (Int) -> Bool
    ) {
        self.layout = layout
        self.base = base
        self.remote = remote
        self.local = local
        self.mapped = mapped
        writes = Array(repeating: false, count: mapped.count)
        for (column, field) in layout.pulled.enumerated() where mapped[column] != local[column] {
            guard !isLeftOut(column) else { continue }
            // What a pull alone writes belongs to the service.
            guard field.isShared else {
                writes[column] = true
                continue
            }
            let isFirst = base.isFirstContact(remote: field.remote, local: column)
            let isRemoteChanged = base.remote[field.remote] != remote[field.remote]
            let isLocalChanged = base.local[column] != local[column]
            switch (isRemoteChanged, isLocalChanged) {
            // At the first meeting, who has a value gives it to who has none.
            case (true, true) where isFirst && local[column] == 0: writes[column] = true
            case (true, true) where isFirst && mapped[column] == 0: break
            case (true, true): conflicts.append(column)
            case (true, false): writes[column] = true
            case (false, _): break
            }
        }
    }

    /// Whether anything is to be written.
    var writesAnything: Bool { writes.contains(true) }

    /// Takes the remote values of the fields that both sides changed.
    mutating func takeRemote() {
        for column in conflicts { writes[column] = true }
        conflicts = []
    }

    /// Keeps the local values of the fields that both sides changed: a push will send them.
    mutating func keepLocal() {
        conflicts = []
    }

    /// What the two sides agree on once the fields are written: what only the local side has changed still counts as
    /// changed.
    ///
    /// - Parameter written: the hashes of what the table made of the written fields.
    func agreement(written: [UInt64]) -> Agreement {
        var agreement = base
        agreement.remote = remote
        for column in local.indices {
            if column < mapped.count {
                if writes[column] {
                    agreement.local[column] = written[column]
                } else if mapped[column] == local[column] || !layout.pulled[column].isShared {
                    agreement.local[column] = local[column]
                }
            } else {
                agreement.local[column] = local[column]
            }
        }
        return agreement
    }
}
