extension Sequence<Diagnostic> {
    /// How much was looked at and how much is wrong with it, as in `3 integrations, 1 error, 0 warnings`.
    public func summary(of count: Int, _ noun: String) -> String {
        var errors = 0
        var warnings = 0
        for diagnostic in self {
            switch diagnostic.severity {
            case .error: errors += 1
            case .warning: warnings += 1
            }
        }
        return [(count, noun), (errors, "error"), (warnings, "warning")]
            .map { number, noun in "\(number) \(noun)\(number == 1 ? "" : "s")" }
            .joined(separator: ", ")
    }
}
