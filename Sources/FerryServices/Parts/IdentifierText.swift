/// How identifiers are written that are made of several values.
///
/// Between two of them stands a bar, which is `%7C` inside of one: what begins alike is of one part, and nothing else is.
enum IdentifierText {
    /// A value as it stands in an identifier.
    static func escaped(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "|") || $0 == UInt8(ascii: "%") }) else { return text }
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "|": escaped += "%7C"
            case "%": escaped += "%25"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// What the identifiers begin with that have these values first.
    static func prefix(_ values: [String]) -> String {
        values.map { escaped($0) + "|" }.joined()
    }
}
