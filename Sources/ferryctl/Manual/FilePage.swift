import FerryCore

/// The manual page of a kind of configuration file, from the schema that its reader declares.
struct FilePage {
    /// What the page is called.
    let name: String
    /// One line about it.
    let summary: String
    /// What there is to know before the keys.
    let description: String
    /// A file that is complete.
    let example: String
    /// The JSON Schemas of what is in it, each with a title of its own.
    let parts: [(title: String, schema: JSONValue)]
    let seeAlso: [(name: String, section: Int)]

    /// The page's text.
    var text: String {
        var roff = Roff()
        roff.title(name, section: 5, summary)
        roff.section("DESCRIPTION")
        for paragraph in description.split(separator: "\n\n") { roff.paragraph(String(paragraph)) }
        for part in parts {
            roff.section(part.title)
            roff.list { roff in
                var shown: [String: String] = [:]
                Self.add(part.schema, below: "", shown: &shown, to: &roff)
            }
        }
        roff.section("EXAMPLES")
        roff.example(example)
        roff.seeAlso(seeAlso)
        return roff.text
    }

    /// Adds the keys of an object, and those of the objects in it; what is the same as somewhere before is named only.
    private static func add(
        _ schema: JSONValue,
        below path: String,
        shown: inout [String: String],
        to roff: inout Roff
    ) {
        let required = Set((schema["required"]?.listed ?? []).compactMap(\.string))
        for member in schema["properties"]?.entries ?? [] {
            let key = path.isEmpty ? member.key : "\(path).\(member.key)"
            roff.item(key)
            let inner = inside(member.value)
            var sentences = [member.value["description"]?.string ?? ""]
            if required.contains(member.key) { sentences.append("Required.") }
            if let values = member.value["enum"]?.listed.compactMap(\.string), !values.isEmpty {
                sentences.append("One of: \(values.joined(separator: ", ")).")
            }
            if let value = member.value["default"], let text = plain(value) { sentences.append("Default: \(text).") }
            if let inner, let place = shown[inner.schema.compactText] {
                sentences.append("Its keys are those of \(place).")
                roff.line(sentences.joined(separator: " "))
                continue
            }
            roff.line(sentences.joined(separator: " "))
            guard let inner else { continue }
            shown[inner.schema.compactText] = key
            add(inner.schema, below: key + inner.suffix, shown: &shown, to: &roff)
        }
    }

    /// The object that a value is, or is made of: a list's elements, a mapping's values, one of several forms.
    private static func inside(_ schema: JSONValue) -> (schema: JSONValue, suffix: String)? {
        if schema["properties"] != nil { return (schema, "") }
        if let items = schema["items"], let inner = inside(items) { return (inner.schema, "[]" + inner.suffix) }
        if let values = schema["additionalProperties"], let inner = inside(values) {
            return (inner.schema, ".NAME" + inner.suffix)
        }
        for form in (schema["anyOf"] ?? schema["oneOf"])?.listed ?? [] {
            if let inner = inside(form) { return inner }
        }
        return nil
    }

    private static func plain(_ value: JSONValue) -> String? {
        switch value {
        case .object, .array, .null: nil
        default: value.string ?? value.compactText
        }
    }
}

extension JSONValue {
    /// The elements of an array; none of anything else.
    fileprivate var listed: [JSONValue] {
        guard case .array(let elements) = self else { return [] }
        return elements
    }

    /// The members of an object; none of anything else.
    fileprivate var entries: [Member] {
        guard case .object(let members) = self else { return [] }
        return members
    }
}
