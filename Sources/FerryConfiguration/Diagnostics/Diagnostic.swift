public import FerryCore

/// Something wrong, or doubtful, at one place of a configuration file.
///
/// Lines and columns count from 1; columns count Unicode scalars, as editors do.
public struct Diagnostic: Sendable, Hashable, CustomStringConvertible {
    /// How bad it is.
    public enum Severity: String, Sendable {
        /// The file cannot be used.
        case error
        /// The file can be used, but probably does not say what was meant.
        case warning
    }

    /// The file's path as it was given, or a label for what ships inside the program.
    public var file: String
    /// The line, from 1.
    public var line: Int
    /// The column, from 1.
    public var column: Int
    /// How bad it is.
    public var severity: Severity
    /// The stable code for programs.
    public var code: ErrorCode
    /// One sentence for people, without secrets.
    public var message: String
    /// What to do about it.
    public var hint: String?

    /// A diagnostic.
    public init(
        file: String,
        line: Int,
        column: Int,
        severity: Severity = .error,
        code: ErrorCode,
        message: String,
        hint: String? = nil
    ) {
        self.file = file
        self.line = line
        self.column = column
        self.severity = severity
        self.code = code
        self.message = message
        self.hint = hint
    }

    /// `FILE:LINE:COLUMN: error: MESSAGE [CODE]`, and the hint on a second line.
    public var description: String {
        let first = "\(file):\(line):\(column): \(severity.rawValue): \(message) [\(code.rawValue)]"
        return first + (hint.map { "\n  hint: \($0)" } ?? "")
    }
}
