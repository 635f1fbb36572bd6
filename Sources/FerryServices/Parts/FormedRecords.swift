import FerryCore
import FerryJSON

/// Gives an answer's records the form that their description says: names for what a list holds, members that say which part
/// they belong to, and an identifier.
struct FormedRecords: Sendable {
    private let form: RecordForm
    private let records: [FieldPath]
    private let parts: [String]
    private let hasDays: Bool
    private let names: [String]
    private let identity: [FieldPath]
    private let maximumDepth: Int

    init(_ form: RecordForm, of stream: StreamDescription, settings scope: TemplateScope, maximumDepth: Int) {
        self.form = form
        records = stream.records
        parts = stream.parts.map(\.name)
        hasDays = stream.days != nil
        names = form.zipped.map { scope.texts($0.names) } ?? []
        identity =
            switch form.identity {
            case .fields(let fields): fields
            case .named(let names): scope.texts(names).map { FieldPath(segments: [.name($0)]) }
            }
        self.maximumDepth = maximumDepth
    }

    /// What the identifiers of all records begin with that belong to the part and the day of a request.
    func prefix(in scope: TemplateScope) -> String {
        var values = parts.map { Self.text(scope.part[$0] ?? .null) }
        if hasDays { values.append(Self.text(scope.window["start"] ?? .null)) }
        return IdentifierText.prefix(values)
    }

    /// The answer with its records in their form.
    ///
    /// - Throws: `JSONFailure`.
    func page(from body: [UInt8], scope: TemplateScope) throws(JSONFailure) -> [UInt8] {
        let document = try JSONValue(parsing: body, maximumDepth: maximumDepth)
        guard
            let path = records.first(where: { path in
                if case .array? = document.value(at: path) { true } else { false }
            }), case .array(let elements)? = document.value(at: path)
        else { return body }
        let prefix = prefix(in: scope)
        let added = form.added.compactMap { name, template in
            scope.value(template).map { JSONValue.Member(key: name, value: $0) }
        }
        var formed: [JSONValue] = []
        formed.reserveCapacity(elements.count)
        for element in elements { formed.append(try record(element, prefix: prefix, added: added)) }
        return Array(document.replacing(.array(formed), at: path.segments[...]).serialized.utf8)
    }

    private func record(
        _ element: JSONValue,
        prefix: String,
        added: [JSONValue.Member]
    ) throws(JSONFailure) -> JSONValue {
        guard case .object(var members) = element else {
            throw JSONFailure(message: "a record is no object", offset: 0)
        }
        if let zipped = form.zipped {
            guard case .array(let values)? = element.value(at: zipped.path), values.count == names.count else {
                throw JSONFailure(
                    message: "a record has no list of \(names.count) values at '\(zipped.path)', one for each name",
                    offset: 0
                )
            }
            if case .name(let name)? = zipped.path.segments.first, zipped.path.segments.count == 1 {
                members.removeAll { $0.key.utf8.elementsEqual(name.utf8) }
            }
            members += zip(names, values).map { JSONValue.Member(key: $0, value: $1) }
        }
        for member in added where !members.contains(where: { $0.key.utf8.elementsEqual(member.key.utf8) }) {
            members.append(member)
        }
        let record = JSONValue.object(members)
        var values: [String] = []
        for field in identity {
            guard let value = record.value(at: field), !value.isNull else {
                throw JSONFailure(message: "a record has no identifier at '\(field)'", offset: 0)
            }
            values.append(IdentifierText.escaped(Self.text(value)))
        }
        let identifier = JSONValue.string(prefix + values.joined(separator: "|"))
        members.append(JSONValue.Member(key: RecordForm.identifier, value: identifier))
        return .object(members)
    }

    private static func text(_ value: JSONValue) -> String { value.string ?? value.compactText }
}
