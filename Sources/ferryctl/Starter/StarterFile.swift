/// An integration's file whose values are filled in, with its comments left where they are.
struct StarterFile {
    private var lines: [String]

    init(_ text: String) {
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    var text: String { lines.joined(separator: "\n") }

    /// Sets a key of the file's top level.
    mutating func set(_ key: String, to value: String) {
        guard let index = lines.firstIndex(where: { $0.hasPrefix("\(key):") }) else {
            lines.insert("\(key): \(value)", at: 0)
            return
        }
        lines[index] = Self.line(lines[index], "\(key): \(value)")
    }

    /// Sets a key of `config`: where it stands, where it stands in a comment, or else at the end.
    mutating func setSetting(_ key: String, to value: String) {
        guard let start = lines.firstIndex(where: { $0.hasPrefix("config:") }) else { return }
        let end = lines[(start + 1)...].firstIndex { !$0.isEmpty && !$0.hasPrefix(" ") } ?? lines.endIndex
        let block = (start + 1)..<end
        for prefix in ["  \(key):", "  # \(key):"] {
            guard let index = block.first(where: { lines[$0].hasPrefix(prefix) }) else { continue }
            lines[index] = Self.line(lines[index], "  \(key): \(value)")
            // A value in lines of its own, such as a list, ends where the next key begins.
            let below = lines[(index + 1)..<end].prefix { $0.hasPrefix("   ") }
            lines.removeSubrange(below.startIndex..<below.endIndex)
            return
        }
        let last = block.last { !lines[$0].isEmpty } ?? start
        lines.insert("  \(key): \(value)", at: last + 1)
    }

    /// What a key of `config` says in the file, whether in a comment or not.
    func setting(_ key: String) -> String? {
        let line = lines.first { $0.hasPrefix("  \(key): ") }
        return line.map { line in
            let value = line.dropFirst(key.count + 4)
            return String(Self.comment(of: line).map { _ in value[..<Self.end(ofValue: value)] } ?? value)
        }
    }

    /// A line in another one's place, with its comment.
    private static func line(_ old: String, _ new: String) -> String {
        guard let comment = comment(of: old) else { return new }
        let column = old.count - comment.count
        return new + String(repeating: " ", count: max(1, column - new.count)) + comment
    }

    /// The comment behind a line's value.
    private static func comment(of line: String) -> Substring? {
        // A whole line may be a comment that holds a setting.
        guard let colon = line.firstIndex(of: ":") else { return nil }
        let rest = line[colon...]
        let end = end(ofValue: rest)
        guard let mark = rest[end...].firstIndex(of: "#") else { return nil }
        return rest[mark...]
    }

    /// Where a value ends: before the white space and the sign that begin a comment, but not within quotation marks.
    private static func end(ofValue text: Substring) -> Substring.Index {
        var isQuoted = false
        var index = text.startIndex
        while index < text.endIndex {
            if text[index] == "\"" { isQuoted.toggle() }
            if !isQuoted, text[index] == " ", text[index...].drop(while: { $0 == " " }).first == "#" { return index }
            text.formIndex(after: &index)
        }
        return text.endIndex
    }
}
