import FerryCore
import FerryJSON

/// The elements of an array in a cell of JSON text.
struct JSONElements {
    /// Where the next element may begin.
    private var index: Int

    /// The elements of an array.
    ///
    /// - Throws: ``TransformError`` if the value is anything else; `transform` is who asks.
    init(_ kind: ValueKind, _ bytes: Span<UInt8>, for transform: String) throws(TransformError) {
        guard kind == .json else {
            throw TransformError("'\(transform)' expects an array, and the value is \(kind.name)")
        }
        let start = Self.trimmed(bytes).lowerBound
        guard start < bytes.count, bytes[start] == UInt8(ascii: "[") else {
            throw TransformError("'\(transform)' expects an array, and the value is an object")
        }
        // Cells hold JSON that was checked when it was read; this is for stores that other programs write to.
        guard bytes.withUnsafeBytes({ JSONText.isValid($0, maximumDepth: .max) }) else {
            throw TransformError("'\(transform)' expects an array, and the value is damaged JSON")
        }
        index = start + 1
    }

    /// Where the next element stands; `nil` behind the last.
    ///
    /// `bytes` is the same valid text as before.
    mutating func next(in bytes: Span<UInt8>) -> Range<Int>? {
        while index < bytes.count, Self.isSpace(bytes[index]) || bytes[index] == UInt8(ascii: ",") { index += 1 }
        guard index < bytes.count, bytes[index] != UInt8(ascii: "]") else { return nil }
        let start = index
        var depth = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""): skipString(in: bytes)
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                index += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                if depth == 0 { return start..<spaceStart(in: bytes, before: index) }
                depth -= 1
                index += 1
            case UInt8(ascii: ",") where depth == 0: return start..<spaceStart(in: bytes, before: index)
            default: index += 1
            }
        }
        return nil
    }

    /// Appends a valid JSON value without space around it as a cell holds it.
    ///
    /// - Throws: ``TransformError`` for a string with an escape that stands for no character.
    static func append(_ value: Span<UInt8>, to output: inout [UInt8]) throws(TransformError) -> ValueKind {
        switch value[0] {
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "t"): return .true
        case UInt8(ascii: "f"): return .false
        case UInt8(ascii: "["), UInt8(ascii: "{"):
            output.append(value)
            return .json
        case UInt8(ascii: "\""):
            let content = value.extracting(1..<value.count - 1)
            if content.withUnsafeBufferPointer({ $0.contains(UInt8(ascii: "\\")) }) {
                do throws(JSONFailure) {
                    let text = try JSONValue(parsing: value.withUnsafeBufferPointer { Array($0) }).string ?? ""
                    output.append(contentsOf: text.utf8)
                } catch {
                    throw TransformError(error.message)
                }
            } else {
                output.append(content)
            }
            return .string
        default:
            output.append(value)
            return .number
        }
    }

    /// The range without JSON's white space at both ends.
    static func trimmed(_ bytes: Span<UInt8>) -> Range<Int> {
        var start = 0
        var end = bytes.count
        while start < end, isSpace(bytes[start]) { start += 1 }
        while end > start, isSpace(bytes[end - 1]) { end -= 1 }
        return start..<end
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    private mutating func skipString(in bytes: Span<UInt8>) {
        index += 1
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
            index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        index += 1
    }

    private func spaceStart(in bytes: Span<UInt8>, before end: Int) -> Int {
        var end = end
        while Self.isSpace(bytes[end - 1]) { end -= 1 }
        return end
    }
}
