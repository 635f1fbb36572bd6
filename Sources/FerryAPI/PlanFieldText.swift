import FerryCore

/// A field of a plan in one line: its value, or what it holds now and what it would hold.
struct PlanFieldText {
    /// The longest text that is shown of a value.
    private static let width = 60
    /// How much of what two long values have in common is shown before they part.
    private static let lead = 12

    private let field: JSONValue

    init(_ field: JSONValue) {
        self.field = field
    }

    var text: String {
        let new = value("new")
        switch field["oldIs"]?.string {
        case "none": return Self.shown(new, from: 0)
        case "unknown": return "(not known) → \(Self.shown(new, from: 0))"
        default:
            let old = value("old")
            // Where both are long, what differs may be far from the beginning.
            let common = zip(old, new).prefix { $0 == $1 }.count
            let start = max(old.count, new.count) > Self.width ? max(0, common - Self.lead) : 0
            return "\(Self.shown(old, from: start)) → \(Self.shown(new, from: start))"
        }
    }

    private func value(_ key: String) -> [Unicode.Scalar] {
        let text =
            switch field[key + "Is"]?.string {
            case "missing": "(nothing)"
            case "beginning": WireFormat.text(field[key] ?? .null) + "…"
            default: WireFormat.text(field[key] ?? .null)
            }
        return Array(PlanText.clean(text).unicodeScalars)
    }

    private static func shown(_ scalars: [Unicode.Scalar], from start: Int) -> String {
        let start = min(start, max(0, scalars.count - width))
        var text = String.UnicodeScalarView(scalars[start..<min(start + width, scalars.count)])
        if start > 0 { text.insert("…", at: text.startIndex) }
        if scalars.count > start + width { text.append("…") }
        return String(text)
    }
}
