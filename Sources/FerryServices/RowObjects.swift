import FerryCore
import FerryJSON

/// Makes objects of an answer's rows, which are lists of values in the order of the columns that the answer names.
///
/// Numbers keep their literals and strings their characters; where an answer names a column twice, the last value
/// counts, as in any JSON object.
struct RowObjects: Sendable {
    private let description: RowsDescription
    private let records: [FieldPath]
    private let maximumDepth: Int

    init(_ description: RowsDescription, records: [FieldPath], maximumDepth: Int) {
        self.description = description
        self.records = records
        self.maximumDepth = maximumDepth
    }

    /// The answer with an object for each row.
    ///
    /// - Throws: `JSONFailure`.
    func page(from body: [UInt8]) throws(JSONFailure) -> [UInt8] {
        let document = try JSONValue(parsing: body, maximumDepth: maximumDepth)
        guard
            let path = records.first(where: { path in
                if case .array? = document.value(at: path) { true } else { false }
            }), case .array(let rows)? = document.value(at: path)
        else { return body }
        guard case .array(let columns)? = document.value(at: description.columns) else {
            throw JSONFailure(message: "it does not name its columns at '\(description.columns)'", offset: 0)
        }
        let names = columns.map { $0.string ?? "" }
        var objects: [JSONValue] = []
        objects.reserveCapacity(rows.count)
        for row in rows {
            guard case .array(let values) = row, values.count == names.count else {
                throw JSONFailure(message: "a row is no list of \(names.count) values, one for each column", offset: 0)
            }
            objects.append(.object(zip(names, values).map { .init(key: $0, value: decoded($1, of: $0)) }))
        }
        return Array(document.replacing(.array(objects), at: path.segments[...]).serialized.utf8)
    }

    /// A value; of a column that is JSON as text, what the text says, if it is JSON.
    private func decoded(_ value: JSONValue, of column: String) -> JSONValue {
        guard description.jsonColumns.contains(column), let text = value.string else { return value }
        return (try? JSONValue(parsing: Array(text.utf8), maximumDepth: maximumDepth)) ?? value
    }
}

extension JSONValue {
    /// The document with another value at a path that leads somewhere.
    func replacing(_ value: JSONValue, at path: ArraySlice<FieldPath.Segment>) -> JSONValue {
        guard let segment = path.first else { return value }
        switch (self, segment) {
        case (.object(var members), .name(let name)):
            guard let index = members.lastIndex(where: { $0.key.utf8.elementsEqual(name.utf8) }) else { return self }
            members[index].value = members[index].value.replacing(value, at: path.dropFirst())
            return .object(members)
        case (.array(var elements), .index(let index)):
            guard elements.indices.contains(index) else { return self }
            elements[index] = elements[index].replacing(value, at: path.dropFirst())
            return .array(elements)
        default: return self
        }
    }
}
