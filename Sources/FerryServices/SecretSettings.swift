import FerryCore
import FerryJSON

/// The settings of an integration, with its secrets read anew for each request.
struct SecretSettings: Sendable {
    let settings: [String: JSONValue]
    let secrets: [String: SecretReference]
    let resolver: any SecretResolver
    /// The names of the secrets that are JSON.
    var documents: Set<String> = []

    /// What templates can refer to.
    ///
    /// - Parameter exposed: gets the texts of the secrets among it.
    /// - Throws: ``SyncFailure`` with the code `secret.unavailable`.
    func scope(for templates: [Template], exposed: inout [String]) throws -> TemplateScope {
        var scope = TemplateScope(settings: settings)
        for reference in templates.flatMap(\.references) where reference.scope == .settings {
            guard let name = reference.path.first, let secret = secrets[name] else { continue }
            if scope.settings[name] == nil {
                let text = try resolver.resolve(secret).exposed()
                exposed.append(text)
                scope.settings[name] = documents.contains(name) ? try document(text, of: name) : .string(text)
            }
            guard reference.path.count > 1 else { continue }
            exposed.append(try member(reference.path, in: scope.settings[name]))
        }
        return scope
    }

    private func document(_ text: String, of name: String) throws -> JSONValue {
        // What it holds is in no message, not even where it breaks off.
        guard let document = try? JSONValue(parsing: text), case .object = document else {
            throw SyncFailure(
                .auth,
                .secretUnavailable,
                "the secret '\(name)' is no JSON object",
                hint: "give the file as it was downloaded"
            )
        }
        return document
    }

    private func member(_ path: [String], in document: JSONValue?) throws -> String {
        let value = path.dropFirst().reduce(document) { $0?[$1] }
        guard let text = value?.string, !text.isEmpty else {
            throw SyncFailure(
                .auth,
                .secretUnavailable,
                "the secret '\(path[0])' has no text at '\(path.dropFirst().joined(separator: "."))'",
                hint: "give the file as it was downloaded, and the whole of it"
            )
        }
        return text
    }
}
