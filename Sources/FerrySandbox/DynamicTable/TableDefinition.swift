/// What a table of the sandbox looks like: its address, its columns and its keys.
///
/// The three ids address it (`/api/dynamic-table/integration/{agentID}/{configurationID}/{collectionID}`); the
/// collection id alone names it in process, so it must be unique within one sandbox.
public struct TableDefinition: Sendable {
    /// The first segment of the address.
    public var agentID: String
    /// The second segment of the address.
    public var configurationID: String
    /// The third segment of the address, and the table's name in process.
    public var collectionID: String
    /// The column whose values are unique, if the table has one; it is required even where it does not say so.
    public var primaryKeyColumn: String?
    /// The columns in the order in which rows show them.
    public var columns: [Column]
    /// The primary key of the Integration tab.
    public var primarySecret: String
    /// The secondary key of the Integration tab.
    public var secondarySecret: String
    /// The most rows a page holds, whatever `take` asks for; `nil` for no limit.
    public var maximumTake: Int?
    /// The most rows a bulk request may hold, 413 above; `nil` for no limit.
    public var maximumBatchSize: Int?
    /// Whether the ids that rows are given rise, instead of being random.
    public var hasRisingIDs: Bool

    /// One column of a table.
    public struct Column: Sendable, Hashable {
        /// The internal name, in snake_case.
        public var name: String
        /// What its values are.
        public var type: ColumnType
        /// Whether a row must have a value here that is neither null nor empty.
        public var isRequired: Bool

        /// A column.
        public init(_ name: String, _ type: ColumnType = .text, isRequired: Bool = false) {
            self.name = name
            self.type = type
            self.isRequired = isRequired
        }
    }

    /// What the values of a column are, null aside.
    public enum ColumnType: String, Sendable, CaseIterable {
        /// A string.
        case text
        /// A JSON number.
        case number
        /// A string that is an e-mail address.
        case email
        /// A string that is a telephone number.
        case phone
        /// A string that is a calendar date, `2024-01-15`.
        case date
        /// `true` or `false`.
        case boolean
    }

    /// A table with the given address, columns and keys.
    public init(
        agentID: String = "agent-demo",
        configurationID: String = "config-demo",
        collectionID: String,
        primaryKeyColumn: String?,
        columns: [Column],
        primarySecret: String,
        secondarySecret: String,
        maximumTake: Int? = nil,
        maximumBatchSize: Int? = nil,
        hasRisingIDs: Bool = false
    ) {
        self.agentID = agentID
        self.configurationID = configurationID
        self.collectionID = collectionID
        self.primaryKeyColumn = primaryKeyColumn
        self.columns = columns
        self.primarySecret = primarySecret
        self.secondarySecret = secondarySecret
        self.maximumTake = maximumTake
        self.maximumBatchSize = maximumBatchSize
        self.hasRisingIDs = hasRisingIDs
    }
}
