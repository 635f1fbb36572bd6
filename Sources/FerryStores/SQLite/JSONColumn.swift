import FerryCore
import FerryJSON
import FerrySQLite

/// Puts fields that lie inside a JSON column together with what the column holds now.
enum JSONColumn {
    /// The column's new value.
    ///
    /// - Throws: ``RowRefusal`` when a path leads through a value that is no object or array, beyond the end of an
    ///   array, or deeper than the column can be read again.
    static func merged(
        _ column: TableLayout.Column,
        row: Int,
        of records: inout RecordBatch,
        id: UnsafeRawBufferPointer,
        layout: TableLayout,
        session: StoreSession
    ) throws -> Cell {
        guard column.fields.contains(where: { records[row, $0.index].kind != .missing }) else { return .missing }
        var document = JSONEditor(try stored(column, id: id, layout: layout, session: session))
        var value: [UInt8] = []
        for field in column.fields where records[row, field.index].kind != .missing {
            value.removeAll(keepingCapacity: true)
            JSONText.appendCell(records[row, field.index], of: records, into: &value)
            do throws(JSONEditor.Refusal) {
                try document.set(value, at: field.path)
            } catch {
                throw RowRefusal(reason: reason(error, writing: field.path, into: column))
            }
        }
        switch document.text.withUnsafeBytes({ JSONText.validity(of: $0, maximumDepth: layout.maximumJSONDepth) }) {
        case .valid: return try cell(of: document.text, in: &records)
        case .tooDeep: throw RowRefusal(reason: ValueProblem.tooDeep(layout.maximumJSONDepth).sentence(column.name))
        case .invalid: throw RowRefusal(reason: "the column '\(column.name)' cannot take the values as JSON")
        }
    }

    /// The document as a cell: as JSON, or as what it is where one field is the whole column.
    private static func cell(of text: [UInt8], in records: inout RecordBatch) throws -> Cell {
        let whole = try wholeColumn.extract([0..<text.count], from: text)
        if let problem = whole.problems[0] { throw RowRefusal(reason: problem) }
        return records.copy(whole.batch[0, 0], of: whole.batch)
    }

    private static let wholeColumn = RecordProjection([.root])

    private static func reason(
        _ refusal: JSONEditor.Refusal,
        writing path: FieldPath,
        into column: TableLayout.Column
    ) -> String {
        func place(_ path: FieldPath) -> String {
            "'\(FieldPath(segments: [.name(column.name)]).appending(path))'"
        }
        return switch refusal {
        case .inTheWay(let other) where other.segments.isEmpty:
            "the column '\(column.name)' holds a value that \(place(path)) cannot be written into"
        case .inTheWay(let other):
            "\(place(path)) cannot be written: there is another kind of value at \(place(other))"
        case .beyondTheEnd(let array, let count):
            "\(place(path)) cannot be written: the array at \(place(array)) has \(count) elements"
        }
    }

    /// What the column holds as JSON; nothing where there is no row or no value.
    private static func stored(
        _ column: TableLayout.Column,
        id: UnsafeRawBufferPointer,
        layout: TableLayout,
        session: StoreSession
    ) throws -> [UInt8] {
        let statement = try session.statement(
            "SELECT \(quoted(column.name)) FROM \(layout.relation) WHERE \(quoted(layout.key)) = ?"
        )
        defer { statement.reset() }
        statement.bindText(id, at: 0)
        var isThere = try statement.step()
        if !isThere, let integer = layout.untypedInteger(id) {
            statement.reset()
            statement.bind(integer, at: 0)
            isThere = try statement.step()
        }
        guard isThere, !statement.isNull(0) else { return [] }
        // SQLite is not asked for a number or a BLOB as text: it would then hold it as one.
        guard statement.columnType(0) == StorageClass.text else { return scalar }
        return try statement.withText(0) { text in
            // What is neither is a text to whoever reads the column, `null` included.
            let first = text.first { $0 > UInt8(ascii: " ") }
            guard first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else { return scalar }
            switch JSONText.validity(of: text, maximumDepth: layout.maximumJSONDepth) {
            case .valid: return Array(text)
            case .tooDeep: throw RowRefusal(reason: ValueProblem.tooDeep(layout.maximumJSONDepth).sentence(column.name))
            case .invalid: return scalar
            }
        }
    }

    /// Stands for a value that nothing can be written into.
    private static let scalar: [UInt8] = Array("false".utf8)
}
