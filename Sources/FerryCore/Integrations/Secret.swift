/// Where a secret is to be had.
///
/// The secret itself is read when a request is sent, so rotating it needs no restart.
public enum SecretReference: Sendable, Equatable {
    /// A systemd credential: a file in `$CREDENTIALS_DIRECTORY`.
    case credential(String)
    /// A file's content, without its trailing line break.
    case file(String)
    /// An environment variable.
    case environment(String)
    /// A literal in the configuration file, which is accepted only from a private file.
    case literal(Secret)

    /// Where it is, for messages: never what it is.
    public var description: String {
        switch self {
        case .credential(let name): "credential '\(name)'"
        case .file(let path): "file '\(path)'"
        case .environment(let name): "environment variable '\(name)'"
        case .literal: "the literal in the configuration file"
        }
    }
}

/// A secret's value: it cannot be printed, interpolated or encoded, only exposed on purpose.
public struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let value: String

    /// Wraps a secret.
    public init(_ value: String) {
        self.value = value
    }

    /// Gives the secret to whoever sends it.
    ///
    /// The only callers are the places that build a request's credentials.
    public func exposed() -> String { value }

    /// `‹secret›`.
    public var description: String { "‹secret›" }
    /// `‹secret›`.
    public var debugDescription: String { "‹secret›" }
    /// Nothing: `dump` shows no children.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
