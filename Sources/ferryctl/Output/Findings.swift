import FerryConfiguration
import FerryCore

/// What a check has found, as `--json` shows it and as a sentence.
struct Findings {
    /// Something wrong at one place.
    struct Finding: Encodable {
        let file: String
        let line: Int
        let column: Int
        let severity: String
        let code: String
        let message: String
        let hint: String?
    }

    private let diagnostics: [Diagnostic]

    init(_ diagnostics: [Diagnostic]) {
        self.diagnostics = diagnostics
    }

    /// Whether there are no errors.
    var isOK: Bool { !diagnostics.contains { $0.severity == .error } }

    /// Everything.
    var all: [Finding] {
        diagnostics.map {
            Finding(
                file: $0.file,
                line: $0.line,
                column: $0.column,
                severity: $0.severity.rawValue,
                code: $0.code.rawValue,
                message: $0.message,
                hint: $0.hint
            )
        }
    }

    /// Writes all of them, each with its place.
    func show(on console: Console) {
        for diagnostic in diagnostics { console.line(diagnostic.description) }
    }

    /// How much was looked at, and how much was found.
    func summary(of count: Int, _ noun: String) -> String {
        diagnostics.summary(of: count, noun)
    }
}
