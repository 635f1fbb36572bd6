import FerryCore

/// `replace`: puts one text in the place of another, everywhere.
///
/// `replace: { pattern: "&", with: "and" }` makes `"salt & pepper"` `"salt and pepper"`. Options:
/// - `pattern`: what is looked for, as it stands, in time that grows with the text only.
/// - `with` (nothing): what takes its place.
/// - `regex` (false): `pattern` is a regular expression of Swift's, in which `.` is one code point, and `with` may name
///   groups: `{ pattern: '(\d+) ?mm', with: "$1 millimetres", regex: true }`; `$0` is the whole match, `$$` a dollar
///   sign. Such an expression tries all ways to match: one like `(a+)+b` can take very long on a text that does not
///   match, so keep repetitions out of repetitions.
struct Replace: Transform {
    private enum Method: Sendable {
        case literal(LiteralPattern, with: [UInt8])
        case expression(RegularExpression)
    }

    let isOneWay = true
    private let method: Method

    init(_ options: TransformOptions) throws(TransformReferenceError) {
        try options.allow(["pattern", "with", "regex"])
        guard options.any("pattern") != nil else { throw options.missing("pattern", "the text that is replaced") }
        let pattern = try options.text("pattern", default: "", "a string that is not empty") { !$0.isEmpty }
        let replacement = try options.text("with", default: "", "a string") { _ in true }
        if try options.flag("regex", default: false) {
            guard let expression = RegularExpression(pattern, with: replacement) else {
                throw options.invalid("pattern", "a valid regular expression")
            }
            method = .expression(expression)
        } else {
            method = .literal(LiteralPattern(pattern), with: Array(replacement.utf8))
        }
    }

    func apply(
        _ kind: ValueKind,
        _ bytes: Span<UInt8>,
        into output: inout [UInt8]
    ) throws(TransformError) -> ValueKind {
        guard try kind.isText(for: "replace") else { return kind }
        switch method {
        case .literal(let pattern, let replacement):
            var written = 0
            while let match = pattern.firstMatch(in: bytes, from: written) {
                output.append(bytes.extracting(written..<match.lowerBound))
                output.append(contentsOf: replacement)
                written = match.upperBound
            }
            output.append(bytes.extracting(written..<bytes.count))
        case .expression(let expression):
            try expression.replace(in: bytes, into: &output)
        }
        return .string
    }
}
