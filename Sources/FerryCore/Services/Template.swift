/// Text with `${…}` expressions.
///
/// A template that is one expression and nothing else keeps the value's JSON type.
public struct Template: Sendable {
    /// A part of a template.
    public enum Piece: Sendable {
        /// Text as it stands.
        case literal(String)
        /// An expression's value.
        case expression(Expression)
    }

    /// What stands between `${` and `}`.
    public indirect enum Expression: Sendable {
        /// A value of a scope, such as `settings.key` or `page.offset`.
        case reference(scope: Scope, path: [String])
        /// A pure function of other expressions.
        case call(Function, [Expression])
        /// A literal.
        case literal(JSONValue)
    }

    /// What expressions can refer to.
    public enum Scope: String, Sendable, CaseIterable {
        /// The integration's settings, secrets included.
        case settings
        /// The page that is asked for: `offset`, `number`, `size`, `token` or `last`, as the paginator has them.
        case page
        /// How far earlier pulls have come: `value`.
        case cursor
        /// The record that is written: `fields`, `cleared`, `id`, and `uuid`, which stays the same however often it is
        /// sent.
        case record
        /// The batch that is written: `id`, `attempt`, and `time`, when it is sent.
        case batch
        /// The work that is followed: `id`.
        case action
        /// The field that is made: `name` and `type` (`string`, `number` or `boolean`).
        case field
        /// The natural key that is looked for: `field`, `value`.
        case match
        /// The part of the resource that is read: what the stream's `parts` name.
        case part
        /// The day that is read, or the days that are asked about: `start`, `end`, `state`.
        case window
    }

    /// The functions.
    public enum Function: String, Sendable, CaseIterable {
        /// Percent-encodes one segment of a path (RFC 3986, §3.3).
        case path
        /// The lower-case form.
        case lower
        /// The first argument that is present.
        case `default`
        /// A time as SQL writes it: `2026-01-02 03:04:05.678000`, in UTC.
        case sqlTime = "sql_time"
    }

    /// The parts in order.
    public let pieces: [Piece]

    /// A template of one literal.
    public init(literal: String) {
        pieces = literal.isEmpty ? [] : [.literal(literal)]
    }

    /// A template of the given parts.
    public init(pieces: [Piece]) {
        self.pieces = pieces
    }

    /// Parses a template.
    ///
    /// - Throws: ``TemplateError``.
    public init(parsing text: String) throws(TemplateError) {
        var pieces: [Piece] = []
        var rest = Substring(text)
        while let start = rest.firstRange(ofText: "${") {
            if start > rest.startIndex { pieces.append(.literal(String(rest[..<start]))) }
            var parser = TemplateExpressionParser(rest[rest.index(start, offsetBy: 2)...])
            pieces.append(.expression(try parser.parse()))
            rest = parser.rest
        }
        if !rest.isEmpty { pieces.append(.literal(String(rest))) }
        self.pieces = pieces
    }

    /// The only piece's expression, if the template is nothing else.
    public var soleExpression: Expression? {
        guard pieces.count == 1, case .expression(let expression) = pieces[0] else { return nil }
        return expression
    }

    /// Every reference in the template.
    public var references: [(scope: Scope, path: [String])] {
        pieces.flatMap { piece -> [(scope: Scope, path: [String])] in
            guard case .expression(let expression) = piece else { return [] }
            return expression.references
        }
    }
}

extension Template.Expression {
    /// Every reference in the expression.
    public var references: [(scope: Template.Scope, path: [String])] {
        switch self {
        case .literal: []
        case .reference(let scope, let path): [(scope, path)]
        case .call(_, let arguments): arguments.flatMap(\.references)
        }
    }
}

