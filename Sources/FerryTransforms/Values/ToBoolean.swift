import FerryCore

/// `to_boolean`: the words that people write for true and false.
///
/// | Value | Becomes |
/// |---|---|
/// | `true`, `1`, `"true"`, `"t"`, `"yes"`, `"y"`, `"on"`, `"1"` | `true` |
/// | `false`, `0`, `"false"`, `"f"`, `"no"`, `"n"`, `"off"`, `"0"` | `false` |
///
/// Case does not matter, nor does white space around the word. Anything else, the empty string too, is refused.
struct ToBoolean: Transform {
    let isOneWay = true

    init(_ options: TransformOptions) throws(TransformReferenceError) {
        try options.allow([])
    }

    func apply(
        _ kind: ValueKind,
        _ bytes: Span<UInt8>,
        into output: inout [UInt8]
    ) throws(TransformError) -> ValueKind {
        switch kind {
        case .null, .missing, .true, .false: return kind
        case .number:
            guard bytes.count == 1 else { break }
            if bytes[0] == UInt8(ascii: "1") { return .true }
            if bytes[0] == UInt8(ascii: "0") { return .false }
        case .string:
            if let value = Self.value(of: bytes.extracting(Whitespace.trimmed(bytes))) { return value ? .true : .false }
        case .json: break
        }
        throw TransformError(
            "'to_boolean' expects true, false, yes, no, on, off, 1 or 0, and the value is "
                + (kind == .string || kind == .number ? "another \(kind.name.dropFirst(2))" : kind.name)
        )
    }

    private static func value(of word: Span<UInt8>) -> Bool? {
        // Longer than all words below.
        guard word.count <= 5 else { return nil }
        // A 1 in front, so that a zero byte counts.
        var letters: UInt64 = 1
        for index in word.indices { letters = letters << 8 | UInt64(Self.lowercase(word[index])) }
        for (name, value) in words where name == letters { return value }
        return nil
    }

    private static func lowercase(_ byte: UInt8) -> UInt8 {
        byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
    }

    /// The words, each as the number that its bytes make.
    private static let words: [(UInt64, Bool)] = [
        ("true", true), ("t", true), ("yes", true), ("y", true), ("on", true), ("1", true), ("false", false),
        ("f", false), ("no", false), ("n", false), ("off", false), ("0", false),
    ].map { word, value in (word.utf8.reduce(1) { $0 << 8 | UInt64($1) }, value) }
}
