import FerryCore
import Yams

/// Turns the parser's tree into ours: names restored, duplicates reported, merge keys (`<<`) merged.
struct YAMLConverter {
    /// The keys that were renamed to get past a duplicate, by their present names.
    let renamed: [String: String]
    private let limit: Int
    private var count = 0

    init(renamed: [String: String], limit: Int) {
        self.renamed = renamed
        self.limit = limit
    }

    /// Whether the document has more values than anybody writes.
    var isExhausted: Bool { count > limit }

    mutating func convert(_ node: Node, into report: inout Report) -> YAMLNode {
        count += 1
        let position = node.mark.map { Position(line: $0.line, column: $0.column) } ?? .start
        guard !isExhausted else { return YAMLNode(content: .scalar("", isPlain: true), position: position) }
        switch node {
        case .scalar(let scalar): return convert(scalar, at: position)
        case .sequence(let sequence):
            let elements = sequence.map { convert($0, into: &report) }
            return YAMLNode(content: .sequence(elements), position: position)
        case .mapping(let mapping):
            return YAMLNode(content: .mapping(entries(of: mapping, into: &report)), position: position)
        case .alias:
            // The composer puts what an alias stands for in its place.
            return YAMLNode(content: .scalar("", isPlain: true), position: position)
        }
    }

    private func convert(_ scalar: Node.Scalar, at position: Position) -> YAMLNode {
        let isTagged = scalar.style == .plain && scalar.tag.description == Tag.Name.str.rawValue
        let offset: Int? =
            switch scalar.style {
            case .plain: 0
            case .singleQuoted, .doubleQuoted: 1
            default: nil
            }
        return YAMLNode(
            content: .scalar(scalar.string, isPlain: scalar.style == .plain && !isTagged),
            position: position,
            // An anchor or a tag stands where the scalar begins.
            textOffset: scalar.anchor == nil && !isTagged ? offset : nil
        )
    }

    private mutating func entries(of mapping: Node.Mapping, into report: inout Report) -> [YAMLNode.Entry] {
        var entries: [YAMLNode.Entry] = []
        var merged: [YAMLNode.Entry] = []
        var lines: [String: Int] = [:]
        for (keyNode, valueNode) in mapping {
            guard !isExhausted else { break }
            let key = convert(keyNode, into: &report)
            guard case .scalar(let written, _) = key.content else {
                report.error(.configSyntax, at: key.position, "a key must be a string, not \(key.kindName)")
                continue
            }
            let value = convert(valueNode, into: &report)
            if written == "<<", keyNode.scalar?.style == .plain {
                merged += mergedEntries(of: value, into: &report)
                continue
            }
            let name = renamed[written] ?? written
            if let line = lines[name] {
                report.error(
                    .configDuplicateKey,
                    at: key.position,
                    "'\(name)' is already set in line \(line)",
                    hint: "remove one of the two"
                )
                continue
            }
            lines[name] = key.position.line
            entries.append(YAMLNode.Entry(key: name, keyPosition: key.position, value: value))
        }
        for entry in merged where lines[entry.key] == nil {
            lines[entry.key] = entry.keyPosition.line
            entries.append(entry)
        }
        return entries
    }

    private func mergedEntries(of value: YAMLNode, into report: inout Report) -> [YAMLNode.Entry] {
        switch value.content {
        case .mapping(let entries): return entries
        case .sequence(let elements): return elements.flatMap { mergedEntries(of: $0, into: &report) }
        case .scalar:
            report.error(.configSyntax, at: value.position, "'<<' merges mappings, not \(value.kindName)")
            return []
        }
    }
}
