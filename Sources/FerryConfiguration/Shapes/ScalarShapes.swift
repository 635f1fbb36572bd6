import FerryCore

extension ValueShape where Value == String {
    /// Text.
    ///
    /// What looks like a number or a boolean is taken as it is written: `no`, `1.10`.
    static var string: ValueShape {
        ValueShape(schema: ["type": "string"]) { node, subject, report in
            if let text = node.text, !node.isNull { return text }
            report.wrongType(node, subject, expected: "a string")
            return nil
        }
    }

    /// Text that is not empty.
    static var nonEmptyString: ValueShape {
        string.described(by: ["type": "string", "minLength": 1]).checked { text, subject in
            text.isEmpty ? ("\(subject) must not be empty", nil) : nil
        }
    }

    /// One of a few words.
    static func choice(_ words: [String]) -> ValueShape {
        let schema: JSONValue = ["enum": .array(words.map { .string($0) })]
        return string.described(by: schema).checked { text, subject in
            guard !words.contains(text) else { return nil }
            return (
                "\(subject) cannot be '\(text)'",
                Spelling.hint(for: text, in: words, otherwise: "it can be")
            )
        }
    }
}

extension ValueShape {
    /// The shape with a rule that its values keep; `problem` gives the sentence and the hint for one that does not.
    func checked(_ problem: @escaping (Value, _ subject: String) -> (String, String?)?) -> ValueShape {
        ValueShape(schema: schema, acceptsNull: acceptsNull) { node, subject, report in
            guard let value = decode(node, subject, &report) else { return nil }
            guard let (message, hint) = problem(value, subject) else { return value }
            report.invalid(node, message, hint: hint)
            return nil
        }
    }
}

extension ValueShape where Value: RawRepresentable<String> & CaseIterable {
    /// One of an enumeration's words.
    static var choice: ValueShape {
        let words = Value.allCases.map(\.rawValue)
        return ValueShape<String>.choice(words).map { text, _, _ in Value(rawValue: text) }
    }
}

extension ValueShape where Value == Int {
    /// A whole number between two bounds, both included.
    static func integer(_ minimum: Int? = nil, _ maximum: Int? = nil) -> ValueShape {
        var members: [JSONValue.Member] = [JSONValue.Member(key: "type", value: "integer")]
        if let minimum { members.append(JSONValue.Member(key: "minimum", value: .integer(minimum))) }
        if let maximum { members.append(JSONValue.Member(key: "maximum", value: .integer(maximum))) }
        return ValueShape(schema: .object(members)) { node, subject, report in
            guard case .scalar(let text, let isPlain) = node.content, isPlain,
                let number = YAMLScalar.value(of: text).integer
            else {
                let isQuoted = node.text.flatMap { Int($0) } != nil
                report.wrongType(
                    node,
                    subject,
                    expected: "a whole number",
                    hint: isQuoted ? "remove the quotation marks" : nil
                )
                return nil
            }
            if let minimum, number < minimum {
                report.invalid(node, "\(subject) must be at least \(minimum), not \(number)")
                return nil
            }
            if let maximum, number > maximum {
                report.invalid(node, "\(subject) must be at most \(maximum), not \(number)")
                return nil
            }
            return number
        }
    }
}

extension ValueShape where Value == Bool {
    /// `true` or `false`.
    static var boolean: ValueShape {
        ValueShape(schema: ["type": "boolean"]) { node, subject, report in
            if case .scalar(let text, isPlain: true) = node.content, let flag = YAMLScalar.value(of: text).bool {
                return flag
            }
            let meant: String? =
                switch node.text?.lowercased() {
                case "yes", "on", "y", "true": "write true"
                case "no", "off", "n", "false": "write false"
                default: nil
                }
            report.wrongType(node, subject, expected: "true or false", hint: meant)
            return nil
        }
    }
}

extension ValueShape where Value == Duration {
    /// A time span as systemd writes them.
    static var timeSpan: ValueShape { timeSpan(code: .configInvalidValue) }

    /// A time span as systemd writes them, with the code that is reported when it is none.
    static func timeSpan(code: ErrorCode) -> ValueShape {
        ValueShape(schema: ["type": ["string", "number"]]) { node, subject, report in
            guard let text = ValueShape<String>.string.decode(node, subject, &report) else { return nil }
            do throws(TimeSpanError) {
                return try TimeSpan.parse(text)
            } catch {
                report.error(
                    code,
                    at: node.position(ofByte: error.offset),
                    "\(subject) is not a time span: \(error.message)",
                    hint: "write it like 90s, 10m, 1h 30m or 2 weeks"
                )
                return nil
            }
        }
    }
}

extension ValueShape where Value == FieldPath {
    /// A path into a record.
    static var path: ValueShape {
        ValueShape(schema: ["type": "string"]) { node, subject, report in
            guard let text = ValueShape<String>.string.decode(node, subject, &report) else { return nil }
            do throws(FieldPathError) {
                return try FieldPath(parsing: text)
            } catch {
                report.error(
                    .configInvalidPath,
                    at: node.position(ofByte: error.offset),
                    "\(subject) is not a path: \(error.message)",
                    hint: "write it like fields.title, keys[0] or fields['odd name']"
                )
                return nil
            }
        }
    }
}

extension ValueShape where Value == JSONValue {
    /// Any value, null included.
    static var json: ValueShape {
        ValueShape(schema: [:], acceptsNull: true) { node, subject, report in
            switch node.content {
            case .scalar(let text, isPlain: false): return .string(text)
            case .scalar(let text, isPlain: true):
                guard !YAMLScalar.isUnrepresentable(text) else {
                    report.invalid(node, "\(subject) cannot be \(text): JSON has no such number")
                    return nil
                }
                return YAMLScalar.value(of: text)
            case .sequence(let elements):
                return .array(elements.compactMap { Self.json.decode($0, "an item of \(subject)", &report) })
            case .mapping(let entries):
                return .object(
                    entries.compactMap { entry in
                        Self.json.decode(entry.value, "'\(entry.key)'", &report)
                            .map { JSONValue.Member(key: entry.key, value: $0) }
                    }
                )
            }
        }
    }
}
