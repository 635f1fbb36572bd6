import FerryCore
import Yams

/// Reads one YAML document into nodes with positions.
enum YAMLReader {
    /// More values than this in one file can only come from aliases that multiply.
    private static let valueLimit = 200_000

    /// Parses a file's bytes.
    ///
    /// - Returns: `nil` when the file is empty or cannot be parsed, which is reported.
    static func read(_ bytes: [UInt8], into report: inout Report) -> YAMLNode? {
        var content = bytes[...]
        if content.starts(with: [0xEF, 0xBB, 0xBF]) { content = content.dropFirst(3) }
        guard let text = String(validating: content, as: UTF8.self) else {
            report.error(
                .configSyntax,
                at: firstInvalidPosition(content),
                "the file is not UTF-8 text",
                hint: "save it with the encoding UTF-8"
            )
            return nil
        }
        do {
            let source = try compose(text)
            guard let root = source.root else { return nil }
            var converter = YAMLConverter(renamed: source.renamed, limit: valueLimit)
            let node = converter.convert(root, into: &report)
            if converter.isExhausted {
                report.error(
                    .configSyntax,
                    at: .start,
                    "the file's aliases expand to more than \(valueLimit) values",
                    hint: "write fewer aliases of aliases"
                )
                return nil
            }
            return node
        } catch {
            YAMLSyntaxError.report(error, in: text, into: &report)
            return nil
        }
    }

    /// Composes the document, going on past duplicate keys.
    ///
    /// The parser gives up at a repeated key and says where it stood first. Each time, that first one is renamed in
    /// place, to as many characters of a private kind, so that all positions stay; the converter knows their names.
    private static func compose(_ original: String) throws -> (root: Node?, renamed: [String: String]) {
        var text = original
        var renamed: [String: String] = [:]
        while true {
            do {
                return (try Yams.compose(yaml: text, .basic, .default, .utf8), renamed)
            } catch YamlError.duplicatedKeysInMapping(let duplicates, let context) {
                guard let key = duplicates.first, renamed.count < 1000,
                    let mask = Unicode.Scalar(0xE000 + UInt32(renamed.count)),
                    let replaced = text.replacing(key, at: context.mark, with: mask)
                else { throw YamlError.duplicatedKeysInMapping(duplicates: duplicates, context: context) }
                renamed[replaced.name] = key
                text = replaced.text
            }
        }
    }

    private static func firstInvalidPosition(_ bytes: ArraySlice<UInt8>) -> Position {
        let lossy = String(decoding: bytes, as: UTF8.self)
        var position = Position.start
        for scalar in lossy.unicodeScalars {
            if scalar == "\u{FFFD}" { break }
            position = scalar == "\n" ? Position(line: position.line + 1, column: 1) : position.advanced(by: 1)
        }
        return position
    }
}

extension String {
    /// The text with the key that begins at `mark` replaced by as many `mask`s.
    fileprivate func replacing(
        _ key: String,
        at mark: Mark,
        with mask: Unicode.Scalar
    ) -> (text: String, name: String)? {
        var scalars = Array(unicodeScalars)
        var line = 1
        var start = 0
        while line < mark.line, start < scalars.count {
            if scalars[start] == "\n" { line += 1 }
            start += 1
        }
        start += mark.column - 1
        guard start < scalars.count else { return nil }
        if scalars[start] == "'" || scalars[start] == "\"" { start += 1 }
        let length = key.unicodeScalars.count
        // A key written with escapes, or after an anchor, is not found like this; the caller reports it as it is.
        guard length > 0, start + length <= scalars.count,
            scalars[start..<(start + length)].elementsEqual(key.unicodeScalars)
        else { return nil }
        let name = [Unicode.Scalar](repeating: mask, count: length)
        scalars.replaceSubrange(start..<(start + length), with: name)
        return (String(String.UnicodeScalarView(scalars)), String(String.UnicodeScalarView(name)))
    }
}
