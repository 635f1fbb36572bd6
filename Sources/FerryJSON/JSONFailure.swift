/// JSON text that cannot be read, or paths that cannot be read or written as JSON.
public struct JSONFailure: Error, Sendable, CustomStringConvertible {
    /// What is wrong and where, for people; holds no values of the document.
    public let message: String
    /// The offset in bytes of the first wrong byte; 0 where the failure is not about a place.
    public let offset: Int
    /// Whether the text may be good JSON, but is nested more deeply than the reader was told to go.
    public let isTooDeep: Bool

    /// A failure.
    public init(message: String, offset: Int, isTooDeep: Bool = false) {
        self.message = message
        self.offset = offset
        self.isTooDeep = isTooDeep
    }

    /// The message.
    public var description: String { message }
}

/// A failure inside the scanner: two words, so that throwing functions on the hot path stay free of strings.
struct Fault: Error {
    enum Reason: UInt8 {
        case unexpectedEnd
        case expectedValue
        case expectedKey
        case expectedColon
        case expectedCommaOrEnd
        case trailingBytes
        case tooDeep
        case invalidUTF8
        case controlCharacter
        case invalidEscape
        case invalidNumber
        case loneSurrogate
        case outsidePage
        case tooLarge

        var sentence: String {
            switch self {
            case .unexpectedEnd: "the JSON ends too early"
            case .expectedValue: "expected a JSON value"
            case .expectedKey: "expected a quoted member name"
            case .expectedColon: "expected ':' after a member name"
            case .expectedCommaOrEnd: "expected ',' or the end of the object or array"
            case .trailingBytes: "the JSON goes on after its end"
            case .tooDeep: "the JSON is nested too deeply"
            case .invalidUTF8: "the JSON holds bytes that are not UTF-8"
            case .controlCharacter: "a string holds a control character that is not escaped"
            case .invalidEscape: "a string holds an unknown escape"
            case .invalidNumber: "a number is malformed"
            case .loneSurrogate: "a string holds a lone surrogate escape, which UTF-8 cannot represent,"
            case .outsidePage: "a record does not lie inside its page"
            case .tooLarge: "the page is larger than 4 GiB"
            }
        }
    }

    let reason: Reason
    let offset: Int

    init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    /// The failure for people.
    var failure: JSONFailure {
        JSONFailure(message: "\(reason.sentence) at byte \(offset)", offset: offset, isTooDeep: reason == .tooDeep)
    }
}
