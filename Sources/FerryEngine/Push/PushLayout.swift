import FerryCore

/// Which columns a push reads and writes.
struct PushLayout: Sendable {
    /// The local paths: those of the push's mappings, then, both ways, those that links remember.
    let localFields: [FieldPath]
    /// The columns of `localFields` that links remember, in their order; empty for one way.
    let agreedColumns: [Int]
    /// The payload's column that holds the natural key.
    let matchColumn: Int?
    /// What to say of a row that has no natural key.
    let missingKey: String
    /// For each payload column those that lie in the same member of the remote record, itself included.
    private let memberColumns: [[Int]]

    init(_ plan: EntityPlan) {
        var fields = plan.push.inputs
        agreedColumns = plan.agreed.localPaths.map { fields.column(of: $0) }
        localFields = fields
        let outputs = plan.push.outputs
        memberColumns = outputs.map { path in
            outputs.indices.filter { outputs[$0].segments.first == path.segments.first }
        }
        missingKey = "the natural key '\(plan.match?.description ?? "")' has no value: give the row one"
        matchColumn = plan.match.flatMap { plan.push.outputs.firstIndex(of: $0) }
    }

    /// The hashes of a row's values that links remember.
    func agreedFields(of row: Int, in page: LocalPage) -> [UInt64] {
        agreedColumns.map { RecordImage.hash(page.records[row, $0], of: page.records) }
    }

    /// The columns with all others of their members: a service that takes partial updates takes a member as a whole, so
    /// that what lies inside it goes together or not at all.
    func members(of columns: [Int]) -> [Int] {
        guard columns.contains(where: { memberColumns[$0].count > 1 }) else { return columns }
        return Set(columns.flatMap { memberColumns[$0] }).sorted()
    }

    /// The natural key's value of a payload as services write identifiers; `nil` when it has none.
    func identifier(of row: Int, in batch: RecordBatch) -> String? {
        guard let matchColumn, batch[row, matchColumn].kind != .missing, batch[row, matchColumn].kind != .null else {
            return nil
        }
        return batch.string(of: batch[row, matchColumn])
    }

    /// The natural key's value of a payload as JSON text; `nil` when it has none.
    func matchValue(of row: Int, in batch: RecordBatch) -> String? {
        guard let matchColumn else { return nil }
        return MatchValue.text(of: batch[row, matchColumn], in: batch)
    }
}
