/// What the transforms of one field refused in a job: how often, and the first few times.
///
/// Kept with the job, because a value that `on_error` turns into null, or leaves out, shows nowhere else.
public struct JobRefusals: Sendable, Equatable, Codable {
    /// One refusal.
    public struct Example: Sendable, Equatable, Codable {
        /// The record's identifier on the side that it comes from, cut if it is long.
        public var recordID: String
        /// The transform's sentence, without the value.
        public var message: String

        /// An example.
        public init(recordID: String, message: String) {
            self.recordID = recordID
            self.message = message
        }
    }

    /// The entity type.
    public var entityType: String
    /// The path that the values come from.
    public var field: String
    /// The path that they were meant for.
    public var destination: String
    /// What became of each value or its record.
    public var policy: FieldMapping.ErrorPolicy
    /// The refusals.
    public var count: Int
    /// The first of them, at most ``FieldRefusals/exampleLimit``.
    public var examples: [Example]

    /// The refusals of one field.
    public init(
        entityType: String,
        field: String,
        destination: String,
        policy: FieldMapping.ErrorPolicy,
        count: Int,
        examples: [Example]
    ) {
        self.entityType = entityType
        self.field = field
        self.destination = destination
        self.policy = policy
        self.count = count
        self.examples = examples
    }

    /// What the mapping of one batch refused; `id` gives the identifier of a row of that batch.
    public init(_ refusals: FieldRefusals, of entityType: String, id: (Int) -> String) {
        self.init(
            entityType: entityType,
            field: refusals.field,
            destination: refusals.destination,
            policy: refusals.policy,
            count: refusals.count,
            // Identifiers may be of any length, and a job's row is written often.
            examples: refusals.examples.map { example in
                Example(
                    recordID: String(id(example.row).prefix(Self.maximumText)),
                    message: String(example.message.prefix(Self.maximumText))
                )
            }
        )
    }

    private static let maximumText = 200
}

extension [JobRefusals] {
    /// Adds what a batch refused to what the batches before did.
    public mutating func add(_ refusals: JobRefusals) {
        // A list, since an entity has few fields that refuse anything and their order is the mappings'.
        let known = firstIndex {
            $0.entityType == refusals.entityType && $0.field == refusals.field
                && $0.destination == refusals.destination && $0.policy == refusals.policy
        }
        guard let known else { return append(refusals) }
        self[known].count += refusals.count
        let room = FieldRefusals.exampleLimit - self[known].examples.count
        self[known].examples.append(contentsOf: refusals.examples.prefix(Swift.max(0, room)))
    }
}

extension JobRefusals: CustomStringConvertible {
    /// One sentence, for the log.
    public var description: String {
        let isOne = count == 1
        let records = isOne ? "1 record" : "\(count) records"
        let outcome =
            switch policy {
            case .null: " and was set to null"
            case .skipField: " and was left out"
            case .failRow: isOne ? ", which is set aside" : ", which are set aside"
            }
        let first = examples.map { "record '\($0.recordID)': \($0.message)" }.joined(separator: "; ")
        return "the field '\(field)' of '\(entityType)' could not be transformed for '\(destination)' in "
            + "\(records)\(outcome); first: \(first)"
    }
}
