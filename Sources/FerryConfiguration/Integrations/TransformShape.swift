import FerryCore

/// `transform`: a name, `{name: options}`, or a list of these.
///
/// Whether there is such a transform, and whether it takes the options, is for the catalogue to say.
enum TransformShape {
    /// One of them.
    static var one: ValueShape<Positioned<TransformReference>> {
        let schema: JSONValue = ["anyOf": [["type": "string"], ["type": "object", "maxProperties": 1]]]
        return ValueShape(schema: schema) { node, subject, report in
            switch node.content {
            case .scalar(let text, _):
                guard !node.isNull else { break }
                return Positioned(value: TransformReference(name: text), position: node.position)
            case .mapping(let entries):
                guard let entry = entries.first, entries.count == 1 else { break }
                guard let options = ValueShape.json.decode(entry.value, "'\(entry.key)'", &report) else { return nil }
                let reference = TransformReference(name: entry.key, options: options)
                return Positioned(value: reference, position: entry.keyPosition)
            case .sequence: break
            }
            report.wrongType(
                node,
                subject,
                expected: "a transform's name, or one name with its options",
                hint: "write 'trim', '{ truncate: 80 }', or several as a list: '[trim, slugify]'"
            )
            return nil
        }
    }

    static var shape: ValueShape<[Positioned<TransformReference>]> {
        let several = one.oneOrList
        let schema: JSONValue = ["anyOf": [one.schema, ["type": "array", "items": one.schema], ["type": "null"]]]
        return several.described(by: schema)
    }
}
