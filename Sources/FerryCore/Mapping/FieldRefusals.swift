/// How often the transforms of one mapping refused a value, and the first few times.
///
/// A refused value that the mapping's `on_error` turns into null, or leaves out, shows nowhere else.
public struct FieldRefusals: Sendable, Equatable {
    /// One refusal.
    public struct Example: Sendable, Equatable {
        /// The row of the batch.
        public var row: Int
        /// The transform's sentence, without the value.
        public var message: String
    }

    /// How many examples are kept.
    public static let exampleLimit = 3

    /// The path that the value comes from.
    public let field: String
    /// The path that it was meant for.
    public let destination: String
    /// What became of the value or its row.
    public let policy: FieldMapping.ErrorPolicy
    /// The refusals.
    public private(set) var count = 0
    /// The first of them.
    public private(set) var examples: [Example] = []

    init(of step: MappingStep) {
        field = step.name
        destination = step.destination
        policy = step.onError
    }

    mutating func note(row: Int, message: String) {
        count += 1
        if examples.count < Self.exampleLimit { examples.append(Example(row: row, message: message)) }
    }
}
