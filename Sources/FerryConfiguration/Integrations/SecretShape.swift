import FerryCore

/// Where a secret is to be had.
///
/// No message here ever shows what was written: it may be the secret.
enum SecretShape {
    private struct Draft {
        var credential: String?
        var file: String?
        var environment: String?
    }

    private static var mapping: MappingShape<Draft> {
        MappingShape { _ in Draft() }
            .key("credential", .nonEmptyString, \.credential, "The name of a systemd credential (LoadCredential=).")
            .key("file", .nonEmptyString, \.file, "The path of a file that holds nothing else.")
            .key("env", .nonEmptyString, \.environment, "The name of an environment variable.")
    }

    /// A reference, or a literal from a file that only its owner can read.
    static func shape(isFilePrivate: Bool) -> ValueShape<SecretReference> {
        let schema: JSONValue = ["anyOf": [mapping.schema, ["type": "string"]]]
        return ValueShape(schema: schema) { node, subject, report in
            switch node.content {
            case .scalar(let text, _): return literal(text, node, subject, isFilePrivate, &report)
            case .sequence:
                report.wrongType(node, subject, expected: "a secret", hint: hint(subject))
                return nil
            case .mapping: return reference(node, subject, &report)
            }
        }
    }

    private static func reference(_ node: YAMLNode, _ subject: String, _ report: inout Report) -> SecretReference? {
        let errors = report.diagnostics.count
        guard let draft = mapping.decode(node, subject, &report), report.diagnostics.count == errors else { return nil }
        let references = [
            draft.credential.map(SecretReference.credential),
            draft.file.map(SecretReference.file),
            draft.environment.map(SecretReference.environment),
        ].compactMap(\.self)
        guard references.count == 1, let reference = references.first else {
            report.invalid(node, "\(subject) must say one place where the secret is", hint: hint(subject))
            return nil
        }
        return reference
    }

    private static func literal(
        _ text: String,
        _ node: YAMLNode,
        _ subject: String,
        _ isFilePrivate: Bool,
        _ report: inout Report
    ) -> SecretReference? {
        guard !text.isEmpty else {
            report.invalid(node, "\(subject) must not be empty", hint: hint(subject))
            return nil
        }
        guard isFilePrivate else {
            report.error(
                .configLiteralSecret,
                at: node.position,
                "\(subject) holds the secret itself, in a file that others can read",
                hint: "\(hint(subject)); or take the others' rights away: chmod 600 \(report.file)"
            )
            return nil
        }
        report.warning(
            .configLiteralSecret,
            at: node.position,
            "\(subject) holds the secret itself",
            hint: hint(subject)
        )
        return .literal(Secret(text))
    }

    private static func hint(_ subject: String) -> String {
        let name = subject.filter { $0 != "'" }
        return "say where it is: '\(name): { credential: NAME }', '{ file: PATH }' or '{ env: NAME }'"
    }
}
