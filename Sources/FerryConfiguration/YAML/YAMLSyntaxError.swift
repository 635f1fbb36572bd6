import FerryCore
import Yams

/// Turns the parser's complaints into diagnostics that say what is usually meant.
enum YAMLSyntaxError {
    static func report(_ error: any Error, in text: String, into report: inout Report) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        switch error {
        case YamlError.scanner(let context, let problem, let mark, _),
            YamlError.parser(let context, let problem, let mark, _):
            let position = Position(line: mark.line, column: mark.column)
            report.error(
                .configSyntax,
                at: cause(of: problem, context: context, at: position, in: lines),
                sentence(problem, context: context?.text),
                hint: hint(for: problem, context: context, at: position, in: lines)
            )
        case YamlError.composer(_, let problem, let mark, _):
            let position = Position(line: mark.line, column: mark.column)
            if problem.contains("another document") {
                report.error(
                    .configSyntax,
                    at: position,
                    "the file holds more than one document",
                    hint: "put what follows this line into a file of its own"
                )
            } else {
                report.error(
                    .configSyntax,
                    at: position,
                    "the alias stands for nothing that was defined before it",
                    hint: "define it with '&name', or quote values that begin with '*'"
                )
            }
        case YamlError.duplicatedKeysInMapping(let duplicates, let context):
            report.error(
                .configDuplicateKey,
                at: Position(line: context.mark.line, column: context.mark.column),
                "'\(duplicates.first ?? "")' is set twice in this mapping",
                hint: "remove one of the two"
            )
        case YamlError.reader(_, let offset, _, _):
            report.error(
                .configSyntax,
                at: position(ofCharacter: offset ?? 0, in: text),
                "the file holds a control character",
                hint: "remove it, or write it as an escape between double quotation marks"
            )
        default:
            report.error(.configSyntax, at: .start, "the file cannot be read as YAML")
        }
    }

    private static func sentence(_ problem: String, context: String?) -> String {
        guard let context, !context.isEmpty else { return problem }
        return "\(context), \(problem)"
    }

    /// Where the mistake was made, which is sometimes before the place where it shows.
    private static func cause(
        of problem: String,
        context: YamlError.Context?,
        at position: Position,
        in lines: [String]
    ) -> Position {
        if problem.contains("unexpected end of stream"), let mark = context?.mark {
            return Position(line: mark.line, column: mark.column)
        }
        let previous = line(position.line - 1, in: lines)
        guard keyWithoutSpace(in: previous) != nil else { return position }
        return Position(line: position.line - 1, column: previous.prefix { $0 == " " }.count + 1)
    }

    private static func line(_ number: Int, in lines: [String]) -> String {
        lines.indices.contains(number - 1) ? lines[number - 1] : ""
    }

    private static func hint(
        for problem: String,
        context: YamlError.Context?,
        at position: Position,
        in lines: [String]
    ) -> String? {
        let line = line(position.line, in: lines)
        let previous = Self.line(position.line - 1, in: lines)
        if line.prefix(while: { $0 == " " || $0 == "\t" }).contains("\t") || problem.contains("tab character")
            || character(at: position, in: line) == "\t"
        {
            return "indent with spaces: YAML takes no tab characters there"
        }
        if let key = keyWithoutSpace(in: previous) ?? keyWithoutSpace(in: line) {
            return "put a space after the colon: '\(key): …'"
        }
        if problem.contains("mapping values are not allowed") {
            if !line.unicodeScalars.prefix(position.column - 1).contains(":") {
                return "the keys of one mapping begin in the same column; this one stands deeper than the one above"
            }
            return "put the value between quotation marks: it contains ': '"
        }
        let activity = context?.text ?? ""
        if activity.contains("alias") || activity.contains("anchor") {
            return "put the value between quotation marks: '*' and '&' mean something to YAML"
        }
        if problem.contains("cannot start any token") {
            return "put the value between quotation marks: it begins with a character that means something to YAML"
        }
        if problem.contains("unexpected end of stream") { return "close the quotation mark that is opened here" }
        if activity.contains("flow node") {
            return "a value is missing, or the bracket that closes what was opened before"
        }
        if activity.contains("flow"), let mark = context?.mark {
            return "a comma, or the bracket that closes the one in line \(mark.line), column \(mark.column), is missing"
        }
        if problem.contains("expected ':'") { return "a line that is no list item needs 'key: value'" }
        if problem.contains("expected key") || problem.contains("block end") || problem.contains("'-' indicator") {
            return "the keys of one mapping begin in the same column"
        }
        return nil
    }

    private static func character(at position: Position, in line: String) -> Unicode.Scalar? {
        line.unicodeScalars.dropFirst(position.column - 1).first
    }

    /// The key of a line such as `id:products`.
    static func keyWithoutSpace(in line: String) -> String? {
        let content = line.drop { $0 == " " || $0 == "-" }
        guard let colon = content.firstIndex(of: ":"), !content.hasPrefix("#") else { return nil }
        let key = content[..<colon]
        let rest = content[content.index(after: colon)...]
        guard !key.isEmpty, key.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" }), let next = rest.first,
            next != " ", next != "\t", next != "\r", !rest.hasPrefix("//")
        else { return nil }
        return String(key)
    }

    private static func position(ofCharacter offset: Int, in text: String) -> Position {
        var position = Position.start
        for character in text.prefix(offset) {
            position = character.isNewline ? Position(line: position.line + 1, column: 1) : position.advanced(by: 1)
        }
        return position
    }
}
