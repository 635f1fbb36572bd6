/// The services that the sandbox has, by the names that scripts have for them.
public enum SandboxServiceName: String, CaseIterable, Sendable {
    /// Dynamic Tables.
    case dynamicTable = "dynamic_table"
    /// A WISEROWS project.
    case wiserows
    /// A Sanity dataset.
    case sanity
    /// Google Search Console.
    case searchConsole = "google_search_console"
    /// A PostHog project.
    case posthog
    /// A Loops team.
    case loops

    /// Reads a list as the command line takes it: `all`, or names with commas between them.
    ///
    /// - Throws: ``SandboxFailure`` that says which names there are.
    public static func list(_ text: String) throws(SandboxFailure) -> Set<SandboxServiceName> {
        if text == "all" { return Set(allCases) }
        var names: Set<SandboxServiceName> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let word = part.filter { $0 != " " }
            guard let name = SandboxServiceName(rawValue: word) else {
                throw SandboxFailure(
                    word.isEmpty ? "A service's name is missing." : "There is no service '\(word)'.",
                    hint: "There are \(allCases.map(\.rawValue).joined(separator: ", ")); 'all' stands for all of them."
                )
            }
            names.insert(name)
        }
        return names
    }
}

/// Why a sandbox cannot be started as it was asked for.
public struct SandboxFailure: Error, CustomStringConvertible {
    /// What is wrong, a sentence.
    public let description: String
    /// What to do about it.
    public let hint: String

    init(_ description: String, hint: String) {
        self.description = description
        self.hint = hint
    }
}
