import FerryCore

/// A value of the options, as cells hold it.
struct Constant: Sendable {
    private let kind: ValueKind
    private let bytes: [UInt8]

    init(_ value: JSONValue) {
        switch value {
        case .null: (kind, bytes) = (.null, [])
        case .bool(let value): (kind, bytes) = (value ? .true : .false, [])
        case .number(let literal): (kind, bytes) = (.number, Array(literal.utf8))
        case .string(let value): (kind, bytes) = (.string, Array(value.utf8))
        case .array, .object: (kind, bytes) = (.json, Array(value.compactText.utf8))
        }
    }

    /// Appends the value's bytes and returns its kind.
    func append(to output: inout [UInt8]) -> ValueKind {
        output.append(contentsOf: bytes)
        return kind
    }
}
