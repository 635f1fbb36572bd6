import FerryCore

/// A row's or a record's values by the name of their column or member; missing ones are not there.
typealias Fields = [String: JSONValue]

extension Fields {
    /// The values in the order of their names.
    var text: String {
        keys.sorted().map { "\($0)=\(self[$0, default: .null].compactText)" }.joined(separator: " ")
    }
}

extension JSONValue {
    /// A cell's value.
    init?(_ cell: Cell, of batch: RecordBatch) {
        switch cell.kind {
        case .missing: return nil
        case .null: self = .null
        case .true, .false: self = .bool(cell.kind == .true)
        case .number: self = .number(batch.string(of: cell))
        // The simulated ends hold no objects: their text does as well.
        case .string, .json: self = .string(batch.string(of: cell))
        }
    }
}

extension RecordBatch {
    /// Adds a row with the values at the given names.
    mutating func append(_ fields: Fields, names: [String]) {
        append(row: names.map { cell(fields[$0]) })
    }

    private mutating func cell(_ value: JSONValue?) -> Cell {
        switch value {
        case nil: .missing
        case .null: .null
        case .bool(let value): Cell(value ? .true : .false)
        case .number(let literal): store(literal.utf8, as: .number)
        case .string(let text): store(text.utf8, as: .string)
        case .array, .object: store((value ?? .null).compactText.utf8, as: .json)
        }
    }

    /// The values of a row.
    func fields(_ row: Int, names: [String]) -> Fields {
        var fields: Fields = [:]
        for (column, name) in names.enumerated() { fields[name] = JSONValue(self[row, column], of: self) }
        return fields
    }
}
