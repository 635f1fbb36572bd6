import FerryCore

/// An integration's `config`: its keys are what the service description declares.
enum SettingsShape {
    struct Draft {
        var settings: [String: JSONValue] = [:]
        var secrets: [String: SecretReference] = [:]
    }

    /// The settings of a service.
    ///
    /// - Parameter requiresAll: whether those must be there that are required.
    static func shape(
        for service: ServiceDescription,
        isFilePrivate: Bool,
        requiresAll: Bool = true
    ) -> MappingShape<Draft> {
        var shape = MappingShape { _ in Draft() }
        shape.unknown = .init(
            code: .configUnknownSetting,
            message: { "'\(service.name)' has no setting '\($0)'" },
            label: "its settings are"
        )
        for setting in service.settings {
            var key = key(for: setting, isFilePrivate: isFilePrivate)
            key.isRequired = key.isRequired && requiresAll
            shape = shape.adding(key)
        }
        return shape
    }

    private static func key(for setting: SettingDeclaration, isFilePrivate: Bool) -> MappingShape<Draft>.Key {
        let name = setting.name
        let secret = SecretShape.shape(isFilePrivate: isFilePrivate)
        let value = value(of: setting)
        return MappingShape<Draft>.Key(
            name: name,
            aliases: [],
            summary: setting.summary ?? "A setting of the service.",
            schema: setting.isSecret ? secret.schema : value.schema,
            isRequired: setting.isRequired,
            defaultValue: setting.defaultValue,
            acceptsNull: false,
            isAdvertised: true
        ) { node, draft, report in
            if setting.isSecret {
                draft.secrets[name] = secret.decode(node, "'\(name)'", &report)
            } else {
                draft.settings[name] = value.decode(node, "'\(name)'", &report)
            }
        }
    }

    /// What a setting that is no secret must be.
    static func value(of setting: SettingDeclaration) -> ValueShape<JSONValue> {
        switch setting.type {
        case .string:
            let text: ValueShape<String> =
                if !setting.allowedValues.isEmpty {
                    .choice(setting.allowedValues)
                } else {
                    setting.isRequired ? .nonEmptyString : .string
                }
            return text.map { value, _, _ in .string(value) }
        case .integer:
            return ValueShape<Int>.integer(setting.minimum, setting.maximum).map { value, _, _ in .integer(value) }
        case .boolean: return ValueShape<Bool>.boolean.map { value, _, _ in .bool(value) }
        case .list:
            let item: ValueShape<String> =
                setting.allowedValues.isEmpty ? .string : .choice(setting.allowedValues)
            return item.list.map { values, _, _ in .array(values.map { .string($0) }) }
        }
    }
}
