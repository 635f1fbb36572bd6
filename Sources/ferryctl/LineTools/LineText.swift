import FerryCore
import FerryJSON

/// Pieces of the answers' JSON text.
enum LineText {
    /// Appends text as it is.
    static func append(_ text: StaticString, to output: inout [UInt8]) {
        text.withUTF8Buffer { output.append(contentsOf: $0) }
    }

    /// Appends text as a JSON string.
    static func append(string text: String, to output: inout [UInt8]) {
        var text = text
        text.withUTF8 { JSONText.appendString(UnsafeRawBufferPointer($0), into: &output) }
    }

    /// Appends a value that a transform or a path gave.
    static func append(_ kind: ValueKind, _ bytes: [UInt8], to output: inout [UInt8]) {
        switch kind {
        case .missing, .null: append("null", to: &output)
        case .false: append("false", to: &output)
        case .true: append("true", to: &output)
        case .string: bytes.withUnsafeBytes { JSONText.appendString($0, into: &output) }
        case .number: output.append(contentsOf: bytes)
        case .json:
            let start = output.count
            output.append(contentsOf: bytes)
            keepOnOneLine(&output, from: start)
        }
    }

    /// Appends a cell's value.
    static func append(_ cell: Cell, of batch: RecordBatch, to output: inout [UInt8]) {
        let start = output.count
        JSONText.appendCell(cell, of: batch, into: &output)
        if cell.kind == .json { keepOnOneLine(&output, from: start) }
    }

    /// What is wrong with a JSON text; `nil` when nothing is found.
    static func problem(with text: [UInt8], maximumDepth: Int = 512) -> String? {
        do throws(JSONFailure) {
            _ = try JSONValue(parsing: text, maximumDepth: maximumDepth)
            return nil
        } catch {
            return error.message
        }
    }

    // In JSON text a line break is white space between tokens: within a string it would have to be escaped.
    private static func keepOnOneLine(_ output: inout [UInt8], from start: Int) {
        output.withUnsafeMutableBufferPointer { bytes in
            for index in start..<bytes.count where bytes[index] == 0x0A || bytes[index] == 0x0D {
                bytes[index] = 0x20
            }
        }
    }
}
