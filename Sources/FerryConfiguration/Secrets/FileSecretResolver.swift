public import FerryCore
import FoundationEssentials

/// Reads secrets from systemd's credentials, from files and from the environment, each time anew.
///
/// One line break at the end is not part of a secret, since editors and `echo` add it.
public struct FileSecretResolver: SecretResolver {
    private let environment: @Sendable () -> [String: String]

    /// A resolver that looks into the process's environment, `$CREDENTIALS_DIRECTORY` included.
    public init() {
        environment = { ProcessInfo.processInfo.environment }
    }

    /// A resolver with an environment of its own.
    package init(environment: [String: String]) {
        self.environment = { environment }
    }

    /// Reads a secret now.
    ///
    /// - Throws: ``SyncFailure`` of kind `auth` with the code `secret.unavailable`, naming the reference.
    public func resolve(_ reference: SecretReference) throws -> Secret {
        switch reference {
        case .literal(let secret): return secret
        case .file(let path):
            return try read(path, reference, hint: "make the file, readable for the daemon's user")
        case .environment(let name):
            guard let value = environment()[name], !value.isEmpty else {
                throw unavailable(
                    reference,
                    "is not set",
                    hint: "set it where the daemon is started, or use a credential"
                )
            }
            return Secret(Self.strippingLineBreak(value))
        case .credential(let name):
            guard !name.contains("/"), name != "..", name != "." else {
                throw unavailable(reference, "has a name that is a path", hint: "use { file: PATH } for a file")
            }
            guard let directory = environment()["CREDENTIALS_DIRECTORY"], !directory.isEmpty else {
                throw unavailable(
                    reference,
                    "is not there: no credentials were handed over",
                    hint:
                        "start it as a systemd service with LoadCredential=\(name):/path, or set CREDENTIALS_DIRECTORY"
                )
            }
            return try read(
                directory + "/" + name,
                reference,
                hint:
                    "add LoadCredential=\(name):/path/to/the/secret to the service (systemctl edit ferryd) and restart it"
            )
        }
    }

    private func read(_ path: String, _ reference: SecretReference, hint: String) throws -> Secret {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw unavailable(reference, "cannot be read", hint: hint)
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw unavailable(reference, "is not UTF-8 text", hint: "store the secret as text")
        }
        let secret = Self.strippingLineBreak(text)
        guard !secret.isEmpty else { throw unavailable(reference, "is empty", hint: "put the secret into it") }
        return Secret(secret)
    }

    private static func strippingLineBreak(_ text: String) -> String {
        // A carriage return and a line feed are one character.
        text.last.map { $0 == "\n" || $0 == "\r\n" } ?? false ? String(text.dropLast()) : text
    }

    private func unavailable(_ reference: SecretReference, _ problem: String, hint: String) -> SyncFailure {
        SyncFailure(.auth, .secretUnavailable, "\(reference.description) \(problem)", hint: hint)
    }
}
