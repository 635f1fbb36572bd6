import FerryCore

/// How a stream's cursor values are compared, and moved back in time.
struct CursorOrder: Sendable {
    let type: CursorDescription.ValueType

    /// A value to compare by.
    enum Key: Comparable {
        case time(CursorTime)
        case number(DecimalKey)
        case text([UInt8])

        static func < (left: Key, right: Key) -> Bool {
            switch (left, right) {
            case (.time(let left), .time(let right)): left < right
            case (.number(let left), .number(let right)): left < right
            case (.text(let left), .text(let right)): left.lexicographicallyPrecedes(right)
            // One type of cursor makes one kind of key.
            default: false
            }
        }
    }

    /// What a value is compared by; `nil` when it is not of the cursor's type.
    func key(of value: JSONValue?) -> Key? {
        switch (type, value) {
        case (.timestamp, .string(let text)): CursorTime(text).map { .time($0) }
        case (.string, .string(let text)): .text(Array(text.utf8))
        case (.unixSeconds, .number(let text)), (.unixMilliseconds, .number(let text)), (.number, .number(let text)),
            (.unixSeconds, .string(let text)), (.unixMilliseconds, .string(let text)), (.number, .string(let text)):
            DecimalKey(text).map { .number($0) }
        default: nil
        }
    }

    /// The whole seconds since 1970 that a value stands for; `nil` where values are no times, or none of this world.
    func seconds(of value: JSONValue) -> Int? {
        let seconds: Int? =
            switch type {
            case .timestamp: value.string.flatMap { CursorTime($0)?.seconds }
            case .unixSeconds: Self.whole(value)
            case .unixMilliseconds: Self.whole(value).map { $0.flooredDivision(by: 1000).quotient }
            case .number, .string: nil
            }
        // Far from an overflow in what is counted with it.
        return seconds.flatMap { $0.magnitude < 1 << 47 ? $0 : nil }
    }

    /// The value that stands for whole seconds since 1970, written as `value` is; `nil` where values are no times.
    func value(ofSeconds seconds: Int, like value: JSONValue) -> JSONValue? {
        switch type {
        case .timestamp: value.string.flatMap { CursorTime($0) }.map { .string($0.text(ofSeconds: seconds)) }
        case .unixSeconds: Self.number(seconds, like: value)
        case .unixMilliseconds: Self.number(seconds * 1000, like: value)
        case .number, .string: nil
        }
    }

    /// A number's whole part, rounded down.
    private static func whole(_ value: JSONValue) -> Int? {
        guard case .number(let text) = value.string.map({ .number($0) }) ?? value else { return nil }
        if let number = Int(text) { return number }
        return Double(text).flatMap { Int(exactly: $0.rounded(.down)) }
    }

    private static func number(_ number: Int, like value: JSONValue) -> JSONValue {
        value.string == nil ? .integer(number) : .string(String(number))
    }
}