/// A JSON document whose strings are templates.
public indirect enum JSONTemplate: Sendable {
    /// A document as it stands.
    case literal(JSONValue)
    /// A string, or the value of the one expression it consists of.
    case template(Template)
    /// An array.
    case array([JSONTemplate])
    /// An object; a member whose value is absent is left out.
    case object([(key: String, value: JSONTemplate)])

    /// Every reference in the document.
    public var references: [(scope: Template.Scope, path: [String])] {
        switch self {
        case .literal: []
        case .template(let template): template.references
        case .array(let elements): elements.flatMap(\.references)
        case .object(let members): members.flatMap(\.value.references)
        }
    }
}

/// A template that cannot be parsed.
public struct TemplateError: Error, Sendable, CustomStringConvertible {
    /// What is wrong, for people.
    public let message: String
    /// The word that is none of those that could stand there, and these.
    public var unknown: (word: String, known: [String])?

    /// The message.
    public var description: String { message }
}

/// Parses `scope.name.name`, `function(argument, …)`, `'text'` and numbers, up to and with the closing brace.
private struct TemplateExpressionParser {
    private(set) var rest: Substring

    init(_ text: Substring) {
        rest = text
    }

    mutating func parse() throws(TemplateError) -> Template.Expression {
        let expression = try expression()
        try expect("}")
        return expression
    }

    private mutating func expression() throws(TemplateError) -> Template.Expression {
        skipSpace()
        if rest.first == "'" {
            rest.removeFirst()
            guard let end = rest.firstIndex(of: "'") else { throw TemplateError(message: "the text does not end") }
            defer { rest = rest[rest.index(after: end)...] }
            return .literal(.string(String(rest[..<end])))
        }
        let word = name()
        guard !word.isEmpty else { throw TemplateError(message: "expected a name after '${'") }
        if word.allSatisfy({ $0.isASCII && $0.isNumber }) {
            guard word == "0" || word.first != "0" else {
                throw TemplateError(message: "the number '\(word)' begins with a zero")
            }
            return .literal(.number(word))
        }
        skipSpace()
        if rest.first == "(" {
            guard let function = Template.Function(rawValue: word) else {
                throw Self.unknown("function", word, of: Template.Function.allCases)
            }
            let arguments = try arguments()
            guard function == .default || arguments.count == 1 else {
                throw TemplateError(message: "'\(word)' takes one value, not \(arguments.count)")
            }
            return .call(function, arguments)
        }
        guard let scope = Template.Scope(rawValue: word) else {
            throw Self.unknown("scope", word, of: Template.Scope.allCases)
        }
        var path: [String] = []
        while rest.first == "." {
            rest.removeFirst()
            let part = name()
            guard !part.isEmpty else { throw TemplateError(message: "expected a name after '.'") }
            path.append(part)
        }
        guard !path.isEmpty else { throw TemplateError(message: "'\(word)' needs a name after it: '\(word).…'") }
        return .reference(scope: scope, path: path)
    }

    private mutating func arguments() throws(TemplateError) -> [Template.Expression] {
        try expect("(")
        var arguments = [try expression()]
        skipSpace()
        while rest.first == "," {
            rest.removeFirst()
            arguments.append(try expression())
            skipSpace()
        }
        try expect(")")
        return arguments
    }

    private mutating func expect(_ character: Character) throws(TemplateError) {
        skipSpace()
        guard rest.first == character else { throw TemplateError(message: "expected '\(character)' in '${…}'") }
        rest.removeFirst()
    }

    private mutating func skipSpace() {
        while rest.first == " " { rest.removeFirst() }
    }

    private mutating func name() -> String {
        let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        rest = rest[word.endIndex...]
        return String(word)
    }

    private static func unknown(
        _ kind: String,
        _ word: String,
        of values: [some RawRepresentable<String>]
    ) -> TemplateError {
        let list = values.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        return TemplateError(
            message: "unknown \(kind) '\(word)'; there are \(list)",
            unknown: (word, values.map(\.rawValue))
        )
    }
}

extension Substring {
    /// The start of the first occurrence of `text`.
    fileprivate func firstRange(ofText text: String) -> Index? {
        var index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix(text) { return index }
            formIndex(after: &index)
        }
        return nil
    }
}
