import FerryCore
import FerryJSON

/// Reads a few fields of a page's records: those by which it is paged, and those that say what becomes of a record.
struct RecordFields: Sendable {
    private let paths: [FieldPath]
    private let projection: RecordProjection

    /// Fields rooted in the record.
    init(_ paths: [FieldPath]) {
        self.paths = paths
        projection = RecordProjection(paths)
    }

    /// The values of some records: a list per record with one value per field, `nil` where there is none.
    ///
    /// - Throws: `JSONFailure`.
    func values(of records: [Int], in index: PageIndex) throws(JSONFailure) -> [[JSONValue?]] {
        let extracted = try projection.extract(records.map { index.records[$0] }, from: index.page)
        var rows: [[JSONValue?]] = []
        rows.reserveCapacity(records.count)
        for row in records.indices {
            var values: [JSONValue?] = []
            for column in paths.indices {
                values.append(try Self.value(of: extracted.batch[row, column], in: extracted))
            }
            rows.append(values)
        }
        return rows
    }

    private static func value(of cell: Cell, in extracted: ExtractedRecords) throws(JSONFailure) -> JSONValue? {
        switch cell.kind {
        case .missing: nil
        case .null: .null
        case .true: .bool(true)
        case .false: .bool(false)
        case .number: .number(extracted.batch.string(of: cell))
        case .string: .string(extracted.batch.string(of: cell))
        case .json: try JSONValue(parsing: extracted.batch.string(of: cell))
        }
    }
}
