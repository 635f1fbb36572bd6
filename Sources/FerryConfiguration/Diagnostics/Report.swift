import FerryCore

/// Collects what is found wrong in one file, so that one error does not hide the next.
struct Report {
    /// The file's path or label.
    let file: String
    /// What was found, in the order it was found.
    private(set) var diagnostics: [Diagnostic] = []

    init(file: String) {
        self.file = file
    }

    /// Whether the file cannot be used.
    var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

    /// What was found, in the file's order.
    var sorted: [Diagnostic] {
        diagnostics.enumerated()
            .sorted { left, right in
                (left.element.line, left.element.column, left.offset)
                    < (right.element.line, right.element.column, right.offset)
            }
            .map(\.element)
    }

    mutating func error(_ code: ErrorCode, at position: Position, _ message: String, hint: String? = nil) {
        add(.error, code, position, message, hint)
    }

    mutating func warning(_ code: ErrorCode, at position: Position, _ message: String, hint: String? = nil) {
        add(.warning, code, position, message, hint)
    }

    private mutating func add(
        _ severity: Diagnostic.Severity,
        _ code: ErrorCode,
        _ position: Position,
        _ message: String,
        _ hint: String?
    ) {
        let diagnostic = Diagnostic(
            file: file,
            line: position.line,
            column: position.column,
            severity: severity,
            code: code,
            message: message,
            hint: hint
        )
        // What an alias stands for is decoded at every place that uses it: said once is enough.
        if !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
    }
}

/// A place in a file, both counted from 1.
struct Position: Hashable {
    var line: Int
    var column: Int

    /// The first character.
    static let start = Position(line: 1, column: 1)

    /// The place `columns` to the right.
    func advanced(by columns: Int) -> Position {
        Position(line: line, column: column + columns)
    }
}

/// A decoded value and where it stood.
struct Positioned<Value> {
    var value: Value
    var position: Position
}

extension Positioned: Sendable where Value: Sendable {}

extension Positioned: Equatable where Value: Equatable {}
