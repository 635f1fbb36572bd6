/// A piece of a JSON document's text.
package enum JSONToken {
    /// A bracket, a comma or a colon.
    case punctuation(Unicode.Scalar)
    /// `null`, `true`, `false` or a number's literal.
    case word(String)
    /// A string's content, or a key.
    case string(String)
}

extension JSONValue {
    /// Calls `body` with the document's tokens in order.
    ///
    /// Open containers wait in an array: a document's depth must not be the machine stack's.
    package func forEachToken(_ body: (JSONToken) -> Void) {
        var open: [(container: JSONValue, next: Int)] = []
        var current = self
        while true {
            switch current {
            case .null: body(.word("null"))
            case .bool(let value): body(.word(value ? "true" : "false"))
            case .number(let literal): body(.word(literal))
            case .string(let value): body(.string(value))
            case .array:
                body(.punctuation("["))
                open.append((current, 0))
            case .object:
                body(.punctuation("{"))
                open.append((current, 0))
            }
            guard let value = Self.next(in: &open, body) else { return }
            current = value
        }
    }

    /// The next value that has not been written, after the brackets that end before it; `nil` at the end.
    private static func next(
        in open: inout [(container: JSONValue, next: Int)],
        _ body: (JSONToken) -> Void
    ) -> JSONValue? {
        while let last = open.indices.last {
            let place = open[last].next
            open[last].next += 1
            switch open[last].container {
            case .array(let elements) where place < elements.count:
                if place > 0 { body(.punctuation(",")) }
                return elements[place]
            case .object(let members) where place < members.count:
                if place > 0 { body(.punctuation(",")) }
                body(.string(members[place].key))
                body(.punctuation(":"))
                return members[place].value
            case .array: body(.punctuation("]"))
            default: body(.punctuation("}"))
            }
            open.removeLast()
        }
        return nil
    }
}
