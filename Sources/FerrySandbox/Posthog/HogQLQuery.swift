/// A query in the small part of HogQL that the sandbox understands:
/// `select … from … where … order by … limit …`, with `and`, `or`, comparisons, `toString` and `toDateTime64`.
struct HogQLQuery {
    indirect enum Term {
        case column(String)
        case value(HogQLValue)
        case toString(Term)
        case toTime(Term)

        /// The column that it is, or whose text it is; `nil` for anything else.
        var column: String? {
            switch self {
            case .column(let name): name
            case .toString(let term): term.column
            case .value, .toTime: nil
            }
        }

        /// Whether it is the same for all rows.
        var isConstant: Bool {
            switch self {
            case .value: true
            case .column: false
            case .toString(let term), .toTime(let term): term.isConstant
            }
        }
    }

    indirect enum Condition {
        case compare(Term, String, Term)
        case and([Condition])
        case or([Condition])
    }

    /// What is selected: names of columns, or numbers.
    let columns: [Term]
    let names: [String]
    let table: String?
    let condition: Condition?
    let order: [Term]
    let limit: Int?

    /// Reads a query, with the values that its placeholders stand for.
    ///
    /// - Throws: ``Refusal`` with status 400.
    init(_ text: String, values: [String: HogQLValue]) throws(Refusal) {
        var parser = HogQLParser(try HogQLParser.tokens(of: text), values: values)
        try parser.expect("select")
        var columns: [Term] = []
        var names: [String] = []
        repeat {
            names.append(parser.next)
            columns.append(try parser.term())
        } while parser.take(",")
        self.columns = columns
        self.names = names
        table = parser.take("from") ? try parser.name() : nil
        condition = parser.take("where") ? try parser.condition() : nil
        var order: [Term] = []
        if parser.take("order") {
            try parser.expect("by")
            repeat {
                order.append(try parser.term())
                if !parser.take("asc"), parser.next == "desc" {
                    throw Refusal(400, "the sandbox sorts in ascending order only")
                }
            } while parser.take(",")
        }
        self.order = order
        limit = parser.take("limit") ? try parser.count() : nil
        try parser.expectEnd()
    }
}

/// A value of a column or a query.
enum HogQLValue: Comparable, Sendable {
    case text(String)
    case uuid(String)
    case number(Int)
    /// Microseconds since 1970.
    case time(Int)

    /// Whether two values can be compared: PostHog's database refuses others.
    func isComparable(with other: HogQLValue) -> Bool {
        switch (self, other) {
        case (.text, .text), (.number, .number), (.time, .time): true
        default: false
        }
    }
}

/// Reads a query word by word.
struct HogQLParser {
    private var rest: ArraySlice<String>
    private let values: [String: HogQLValue]

    init(_ tokens: [String], values: [String: HogQLValue]) {
        rest = tokens[...]
        self.values = values
    }

    /// The words and signs of a query; texts keep their opening quotation mark.
    static func tokens(of query: String) throws(Refusal) -> [String] {
        var tokens: [String] = []
        var rest = Substring(query)
        while let first = rest.first {
            if first.isWhitespace {
                rest.removeFirst()
            } else if first == "'" {
                guard let end = rest.dropFirst().firstIndex(of: "'") else { throw Refusal(400, "a text does not end") }
                tokens.append(String(rest[..<end]))
                rest = rest[rest.index(after: end)...]
            } else if first.isLetter || first.isNumber || first == "_" {
                let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
                tokens.append(String(word))
                rest = rest[word.endIndex...]
            } else {
                let sign = [">=", "<=", "!="].first { rest.hasPrefix($0) } ?? String(first)
                tokens.append(sign)
                rest = rest.dropFirst(sign.count)
            }
        }
        return tokens
    }

    /// The next word, or an empty one at the end.
    var next: String { rest.first ?? "" }

    mutating func take(_ word: String) -> Bool {
        guard next.lowercased() == word else { return false }
        rest.removeFirst()
        return true
    }

    mutating func expect(_ word: String) throws(Refusal) {
        guard take(word) else { throw Refusal(400, "expected '\(word)' and not '\(next)'") }
    }

    func expectEnd() throws(Refusal) {
        guard rest.isEmpty else { throw Refusal(400, "the sandbox does not understand '\(next)'") }
    }

    mutating func name() throws(Refusal) -> String {
        guard let word = rest.popFirst(), let first = word.first, first.isLetter || first == "_" else {
            throw Refusal(400, "expected a name")
        }
        return word
    }

    mutating func count() throws(Refusal) -> Int {
        guard let word = rest.popFirst(), let count = Int(word), count > 0 else {
            throw Refusal(400, "expected a number greater than 0")
        }
        return count
    }

    mutating func condition() throws(Refusal) -> HogQLQuery.Condition {
        var parts = [try conjunction()]
        while take("or") { parts.append(try conjunction()) }
        return parts.count == 1 ? parts[0] : .or(parts)
    }

    private mutating func conjunction() throws(Refusal) -> HogQLQuery.Condition {
        var parts = [try comparison()]
        while take("and") { parts.append(try comparison()) }
        return parts.count == 1 ? parts[0] : .and(parts)
    }

    private mutating func comparison() throws(Refusal) -> HogQLQuery.Condition {
        if take("(") {
            let inner = try condition()
            try expect(")")
            return inner
        }
        let left = try term()
        guard let sign = rest.popFirst(), [">", ">=", "<", "<=", "=", "!="].contains(sign) else {
            throw Refusal(400, "expected a comparison")
        }
        return .compare(left, sign, try term())
    }

    mutating func term() throws(Refusal) -> HogQLQuery.Term {
        guard let word = rest.popFirst() else { throw Refusal(400, "the query ends too early") }
        if word == "{" {
            let name = try name()
            try expect("}")
            guard let value = values[name] else { throw Refusal(400, "Placeholder {\(name)} is not available") }
            return .value(value)
        }
        if word.hasPrefix("'") { return .value(.text(String(word.dropFirst()))) }
        if let number = Int(word) { return .value(.number(number)) }
        guard take("(") else { return .column(word) }
        let argument = try term()
        switch word {
        case "toString":
            try expect(")")
            return .toString(argument)
        case "toDateTime64":
            for part in [",", "6", ",", "'utc", ")"] { try expect(part) }
            return .toTime(argument)
        default: throw Refusal(400, "Unsupported function call '\(word)(...)'")
        }
    }
}
