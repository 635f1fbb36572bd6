import FerryCore

/// The declaration of a setting in a service description.
enum SettingShape {
    struct Draft {
        var position: Position
        var type: SettingDeclaration.ValueType?
        var isRequired: Bool?
        var isSecret: Bool?
        var defaultValue: Positioned<YAMLNode>?
        var allowedValues: [String]?
        var minimum: Int?
        var maximum: Int?
        var pattern: Positioned<String>?
        var summary: String?
    }

    static var shape: ValueShape<Draft> {
        MappingShape { Draft(position: $0) }
            .key("type", .choice, \.type, default: "string", "The type: string, integer, boolean, list or json.")
            .key("required", .boolean, \.isRequired, default: false, "Whether it must be given.")
            .key(
                "secret",
                .boolean,
                \.isSecret,
                default: false,
                "Whether it is a secret: given by reference, shown nowhere."
            )
            .key(
                "default",
                ValueShape<YAMLNode>(schema: [:]) { node, _, _ in node }.positioned,
                \.defaultValue,
                "What it is when it is not given."
            )
            .key("enum", ValueShape.string.list, \.allowedValues, "The only values it may have.")
            .key("minimum", .integer(), \.minimum, "The least value of an integer.")
            .key("maximum", .integer(), \.maximum, "The greatest value of an integer.")
            .key(
                "pattern",
                ValueShape.nonEmptyString.positioned,
                \.pattern,
                "The regular expression that a text must match as a whole, such as [a-z0-9-]+."
            )
            .key("description", .string, \.summary, "What it is, for people.")
            .value
    }

    /// The declaration, its default checked against its own type.
    static func declaration(_ name: Positioned<String>, _ draft: Draft, _ report: inout Report) -> SettingDeclaration {
        var declaration = SettingDeclaration(
            name: name.value,
            type: draft.type ?? .string,
            isRequired: draft.isRequired ?? false,
            isSecret: draft.isSecret ?? false,
            allowedValues: draft.allowedValues ?? [],
            minimum: draft.minimum,
            maximum: draft.maximum,
            // One that is no regular expression was reported, and demands nothing.
            pattern: draft.pattern.flatMap { TextPattern($0.value) == nil ? nil : $0.value },
            summary: draft.summary
        )
        if let value = draft.defaultValue {
            if declaration.isSecret {
                report.error(
                    .configUnsafeService,
                    at: value.position,
                    "a secret cannot have a default",
                    hint: "remove 'default': every integration refers to a secret of its own"
                )
            } else {
                declaration.defaultValue = SettingsShape.value(of: declaration)
                    .decode(value.value, "'default'", &report)
            }
        }
        return declaration
    }
}
