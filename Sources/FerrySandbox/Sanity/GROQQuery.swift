/// A query in the small part of GROQ that the sandbox understands: `*[…] | order(…) [0...n]{…}` and `count(*[…])`, with
/// comparisons, `in`, `path("….**")`, `!`, `&&` and `||`.
struct GROQQuery {
    indirect enum Term {
        case field(String)
        case value(GROQValue)
    }

    indirect enum Condition {
        case compare(Term, String, Term)
        case isIn(Term, [GROQValue])
        case isBelow(Term, prefix: String)
        case not(Condition)
        case and([Condition])
        case or([Condition])
    }

    /// Whether only the number of documents is asked for.
    let isCount: Bool
    let condition: Condition
    let order: [(field: String, isAscending: Bool)]
    let limit: Int?
    /// The fields that are given; `nil` for whole documents.
    let projection: [String]?

    /// Reads a query, with the values of its parameters.
    ///
    /// - Throws: ``GROQError``.
    init(_ text: String, parameters: [String: GROQValue]) throws(GROQError) {
        var parser = try GROQParser(text, parameters: parameters)
        isCount = parser.take("count")
        if isCount { try parser.expect("(") }
        try parser.expect("*")
        try parser.expect("[")
        condition = try parser.condition()
        try parser.expect("]")
        var order: [(field: String, isAscending: Bool)] = []
        if !isCount, parser.take("|") {
            try parser.expect("order")
            try parser.expect("(")
            repeat {
                let field = try parser.name()
                let isDescending = parser.take("desc")
                if !isDescending { _ = parser.take("asc") }
                order.append((field, !isDescending))
            } while parser.take(",")
            try parser.expect(")")
        }
        self.order = order
        if !isCount, parser.take("[") {
            guard try parser.count() == 0 else { throw parser.failure("the sandbox gives slices from 0 on only") }
            try parser.expect("...")
            limit = try parser.count()
            try parser.expect("]")
        } else {
            limit = nil
        }
        if !isCount, parser.take("{") {
            var fields: [String] = []
            repeat { fields.append(try parser.name()) } while parser.take(",")
            try parser.expect("}")
            projection = fields
        } else {
            projection = nil
        }
        if isCount { try parser.expect(")") }
        try parser.expectEnd()
    }

    /// All documents whose identifiers come after one, by identifier: what an export goes through.
    init(after id: String) {
        isCount = false
        condition = .compare(.field("_id"), ">", .value(.text(id)))
        order = [("_id", true)]
        limit = nil
        projection = nil
    }

    /// Whether a document meets the condition.
    func holds(_ document: SanityDocument) -> Bool { Self.holds(condition, document) }

    /// Whether a document comes before another one.
    func precedes(_ left: SanityDocument, _ right: SanityDocument) -> Bool {
        for (field, isAscending) in order {
            let (first, second) = (left.value(field), right.value(field))
            if first.isLess(than: second) == true { return isAscending }
            if second.isLess(than: first) == true { return !isAscending }
        }
        return false
    }

    /// The conditions that must all be met.
    private var parts: [Condition] {
        if case .and(let parts) = condition { return parts }
        return [condition]
    }

    /// The identifier of the only document that can meet the condition, if it names one.
    var onlyID: String? {
        for case .compare(.field("_id"), "==", .value(.text(let id))) in parts { return id }
        return nil
    }

    /// What a field must not be less than to meet the condition, if it says so.
    func lowerBound(of field: String) -> String? {
        for case .compare(.field(field), let sign, .value(.text(let bound))) in parts where [">", ">="].contains(sign) {
            return bound
        }
        return nil
    }

    /// The order that is asked for, where documents are kept in it.
    var knownOrder: SanityDocuments.Order? {
        guard order.allSatisfy(\.isAscending) else { return nil }
        switch order.map(\.field) {
        case ["_id"]: return .byID
        case ["_updatedAt", "_id"]: return .byTime
        default: return nil
        }
    }

    private static func holds(_ condition: Condition, _ document: SanityDocument) -> Bool {
        switch condition {
        case .and(let parts): return parts.allSatisfy { holds($0, document) }
        case .or(let parts): return parts.contains { holds($0, document) }
        case .not(let part): return !holds(part, document)
        case .isIn(let term, let values): return values.contains(value(of: term, document))
        case .isBelow(let term, let prefix):
            guard case .text(let text) = value(of: term, document) else { return false }
            return text.hasPrefix(prefix)
        case .compare(let left, let sign, let right):
            let (left, right) = (value(of: left, document), value(of: right, document))
            switch sign {
            case "==": return left == right
            case "!=": return left != right
            case ">": return right.isLess(than: left) ?? false
            case "<": return left.isLess(than: right) ?? false
            case ">=": return left.isLess(than: right).map(!) ?? false
            default: return right.isLess(than: left).map(!) ?? false
            }
        }
    }

    private static func value(of term: Term, _ document: SanityDocument) -> GROQValue {
        switch term {
        case .field(let name): document.value(name)
        case .value(let value): value
        }
    }
}

/// A value of a field, a literal or a parameter.
enum GROQValue: Equatable {
    case null
    case boolean(Bool)
    case number(Double)
    case text(String)
    case list([GROQValue])
    /// An object, of which the sandbox asks nothing.
    case other

    init(_ value: SanityValue) {
        switch value {
        case .array(let elements): self = .list(elements.map { GROQValue($0) })
        case .object: self = .other
        case .literal("null"): self = .null
        case .literal("true"): self = .boolean(true)
        case .literal("false"): self = .boolean(false)
        case .literal(let text): self = value.string.map { .text($0) } ?? Double(text).map { .number($0) } ?? .other
        }
    }

    /// Whether it comes before another value of its kind; `nil` for values of different kinds, which cannot be compared.
    func isLess(than other: GROQValue) -> Bool? {
        switch (self, other) {
        // By code points, which is also the order of UTF-8's bytes.
        case (.text(let left), .text(let right)): left.utf8.lexicographicallyPrecedes(right.utf8)
        case (.number(let left), .number(let right)): left < right
        default: nil
        }
    }
}

/// A query that the service does not understand, and where.
struct GROQError: Error {
    let description: String
    let start: Int
    let end: Int
}
