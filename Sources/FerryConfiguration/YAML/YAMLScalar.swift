import FerryCore

/// What a plain scalar means by the core schema of YAML 1.2.2, §10.3.2: `no` and `1.10` in places that want text stay
/// text, because only who asks for a number gets one.
enum YAMLScalar {
    /// The value of a plain scalar.
    static func value(of text: String) -> JSONValue {
        switch text {
        case "", "~", "null", "Null", "NULL": .null
        case "true", "True", "TRUE": .bool(true)
        case "false", "False", "FALSE": .bool(false)
        default: number(text).map(JSONValue.number) ?? .string(text)
        }
    }

    /// Whether the text is one of the numbers that JSON does not have: infinities and not-a-number.
    static func isUnrepresentable(_ text: String) -> Bool {
        let unsigned = text.first == "+" || text.first == "-" ? text.dropFirst() : Substring(text)
        return [".inf", ".Inf", ".INF"].contains(unsigned) || [".nan", ".NaN", ".NAN"].contains(text)
    }

    /// The JSON literal of a YAML number, every digit kept.
    private static func number(_ text: String) -> String? {
        // The standard initializer would also take a sign after the prefix.
        if text.hasPrefix("0x"), !text.contains("+") { return UInt64(text.dropFirst(2), radix: 16).map { String($0) } }
        if text.hasPrefix("0o"), !text.contains("+") { return UInt64(text.dropFirst(2), radix: 8).map { String($0) } }
        var rest = Substring(text)
        var literal = ""
        if let sign = rest.first, sign == "-" || sign == "+" {
            rest.removeFirst()
            if sign == "-" { literal = "-" }
        }
        let whole = takeDigits(&rest)
        var fraction = Substring()
        if rest.first == "." {
            rest.removeFirst()
            fraction = takeDigits(&rest)
        }
        guard !whole.isEmpty || !fraction.isEmpty else { return nil }
        let significant = whole.drop { $0 == "0" }
        literal += significant.isEmpty ? "0" : String(significant)
        if !fraction.isEmpty { literal += "." + fraction }
        if let exponent = rest.first, exponent == "e" || exponent == "E" {
            rest.removeFirst()
            literal += "e"
            if let sign = rest.first, sign == "-" || sign == "+" {
                literal.append(sign)
                rest.removeFirst()
            }
            let digits = takeDigits(&rest)
            guard !digits.isEmpty else { return nil }
            literal += digits
        }
        return rest.isEmpty ? literal : nil
    }

    private static func takeDigits(_ text: inout Substring) -> Substring {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        text = text[digits.endIndex...]
        return digits
    }
}
