/// One row of a table as it stands, every value as its exact JSON literal.
public struct SandboxRow: Sendable, Equatable {
    /// Column names and JSON literals, in the table's column order; a column without a value is left out.
    public typealias Data = [(column: String, json: String)]

    /// The id the table gave the row, a UUID.
    public var id: String
    /// The ordinal the table gave the row: one more than any row before.
    public var rowNumber: Int
    /// The columns' values.
    public var data: Data

    /// The JSON literal in a column, `nil` where the row has no value.
    public subscript(column: String) -> String? {
        data.first { $0.column == column }?.json
    }

    /// Whether two rows are the same in every literal.
    public static func == (left: SandboxRow, right: SandboxRow) -> Bool {
        left.id == right.id && left.rowNumber == right.rowNumber
            && left.data.elementsEqual(right.data) { $0.column == $1.column && $0.json == $1.json }
    }
}
