import FerryCore

/// `lookup`: another value for each that is known.
///
/// `lookup: { map: { "1": draft, "2": live }, default: unknown }` makes `2` and `"2"` `"live"`, and `7` `"unknown"`.
/// Options:
/// - `map`: the values by what is looked up, a string to the byte, a number's literal, `true` or `false`.
/// - `default`: the value of all others; without it they are refused. `default: null` makes them null.
///
/// Null stays null.
struct Lookup: Transform {
    private struct Entry: Sendable {
        let key: [UInt8]
        let value: Constant
    }

    let isOneWay = true
    /// Sorted by key, so that a value is found without a copy of it.
    private let entries: [Entry]
    private let fallback: Constant?

    init(_ options: TransformOptions) throws(TransformReferenceError) {
        try options.allow(["map", "default"])
        guard let map = options.any("map") else { throw options.missing("map", "an object of the known values") }
        guard case .object(let members) = map, !members.isEmpty else {
            throw options.invalid("map", "an object with at least one member")
        }
        var values: [[UInt8]: JSONValue] = [:]
        for member in members { values[Array(member.key.utf8)] = member.value }
        entries = values.map { Entry(key: $0.key, value: Constant($0.value)) }
            .sorted { $0.key.lexicographicallyPrecedes($1.key) }
        fallback = options.any("default").map(Constant.init)
    }

    func apply(
        _ kind: ValueKind,
        _ bytes: Span<UInt8>,
        into output: inout [UInt8]
    ) throws(TransformError) -> ValueKind {
        let found: Constant?
        switch kind {
        case .null, .missing: return kind
        case .string, .number: found = value(of: bytes)
        case .true: found = value(of: Array("true".utf8).span)
        case .false: found = value(of: Array("false".utf8).span)
        case .json:
            throw TransformError("'lookup' expects a string, number or boolean, and the value is \(kind.name)")
        }
        guard let value = found ?? fallback else {
            throw TransformError("the map of 'lookup' does not have the value, and there is no default")
        }
        return value.append(to: &output)
    }

    private func value(of key: Span<UInt8>) -> Constant? {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            switch Self.order(of: entries[middle].key, key) {
            case 0: return entries[middle].value
            case ..<0: low = middle + 1
            default: high = middle
            }
        }
        return nil
    }

    /// Negative if `left` comes first, 0 if both are the same.
    private static func order(of left: [UInt8], _ right: Span<UInt8>) -> Int {
        for index in 0..<min(left.count, right.count) where left[index] != right[index] {
            return Int(left[index]) - Int(right[index])
        }
        return left.count - right.count
    }
}
