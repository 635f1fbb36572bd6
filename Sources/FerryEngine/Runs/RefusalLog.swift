import FerryCore

/// Adds up what the transforms of a job's fields refused, for the log at its end.
struct RefusalLog: Sendable {
    private struct Entry: Sendable {
        let entityType: String
        let field: String
        let destination: String
        let policy: FieldMapping.ErrorPolicy
        var count = 0
        var examples: [String] = []

        func isOf(_ refusals: FieldRefusals, _ entityType: String) -> Bool {
            self.entityType == entityType && field == refusals.field && destination == refusals.destination
        }
    }

    // A list, since an entity has few fields that refuse anything and their order is the mappings'.
    private var entries: [Entry] = []

    mutating func add(_ refusals: FieldRefusals, of entityType: String, id: (Int) -> String) {
        let place = entries.firstIndex { $0.isOf(refusals, entityType) } ?? entries.count
        if place == entries.count {
            entries.append(
                Entry(
                    entityType: entityType,
                    field: refusals.field,
                    destination: refusals.destination,
                    policy: refusals.policy
                )
            )
        }
        entries[place].count += refusals.count
        for example in refusals.examples where entries[place].examples.count < FieldRefusals.exampleLimit {
            entries[place].examples.append("record '\(id(example.row))': \(example.message)")
        }
    }

    /// One sentence for each field.
    var sentences: [String] {
        entries.map { entry in
            let isOne = entry.count == 1
            let records = isOne ? "1 record" : "\(entry.count) records"
            let outcome =
                switch entry.policy {
                case .null: " and was set to null"
                case .skipField: " and was left out"
                case .failRow: isOne ? ", which is set aside" : ", which are set aside"
                }
            return "the field '\(entry.field)' of '\(entry.entityType)' could not be transformed for "
                + "'\(entry.destination)' in \(records)\(outcome); first: \(entry.examples.joined(separator: "; "))"
        }
    }
}
