import FerryCore
import FerryJSON
import FerrySQLite

/// Puts fields that lie inside a JSON column together with what the column holds now.
enum JSONColumn {
    /// The column's new value.
    ///
    /// - Throws: ``RowRefusal`` when a path leads through a value that is no object or array.
    static func merged(
        _ column: TableLayout.Column,
        row: Int,
        of records: inout RecordBatch,
        id: UnsafeRawBufferPointer,
        layout: TableLayout,
        session: StoreSession
    ) throws -> Cell {
        guard column.fields.contains(where: { records[row, $0.index].kind != .missing }) else { return .missing }
        var document = try stored(column, id: id, layout: layout, session: session)
        for field in column.fields where records[row, field.index].kind != .missing {
            let value = records.value(of: records[row, field.index])
            guard document.set(value, at: field.path.segments[...]) else {
                throw RowRefusal(reason: "the column '\(column.name)' holds a value that is no object to write into")
            }
        }
        return records.store(document)
    }

    private static func stored(
        _ column: TableLayout.Column,
        id: UnsafeRawBufferPointer,
        layout: TableLayout,
        session: StoreSession
    ) throws -> JSONValue {
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
        guard isThere, !statement.isNull(0) else { return .null }
        let text = statement.string(0)
        // What is not an object or array is a scalar, and writing through a scalar is refused.
        guard text.utf8.first == UInt8(ascii: "{") || text.utf8.first == UInt8(ascii: "[") else { return .string(text) }
        return (try? JSONValue(parsing: text)) ?? .string(text)
    }
}

extension JSONValue {
    /// Sets the value at a path, making missing objects.
    ///
    /// - Returns: `false` when the path runs through a value that is no object or array.
    fileprivate mutating func set(_ value: JSONValue, at path: ArraySlice<FieldPath.Segment>) -> Bool {
        guard let segment = path.first else {
            self = value
            return true
        }
        switch (segment, self) {
        case (.name, .null):
            self = .object([])
            return set(value, at: path)
        case (.index(0), .null):
            self = .array([])
            return set(value, at: path)
        case (.name(let name), .object(var members)):
            let place = members.lastIndex { $0.key.utf8.elementsEqual(name.utf8) }
            var child = place.map { members[$0].value } ?? .null
            guard child.set(value, at: path.dropFirst()) else { return false }
            if let place {
                members[place].value = child
            } else {
                members.append(Member(key: name, value: child))
            }
            self = .object(members)
            return true
        case (.index(let index), .array(var elements)):
            let place = index < 0 ? elements.count + index : index
            guard (0...elements.count).contains(place) else { return false }
            if place == elements.count { elements.append(.null) }
            guard elements[place].set(value, at: path.dropFirst()) else { return false }
            self = .array(elements)
            return true
        default:
            return false
        }
    }
}
