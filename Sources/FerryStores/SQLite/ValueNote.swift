import FerryCore
import FerryJSON

/// What must be kept beside a stored value so that it is read back as it was written.
///
/// A note is one character, or `=` and a number's literal. It counts only as long as it fits what is stored, so that
/// whoever edits an owned table by hand need not know of notes.
enum ValueNote {
    /// 0 or 1 is a boolean, in a column of others; in a key, `true` or `false` is.
    static let boolean = UInt8(ascii: "b")
    /// A text is JSON.
    static let json = UInt8(ascii: "j")
    /// NULL means that there was no value.
    static let missing = UInt8(ascii: "m")
    /// A text is a number's literal; 0 or 1 is a number in a column of booleans.
    static let number = UInt8(ascii: "n")
    /// A text is a string, though it looks like what the column usually holds.
    static let string = UInt8(ascii: "s")
    /// The literal that follows is how the stored real number was written.
    static let literal = UInt8(ascii: "=")
}

/// The notes of one row, as the `_ferry` column holds them: a JSON object by the columns' names.
struct RowNotes {
    /// The columns' names as JSON strings.
    private let names: [[UInt8]]
    /// The notes of the current row; empty where there is none.
    private var values: [[UInt8]]
    private var isEmpty = true

    init(columns: [String]) {
        names = columns.map { Array(JSONValue.string($0).serialized.utf8) }
        values = Array(repeating: [], count: columns.count)
    }

    subscript(column: Int) -> [UInt8] { values[column] }

    mutating func clear() {
        guard !isEmpty else { return }
        for index in values.indices where !values[index].isEmpty { values[index].removeAll(keepingCapacity: true) }
        isEmpty = true
    }

    // MARK: Writing

    /// Appends a note's text to an object that is being written; ``finish(_:)`` ends it.
    func append(_ note: UInt8, literal: UnsafeRawBufferPointer? = nil, of column: Int, to text: inout [UInt8]) {
        text.append(text.isEmpty ? UInt8(ascii: "{") : UInt8(ascii: ","))
        text.append(contentsOf: names[column])
        text.append(UInt8(ascii: ":"))
        text.append(UInt8(ascii: "\""))
        text.append(note)
        if let literal { text.append(contentsOf: literal) }
        text.append(UInt8(ascii: "\""))
    }

    // MARK: Reading

    /// Takes the notes in; what somebody has spoilt is no note.
    mutating func read(_ text: UnsafeRawBufferPointer) {
        isEmpty = false
        guard !readCompact(text) else { return }
        for index in values.indices { values[index].removeAll(keepingCapacity: true) }
        guard JSONText.isValidUTF8(text), let document = try? JSONValue(parsing: Array(text)),
            case .object(let members) = document
        else { return }
        for member in members {
            let name = Array(JSONValue.string(member.key).serialized.utf8)
            if let column = names.firstIndex(of: name), let value = member.value.string {
                values[column] = Array(value.utf8)
            }
        }
    }

    /// Reads the form that Ferry itself writes, without building a document.
    private mutating func readCompact(_ text: UnsafeRawBufferPointer) -> Bool {
        guard text.first == UInt8(ascii: "{"), text.last == UInt8(ascii: "}") else { return false }
        var offset = 1
        while true {
            guard let nameEnd = endOfString(text, from: offset) else { return false }
            guard nameEnd + 2 < text.count, text[nameEnd] == UInt8(ascii: ":") else { return false }
            guard let end = endOfString(text, from: nameEnd + 1), end < text.count else { return false }
            let value = text[(nameEnd + 2)..<(end - 1)]
            guard !value.contains(UInt8(ascii: "\\")) else { return false }
            let name = text[offset..<nameEnd]
            if let column = names.firstIndex(where: { $0.elementsEqual(name) }) {
                values[column].removeAll(keepingCapacity: true)
                value.withMemoryRebound(to: UInt8.self) { values[column].append(contentsOf: $0) }
            }
            if text[end] == UInt8(ascii: "}") { return end + 1 == text.count }
            guard text[end] == UInt8(ascii: ",") else { return false }
            offset = end + 1
        }
    }

    /// The offset after the closing quotation mark of a string that begins at `start`.
    private func endOfString(_ text: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard start < text.count, text[start] == UInt8(ascii: "\"") else { return nil }
        var offset = start + 1
        while offset < text.count {
            if text[offset] == UInt8(ascii: "\"") { return offset + 1 }
            offset += text[offset] == UInt8(ascii: "\\") ? 2 : 1
        }
        return nil
    }
}
