package import FerryCore

/// Transforms as somebody names them on a command line: `slugify`, `truncate:80`, `slugify:{max_length: 20}`,
/// `trim,slugify`, or what a file says under `transform`, such as `[trim, {truncate: 80}]`.
package enum TransformArgument {
    /// Reads the argument; whether there are such transforms is for the catalogue to say.
    package static func parse(_ text: String) throws(TransformArgumentError) -> [TransformReference] {
        let trimmed = text.trimmingPrefix { $0 == " " }
        if trimmed.hasPrefix("[") || trimmed.hasPrefix("{") {
            let decoded = try read(text) { node, report in
                TransformShape.shape.decode(node, "the transform", &report)?.map(\.value)
            }
            return decoded ?? []
        }
        var references: [TransformReference] = []
        for part in parts(of: text) {
            let colon = part.firstIndex(of: ":") ?? part.endIndex
            let name = part[..<colon].split(separator: " ")
            guard name.count == 1 else {
                throw TransformArgumentError(
                    message: "'\(text)' does not name a transform",
                    hint: "write slugify, 'truncate: 80' or trim,slugify; put options with a comma into quotation marks"
                )
            }
            var reference = TransformReference(name: String(name[0]))
            if colon < part.endIndex {
                let options = String(part[part.index(after: colon)...])
                reference.options =
                    try read(options) { node, report in
                        ValueShape.json.decode(node, "the options of '\(reference.name)'", &report)
                    } ?? .null
            }
            references.append(reference)
        }
        return references
    }

    private static func read<Value>(
        _ text: String,
        _ decode: (YAMLNode, inout Report) -> Value?
    ) throws(TransformArgumentError) -> Value? {
        var report = Report(file: text)
        let value = YAMLReader.read(Array(text.utf8), into: &report).flatMap { decode($0, &report) }
        guard let problem = report.sorted.first(where: { $0.severity == .error }) else { return value }
        throw TransformArgumentError(message: "'\(text)' cannot be read: \(problem.message)", hint: problem.hint)
    }

    /// Splits at the commas that stand neither in brackets nor in quotation marks.
    private static func parts(of text: String) -> [Substring] {
        var depth = 0
        var quote: Character?
        var parts: [Substring] = []
        var start = text.startIndex
        for index in text.indices {
            let character = text[index]
            if let open = quote {
                if character == open { quote = nil }
                continue
            }
            switch character {
            case "'", "\"": quote = character
            case "[", "{": depth += 1
            case "]", "}": depth -= 1
            case "," where depth == 0:
                parts.append(text[start..<index])
                start = text.index(after: index)
            default: break
            }
        }
        parts.append(text[start...])
        return parts
    }
}

/// An argument that does not name transforms.
package struct TransformArgumentError: Error {
    /// What is wrong, for people.
    package let message: String
    /// What to write instead.
    package let hint: String?
}
