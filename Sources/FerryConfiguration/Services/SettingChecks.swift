import FerryCore

// What the settings' declarations, and what the templates say of them, reveal to be wrong.
extension ServiceChecks {
    func checkSettings(_ report: inout Report) {
        for (name, setting) in draft.settings ?? [] {
            if !name.value.utf8.allSatisfy(\.isNameByte) || name.value.isEmpty {
                report.error(
                    .configInvalidValue,
                    at: name.position,
                    "'\(name.value)' cannot be a setting's name",
                    hint: "use letters, digits and '_': nothing else can stand in '${settings.…}'"
                )
            }
            check(name.value, setting, &report)
        }
    }

    private func check(_ name: String, _ setting: SettingShape.Draft, _ report: inout Report) {
        if setting.isRequired == true, setting.isSecret != true, let value = setting.defaultValue {
            report.error(
                .configInvalidValue,
                at: value.position,
                "'\(name)' is required and has a default",
                hint: "remove one of the two: with a default it is never missing"
            )
        }
        if let pattern = setting.pattern, TextPattern(pattern.value) == nil {
            report.error(
                .configInvalidValue,
                at: pattern.position,
                "the 'pattern' of '\(name)' is no regular expression",
                hint: "write it like [a-z0-9-]+"
            )
        }
        let hasBounds = setting.minimum != nil || setting.maximum != nil
        let hasWords = !(setting.allowedValues ?? []).isEmpty
        let type = setting.type ?? .string
        let isLimited = hasBounds || hasWords || setting.pattern != nil
        if setting.isSecret == true, isLimited || type != .string && type != .json {
            report.error(
                .configInvalidValue,
                at: setting.position,
                "a secret is a text of any kind, or JSON",
                hint: "remove 'type', 'enum', 'pattern', 'minimum' and 'maximum' from '\(name)'"
            )
        } else if let pattern = setting.pattern, hasWords || type != .string && type != .list {
            report.error(
                .configInvalidValue,
                at: pattern.position,
                hasWords ? "'pattern' says nothing beside 'enum'" : "'pattern' is for strings and lists only",
                hint: "remove it from '\(name)'"
            )
        } else if hasBounds, type != .integer {
            report.error(
                .configInvalidValue,
                at: setting.position,
                "'minimum' and 'maximum' are for integers only",
                hint: "add 'type: integer' to '\(name)', or remove them"
            )
        } else if hasWords, type != .string, type != .list {
            report.error(
                .configInvalidValue,
                at: setting.position,
                "'enum' is for strings and lists only",
                hint: "remove it from '\(name)', or its 'type'"
            )
        } else if let minimum = setting.minimum, let maximum = setting.maximum, minimum > maximum {
            report.error(
                .configInvalidValue,
                at: setting.position,
                "no value of '\(name)' is at least \(minimum) and at most \(maximum)",
                hint: "swap 'minimum' and 'maximum'"
            )
        }
    }

    /// Whether an integration that leaves a setting out is wrong, or gets a default.
    func isAlwaysThere(_ setting: SettingDeclaration) -> Bool {
        // A default that is wrong was reported, and is one all the same.
        let isDefaulted = (draft.settings ?? []).contains { name, draft in
            name.value == setting.name && draft.defaultValue != nil
        }
        return setting.isRequired || isDefaulted
    }

    /// Checks that a template is one setting that is a list, and always there.
    func checkList(_ list: Positioned<Template>, _ key: String, _ report: inout Report) {
        check(list.value.references, at: list.position, allowed: [.settings], "'\(key)'", &report)
        guard case .reference(.settings, let path)? = list.value.soleExpression else {
            report.error(
                .configInvalidTemplate,
                at: list.position,
                "'\(key)' must be a setting of type list",
                hint: "write it like \"${settings.NAME}\", with nothing around it"
            )
            return
        }
        // What is not declared was reported.
        guard let setting = settings.first(where: { [$0.name] == path }) else { return }
        if setting.type != .list {
            report.error(
                .configInvalidTemplate,
                at: list.position,
                "'\(key)' refers to '\(setting.name)', which is no setting of type list",
                hint: "give it 'type: list'"
            )
        } else if !isAlwaysThere(setting) {
            report.error(
                .configInvalidValue,
                at: list.position,
                "'\(key)' refers to '\(setting.name)', which need not be given",
                hint: "add 'required: true' or a 'default' to the setting"
            )
        }
    }

