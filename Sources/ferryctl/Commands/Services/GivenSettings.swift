import ArgumentParser
import FerryAPI
import FerryConfiguration
import FerryCore

/// Settings of a service that are given on the command line.
struct GivenSettings: ParsableArguments {
    @Option(
        name: .customLong("set"),
        parsing: .singleValue,
        help: ArgumentHelp("A setting; may be given several times.", valueName: "key=value")
    )
    var values: [String] = []
    @Option(
        name: .customLong("secret"),
        parsing: .singleValue,
        help: ArgumentHelp(
            "Where a secret is: env:NAME, file:PATH or credential:NAME; may be given several times.",
            valueName: "key=where"
        )
    )
    var secrets: [String] = []

    /// All of them.
    ///
    /// - Throws: `ValidationError`.
    func all() throws -> [(name: String, value: TrialSettings.Given)] {
        try values.map { text in
            let (name, value) = try Self.pair(text, "--set key=value")
            return (name, .value(value))
        }
            + secrets.map { text in
                let (name, place) = try Self.pair(text, "--secret key=env:NAME")
                guard let reference = Self.reference(place) else {
                    // What was written may be the secret: it is not repeated.
                    throw ValidationError(
                        "Say where the secret is, not what it is: env:NAME, file:PATH or credential:NAME."
                    )
                }
                return (name, .secret(reference))
            }
    }

    private static func pair(_ text: String, _ form: String) throws -> (String, String) {
        guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
            throw ValidationError("Write it like \(form).")
        }
        return (String(text[..<equals]), String(text[text.index(after: equals)...]))
    }

    /// Where `env:NAME`, `file:PATH` or `credential:NAME` say that a secret is; `nil` for anything else.
    static func reference(_ place: String) -> SecretReference? {
        let parts = place.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return nil }
        switch parts[0] {
        case "env": return .environment(parts[1])
        case "file": return .file(parts[1])
        case "credential": return .credential(parts[1])
        default: return nil
        }
    }
}

extension ErrorBody {
    /// A finding as an error.
    init(_ diagnostic: Diagnostic) {
        self.init(code: diagnostic.code.rawValue, message: diagnostic.message, hint: diagnostic.hint)
    }
}
