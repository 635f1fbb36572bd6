import FerryCore

/// Documents made of what is hard to read.
enum RandomJSON {
    private static let numbers = [
        "0", "-0", "1", "-1.5", "1e400", "9007199254740993", "18446744073709551616", "0.1234567890123456789012345",
        "1E-7",
    ]
    private static let pieces = [
        "a", "plain text", "\"", "\\", "/", "\n", "\u{0}", "\u{1F}", "\u{7F}", "é", "e\u{301}", "€", "😹", "\u{10FFFF}",
        "\u{2028}", "{", "}", "[", "]", ",", ":", "\\u0041", "twelve bytes",
    ]

    static func string(using random: inout SeededRandom) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0...6, using: &random) {
            text += pieces[Int.random(in: 0..<pieces.count, using: &random)]
        }
        return text
    }

    static func scalar(using random: inout SeededRandom) -> JSONValue {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: .null
        case 1: .bool(Bool.random(using: &random))
        case 2, 3: .number(numbers[Int.random(in: 0..<numbers.count, using: &random)])
        default: .string(string(using: &random))
        }
    }

    static func value(depth: Int, using random: inout SeededRandom) -> JSONValue {
        guard depth > 0 else { return scalar(using: &random) }
        let count = Int.random(in: 0...4, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0, 1:
            return .array((0..<count).map { _ in value(depth: depth - 1, using: &random) })
        case 2, 3:
            return .object(
                (0..<count).map { _ in
                    .init(key: string(using: &random), value: value(depth: depth - 1, using: &random))
                }
            )
        default:
            return scalar(using: &random)
        }
    }

    /// The text with white space wherever JSON allows it.
    static func spaced(_ text: String, using random: inout SeededRandom) -> String {
        func space() -> String {
            let spaces = ["", "", " ", "\n", "\r\n", "\t", "            ", "\n        "]
            return spaces[Int.random(in: 0..<spaces.count, using: &random)]
        }
        var output = space()
        var isInString = false
        var isEscaped = false
        for scalar in text.unicodeScalars {
            let isStructural = !isInString && "{}[],:".unicodeScalars.contains(scalar)
            if isStructural { output += space() }
            output.unicodeScalars.append(scalar)
            if isStructural { output += space() }
            if isEscaped {
                isEscaped = false
            } else if isInString && scalar == "\\" {
                isEscaped = true
            } else if scalar == "\"" {
                isInString.toggle()
            }
        }
        return output + space()
    }
}
