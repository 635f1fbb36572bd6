/// Text in the format that Prometheus reads (Prometheus text exposition format, version 0.0.4).
struct MetricsText {
    /// What kind of figure a family holds.
    enum Kind: String {
        /// Only ever grows, until the program starts anew.
        case counter
        /// Goes up and down.
        case gauge
        /// Counts observations by their size.
        case histogram
    }

    /// Names and values, in the order in which they are written.
    typealias Labels = [(name: String, value: String)]

    /// The text so far.
    private(set) var text = ""

    /// Begins a family: its samples follow.
    mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(kind.rawValue)\n"
    }

    /// One sample of the family that was begun last.
    mutating func sample(_ name: String, _ labels: Labels = [], _ value: Double) {
        text += name
        if !labels.isEmpty {
            text += "{"
            for (index, label) in labels.enumerated() {
                text += "\(index > 0 ? "," : "")\(label.name)=\"\(Self.escaped(label.value, quotes: true))\""
            }
            text += "}"
        }
        text += " \(Self.number(value))\n"
    }

    /// One sample of the family that was begun last.
    mutating func sample(_ name: String, _ labels: Labels = [], _ value: Int) {
        sample(name, labels, Double(value))
    }

    private static func number(_ value: Double) -> String {
        if value == .infinity { return "+Inf" }
        // Beyond 2^53 a whole number is no longer told exactly in any way of writing it.
        return value.rounded() == value && abs(value) < 0x1p53 ? "\(Int64(value))" : "\(value)"
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for character in text {
            switch character {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.append(character)
            }
        }
        return result
    }
}
