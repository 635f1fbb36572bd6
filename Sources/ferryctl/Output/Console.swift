import FerryAPI
import Glibc

/// Where a command writes: knows whether people watch and whether they want colour.
struct Console {
    /// The colours, by what they mean.
    enum Style: String {
        case good = "32"
        case bad = "31"
        case notable = "33"
        case faint = "2"
        case strong = "1"
    }

    let descriptor: Int32
    /// Whether it is a terminal, where a line may be rewritten.
    let isTerminal: Bool
    private let hasColour: Bool

    init(descriptor: Int32 = STDOUT_FILENO) {
        self.descriptor = descriptor
        isTerminal = isatty(descriptor) == 1
        // https://no-color.org: set and not empty, whatever its value.
        let refusesColour = getenv("NO_COLOR").map { $0.pointee != 0 } ?? false
        hasColour = isTerminal && !refusesColour
    }

    /// The text in a colour, if there are colours.
    func styled(_ text: String, _ style: Style?) -> String {
        guard hasColour, let style else { return text }
        return "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m"
    }

    /// Writes a line.
    func line(_ text: String) { Self.write(text + "\n", to: descriptor) }

    /// Writes what programs read: `{"data": …}`.
    func json(_ payload: some Encodable & Sendable) throws {
        line(String(decoding: try WireFormat.encode(Envelope(data: payload)), as: UTF8.self))
    }

    /// Writes over the line that the cursor is on.
    func rewrite(_ text: String) { Self.write("\r\u{1B}[K" + text, to: descriptor) }

    /// Writes an error and its hint.
    func show(_ error: ErrorBody) {
        line("\(styled("error:", .bad)) \(error.message) [\(error.code)]")
        if let hint = error.hint { line("\(styled("hint:", .notable)) \(hint)") }
    }

    /// Writes all of the text, however many calls it takes.
    static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            // Nobody reads any more (`ferryctl jobs | head`): there is nobody to tell, either.
            guard written > 0 else { return }
            bytes = bytes.dropFirst(written)
        }
    }
}
