import FerryCore

/// An integration's `config`: its keys are what the service description declares.
enum SettingsShape {
    struct Draft {
        var settings: [String: JSONValue] = [:]
        var secrets: [String: SecretReference] = [:]
    }

    /// The settings of a service.
    ///
    /// - Parameter optional: the settings that need not be there even if they are required.
    static func shape(
        for service: ServiceDescription,
        isFilePrivate: Bool,
        optional: Set<String> = []
    ) -> MappingShape<Draft> {
        service.settings.reduce(shape(of: service)) { shape, setting in
            var key = key(for: setting, isFilePrivate: isFilePrivate)
            key.isRequired = key.isRequired && !optional.contains(setting.name)
            return shape.adding(key)
        }
    }

    /// The settings that an entity type may have of its own.
    static func shape(forEntitiesOf service: ServiceDescription) -> MappingShape<Draft> {
        service.settings.reduce(shape(of: service)) { shape, setting in
            var key = key(for: setting, isFilePrivate: false)
            key.isRequired = false
            // What is not said here is said by the integration's own settings.
            key.defaultValue = nil
            guard setting.isSecret else { return shape.adding(key) }
            key.isAdvertised = false
            key.decode = { node, _, report in
                report.error(
                    .configUnknownSetting,
                    at: node.position,
                    "'\(setting.name)' is a secret, which the whole integration shares",
                    hint: "move it to the integration's 'config'"
                )
            }
            return shape.adding(key)
        }
    }

    private static func shape(of service: ServiceDescription) -> MappingShape<Draft> {
        var shape = MappingShape { _ in Draft() }
        shape.unknown = .init(
            code: .configUnknownSetting,
            message: { "'\(service.name)' has no setting '\($0)'" },
            label: "its settings are"
        )
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
            return text.matching(setting).map { value, _, _ in .string(value) }
        case .integer:
            return ValueShape<Int>.integer(setting.minimum, setting.maximum).map { value, _, _ in .integer(value) }
        case .boolean: return ValueShape<Bool>.boolean.map { value, _, _ in .bool(value) }
        case .list:
            let item: ValueShape<String> =
                setting.allowedValues.isEmpty ? .string : .choice(setting.allowedValues)
            return item.matching(setting).list.map { values, node, report in
                guard !values.isEmpty || !setting.isRequired else {
                    report.invalid(node, "'\(setting.name)' must not be empty")
                    return nil
                }
                return .array(values.map { .string($0) })
            }
        case .json: return .json
        }
    }
}

extension ValueShape<String> {
    /// Text that matches a setting's pattern, if it has one.
    fileprivate func matching(_ setting: SettingDeclaration) -> ValueShape {
        guard let pattern = setting.pattern.flatMap({ TextPattern($0) }) else { return self }
        return described(by: ["type": "string", "pattern": .string("^(?:\(pattern.text))$")]).checked { text, subject in
            guard !pattern.matches(text) else { return nil }
            return (
                "\(subject) cannot be '\(text)': it must match \(pattern.text)",
                setting.summary
            )
        }
    }
}