    /// Checks a number of records: one that is written out, or a setting that is one.
    func checkCount(_ count: Positioned<Template>, _ key: String, example: String, _ report: inout Report) {
        check(count.value.references, at: count.position, allowed: [.settings], "'\(key)'", &report)
        switch count.value.soleExpression {
        case .reference(.settings, let path)?:
            // What is not declared was reported.
            guard let setting = settings.first(where: { [$0.name] == path }) else { return }
            if setting.type != .integer {
                report.error(
                    .configInvalidTemplate,
                    at: count.position,
                    "'\(key)' refers to '\(setting.name)', which is no setting of type integer",
                    hint: "give it 'type: integer'"
                )
            } else if !isAlwaysThere(setting) {
                report.error(
                    .configInvalidValue,
                    at: count.position,
                    "'\(key)' refers to '\(setting.name)', which need not be given",
                    hint: "give the setting a 'default'"
                )
            }
        case _?: return
        case nil:
            if case .literal(let text)? = count.value.pieces.first, count.value.pieces.count == 1,
                let number = Int(text), number > 0
            {
                return
            }
            report.error(
                .configInvalidValue,
                at: count.position,
                "'\(key)' must be a whole number greater than 0",
                hint: "write it like \(example)"
            )
        }
    }

    /// Warns of settings that nothing refers to: they would be asked for in vain.
    func warnOfUnusedSettings(_ report: inout Report) {
        // What is wrong may be what was meant to refer to them.
        guard !report.hasErrors else { return }
        let used = Set(draft.references.filter { $0.scope == .settings }.compactMap(\.path.first))
        for (name, _) in draft.settings ?? [] where !used.contains(name.value) {
            report.warning(
                .configUnusedSetting,
                at: name.position,
                "the setting '\(name.value)' is used nowhere",
                hint: "use it as ${settings.\(name.value)}, or remove it"
            )
        }
    }
}

extension UInt8 {
    /// Whether it may stand in a name of a template.
    fileprivate var isNameByte: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

extension ServiceShape.Draft {
    /// What all templates of the description refer to.
    fileprivate var references: TemplateReferences {
        var templates = [base, identity].compactMap(\.self) + (headers ?? []).map(\.value)
        templates += authentication?.templates ?? []
        for (_, host) in hosts ?? [] {
            templates += [host.base].compactMap(\.self)
            templates += host.authentication?.templates ?? []
        }
        for budget in limits?.budgets ?? [] { templates += budget.counts.map(\.template) }
        var all = templates.flatMap(\.value.references)
        for check in checks ?? [] {
            all += (check.request?.allReferences ?? []) + (check.listing?.all?.value.references ?? [])
        }
        for (_, stream) in streams ?? [] { all += stream.allReferences }
        for (_, sink) in sinks ?? [] { all += sink.allReferences }
        for (_, action) in actions ?? [] {
            all += action.requests.flatMap(\.allReferences) + (action.trace?.name?.value.references ?? [])
        }
        return all
    }
}

extension RequestShape.Draft {
    fileprivate var allReferences: TemplateReferences { references.flatMap(\.value) }
}

extension PaginationShape.Draft {
    fileprivate var allReferences: TemplateReferences {
        let sizes = [offset?.size, page?.size, keyset?.size].compactMap(\.self)
        return sizes.flatMap(\.value.references) + (keyset?.start ?? []).flatMap(\.value.value.references)
    }
}

extension StreamShape.Draft {
    fileprivate var allReferences: TemplateReferences {
        let requests = [request, whole?.request, find, get, deletes?.sweep?.request].compactMap(\.self)
        let pages = [pagination, whole?.pagination, deletes?.sweep?.pagination].compactMap(\.self)
        return requests.flatMap(\.allReferences) + pages.flatMap(\.allReferences) + (match?.value.references ?? [])
            + (incremental?.cursor?.start?.value.references ?? []) + partReferences
    }

    private var partReferences: TemplateReferences {
        var templates = (parts ?? []).map(\.value) + (zipped ?? []).map(\.value)
        if case .named(let names)? = identity?.value {
            templates.append(Positioned(value: names, position: position))
        }
        let days = incremental?.days
        templates += [days?.start, days?.readsProvisional].compactMap(\.self)
        return templates.flatMap(\.value.references) + (added ?? []).flatMap(\.value.value.references)
            + (days?.probe?.request?.allReferences ?? [])
    }
}

extension SinkShape.Draft {
    fileprivate var allReferences: TemplateReferences {
        (match?.value.references ?? []) + (identifier?.value.references ?? [])
            + operations.flatMap(\.draft.allReferences)
            + [fields?.list, fields?.create].compactMap(\.self).flatMap(\.allReferences)
            + (fields?.condition?.value.references ?? [])
    }
}

extension SinkShape.WriteDraft {
    fileprivate var allReferences: TemplateReferences {
        var all = request?.allReferences ?? []
        all += items.flatMap(\.value.references)
        all += batch?.maximum?.value.references ?? []
        for (_, value) in added ?? [] { all += value.value.references }
        return all
    }
}
