import FerryCore

/// Looks for records that a service would drop or change without a word, and makes times what it takes.
struct FieldRules: Sendable {
    private let rules: [(rule: FieldRule, column: Int?)]
    /// Whether a value may be left out because it has not changed.
    private let mayLeaveOut: Bool

    /// The rules for batches with the columns `fields`.
    init(_ rules: [FieldRule], fields: [FieldPath], operation: WriteOperation) {
        self.rules = operation == .delete ? [] : rules.map { ($0, fields.firstIndex(of: $0.path)) }
        mayLeaveOut = operation == .update
    }

    /// Whether there are rules at all.
    var areAny: Bool { !rules.isEmpty }

    /// Writes times as they are sent.
    ///
    /// - Returns: what is wrong with records, by row.
    func apply(to records: inout RecordBatch) -> [Int: String] {
        var refusals: [Int: String] = [:]
        for (rule, column) in rules {
            for row in 0..<records.count where refusals[row] == nil {
                refusals[row] = apply(rule, row, column, to: &records)
            }
        }
        return refusals
    }

    private func apply(_ rule: FieldRule, _ row: Int, _ column: Int?, to records: inout RecordBatch) -> String? {
        let cell = column.map { records[row, $0] } ?? .missing
        let text = records.string(of: cell)
        guard cell.kind != .missing, cell.kind != .null, !text.isEmpty || !rule.isRequired else {
            guard rule.isRequired, !(mayLeaveOut && cell.kind == .missing) else { return nil }
            return "it has no '\(rule.path)', without which the service would drop it"
        }
        if let maximum = rule.maximumLength, text.utf8.count > maximum, text.unicodeScalars.count > maximum {
            return "its '\(rule.path)' has more than \(maximum) characters: the service would drop it"
        }
        if rule.refused.contains(text.lowercased()) {
            return "'\(text)' as its '\(rule.path)' stands for nobody: the service would drop it"
        }
        guard rule.isTime, let column else { return nil }
        guard cell.kind == .string, let time = CursorTime(text) else {
            return "its '\(rule.path)' is no date and time: '\(text.prefix(40))'"
        }
        let sent = time.utcText
        if sent != text { records[row, column] = records.store(sent.utf8, as: .string) }
        return nil
    }
}
