import FerryCore
import FerryJSON

/// `split`: the parts of a string as an array.
///
/// `"red,green"` becomes `["red", "green"]`, `","` two empty strings, and the empty string the empty array. `split: "; "`
/// and `split: { by: "; " }` are the same. Options:
/// - `by` (`,`): what stands between the parts.
/// - `trim` (false): takes white space off each part.
struct Split: Transform {
    let isOneWay = true
    private let separator: LiteralPattern
    private let trims: Bool

    init(_ options: TransformOptions) throws(TransformReferenceError) {
        let options = options.named("by")
        try options.allow(["by", "trim"])
        let separator = try options.text("by", default: ",", "a string that is not empty") { !$0.isEmpty }
        self.separator = LiteralPattern(separator)
        trims = try options.flag("trim", default: false)
    }

    func apply(
        _ kind: ValueKind,
        _ bytes: Span<UInt8>,
        into output: inout [UInt8]
    ) throws(TransformError) -> ValueKind {
        guard try kind.isText(for: "split") else { return kind }
        guard bytes.withUnsafeBytes({ JSONText.isValidUTF8($0) }) else {
            throw .notUTF8
        }
        output.append(UInt8(ascii: "["))
        if !bytes.isEmpty {
            var start = 0
            while let match = separator.firstMatch(in: bytes, from: start) {
                append(bytes.extracting(start..<match.lowerBound), to: &output)
                output.append(UInt8(ascii: ","))
                start = match.upperBound
            }
            append(bytes.extracting(start..<bytes.count), to: &output)
        }
        output.append(UInt8(ascii: "]"))
        return .json
    }

    private func append(_ part: Span<UInt8>, to output: inout [UInt8]) {
        let part = trims ? part.extracting(Whitespace.trimmed(part)) : part
        part.withUnsafeBytes { JSONText.appendString($0, into: &output) }
    }
}
