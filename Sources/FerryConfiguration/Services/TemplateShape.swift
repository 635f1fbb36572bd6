import FerryCore

extension ValueShape where Value == Template {
    /// Text with `${…}`; a bare number or boolean stands for its text.
    static var template: ValueShape {
        ValueShape(schema: ["type": ["string", "number", "boolean"]]) { node, subject, report in
            guard let text = ValueShape<String>.string.decode(node, subject, &report) else { return nil }
            return parse(text, node, subject, &report)
        }
    }

    fileprivate static func parse(
        _ text: String,
        _ node: YAMLNode,
        _ subject: String,
        _ report: inout Report
    ) -> Template? {
        do throws(TemplateError) {
            return try Template(parsing: text)
        } catch {
            let meant = error.unknown.flatMap { Spelling.nearest(to: $0.word, in: $0.known) }
            report.error(
                .configInvalidTemplate,
                at: node.position,
                "\(subject) is not a template: \(error.message)",
                hint: meant.map { "did you mean '\($0)'?" }
                    ?? "write it like ${settings.page_size} or ${path(settings.id)}"
            )
            return nil
        }
    }
}

extension ValueShape where Value == JSONTemplate {
    /// A JSON document whose strings may hold `${…}`; numbers, booleans and null keep their types.
    static var document: ValueShape {
        ValueShape(schema: [:], acceptsNull: true) { node, subject, report in
            switch node.content {
            case .scalar:
                guard let value = ValueShape<JSONValue>.json.decode(node, subject, &report) else { return nil }
                guard let text = value.string, text.contains("${") else { return .literal(value) }
                return ValueShape<Template>.parse(text, node, subject, &report).map { .template($0) }
            case .sequence(let elements):
                return .array(elements.compactMap { Self.document.decode($0, "an item of \(subject)", &report) })
            case .mapping(let entries):
                return .object(
                    entries.compactMap { entry in
                        Self.document.decode(entry.value, "'\(entry.key)'", &report).map { (key: entry.key, value: $0) }
                    }
                )
            }
        }
    }
}
