import FerryCore

/// The keys of a mapping, each declared once: from here come decoding, the detection of unknown keys, and the schema.
///
/// Values land in a draft, which also knows where the mapping stood; checks that need several keys follow after.
struct MappingShape<Draft> {
    /// One key.
    struct Key {
        var name: String
        /// Other spellings that are accepted.
        var aliases: [String]
        var summary: String
        var schema: JSONValue
        var isRequired: Bool
        var defaultValue: JSONValue?
        var acceptsNull: Bool
        /// Whether editors are told of the key.
        var isAdvertised: Bool
        var decode: (_ node: YAMLNode, _ draft: inout Draft, _ report: inout Report) -> Void
    }

    /// What is said of a key that there is not.
    struct UnknownKey {
        var code: ErrorCode
        var message: (String) -> String
        var label: String
    }

    private(set) var keys: [Key] = []
    /// What is said of a key that there is not.
    var unknown = UnknownKey(
        code: .configUnknownKey,
        message: { "unknown key '\($0)'" },
        label: "the keys here are"
    )
    private let start: (Position) -> Draft

    /// A mapping without keys yet, whose draft begins as `start` makes it.
    init(_ start: @escaping (Position) -> Draft) {
        self.start = start
    }

    /// The mapping with one more key.
    ///
    /// A default is decoded like a written value when the key is not set.
    func key<Value>(
        _ name: String,
        _ shape: ValueShape<Value>,
        _ destination: WritableKeyPath<Draft, Value?>,
        aliases: [String] = [],
        required: Bool = false,
        default defaultValue: JSONValue? = nil,
        advertised: Bool = true,
        _ summary: String
    ) -> MappingShape {
        adding(
            Key(
                name: name,
                aliases: aliases,
                summary: summary,
                schema: shape.schema,
                isRequired: required,
                defaultValue: defaultValue,
                acceptsNull: shape.acceptsNull,
                isAdvertised: advertised
            ) { node, draft, report in
                draft[keyPath: destination] = shape.decode(node, "'\(name)'", &report)
            }
        )
    }

    /// The mapping with one more key.
    func adding(_ key: Key) -> MappingShape {
        var shape = self
        shape.keys.append(key)
        return shape
    }

    /// The mapping as a value that is made from the draft; `finish` reports why it returns `nil`.
    func value<Value>(_ finish: @escaping (_ draft: Draft, _ report: inout Report) -> Value?) -> ValueShape<Value> {
        ValueShape(schema: schema) { node, subject, report in
            decode(node, subject, &report).flatMap { finish($0, &report) }
        }
    }

    /// The mapping as a value that is the draft itself.
    var value: ValueShape<Draft> { value { draft, _ in draft } }

    /// Decodes a mapping as far as possible: what is wrong is reported and left out of the draft.
    ///
    /// - Returns: `nil` when the node is no mapping at all.
    func decode(_ node: YAMLNode, _ subject: String, _ report: inout Report) -> Draft? {
        guard case .mapping(let entries) = node.content else {
            let hint = node.text.flatMap(YAMLSyntaxError.keyWithoutSpace)
                .map { "put a space after the colon: '\($0): …'" }
            report.wrongType(node, subject, expected: "a mapping", hint: hint)
            return nil
        }
        var draft = start(node.position)
        var seen: [String: Int] = [:]
        for entry in entries {
            guard let key = keys.first(where: { $0.name == entry.key || $0.aliases.contains(entry.key) }) else {
                report.error(
                    unknown.code,
                    at: entry.keyPosition,
                    unknown.message(entry.key),
                    hint: Spelling.hint(
                        for: entry.key,
                        in: keys.filter(\.isAdvertised).map(\.name),
                        otherwise: unknown.label
                    )
                )
                continue
            }
            if let line = seen[key.name] {
                report.error(
                    .configDuplicateKey,
                    at: entry.keyPosition,
                    "'\(entry.key)' is already set in line \(line)",
                    hint: "'\(key.name)' has two spellings; remove one of the two"
                )
                continue
            }
            // Null means "not set", as when all that stood below a key is commented out.
            if entry.value.isNull, !key.acceptsNull { continue }
            seen[key.name] = entry.keyPosition.line
            key.decode(entry.value, &draft, &report)
        }
        for key in keys where seen[key.name] == nil {
            if key.isRequired {
                report.error(.configMissingKey, at: node.position, "'\(key.name)' is missing", hint: key.summary)
            } else if let defaultValue = key.defaultValue {
                key.decode(YAMLNode(defaultValue, at: node.position), &draft, &report)
            }
        }
        return draft
    }

    /// The JSON Schema of the mapping.
    var schema: JSONValue {
        var properties: [JSONValue.Member] = []
        for key in keys where key.isAdvertised {
            var members: [JSONValue.Member] = [JSONValue.Member(key: "description", value: .string(key.summary))]
            if case .object(let own) = key.schema { members += own }
            if let value = key.defaultValue { members.append(JSONValue.Member(key: "default", value: value)) }
            for name in [key.name] + key.aliases {
                properties.append(JSONValue.Member(key: name, value: .object(members)))
            }
        }
        var members: [JSONValue.Member] = [
            JSONValue.Member(key: "type", value: "object"),
            JSONValue.Member(key: "properties", value: .object(properties)),
        ]
        // A key with two spellings is required under either, which editors show badly; the program checks it.
        let required = keys.filter { $0.isRequired && $0.aliases.isEmpty }.map { JSONValue.string($0.name) }
        if !required.isEmpty { members.append(JSONValue.Member(key: "required", value: .array(required))) }
        members.append(JSONValue.Member(key: "additionalProperties", value: false))
        return .object(members)
    }
}

/// A mapping whose keys are names of the user's choice.
struct NamedShape<Value> {
    var value: ValueShape<Value>

    /// A mapping from names to values, in the file's order.
    var shape: ValueShape<[(name: Positioned<String>, value: Value)]> {
        let schema: JSONValue = ["type": "object", "additionalProperties": value.schema]
        return ValueShape<[(name: Positioned<String>, value: Value)]>(schema: schema) { node, subject, report in
            guard case .mapping(let entries) = node.content else {
                report.wrongType(node, subject, expected: "a mapping")
                return nil
            }
            return entries.compactMap { entry in
                value.decode(entry.value, "'\(entry.key)'", &report)
                    .map { (Positioned(value: entry.key, position: entry.keyPosition), $0) }
            }
        }
    }
}
