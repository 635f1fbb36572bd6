/// What a field's value is, in JSON's terms.
public enum ValueKind: UInt8, Sendable {
    /// There is no value at the path. Not the same as `null`: a missing value leaves its destination alone.
    case missing
    /// JSON's `null`.
    case null
    /// JSON's `false`.
    case `false`
    /// JSON's `true`.
    case `true`
    /// A number, kept as its literal so that no digit is lost.
    case number
    /// A string's content: UTF-8 with all escapes resolved, without quotation marks.
    case string
    /// An object or an array, kept as its JSON text.
    case json

    /// What to call the kind in a sentence for people.
    public var name: String {
        switch self {
        case .missing: "a missing value"
        case .null: "null"
        case .false, .true: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .json: "an object or array"
        }
    }
}
