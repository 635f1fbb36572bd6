import FerryCore
import Logging

/// One line of the log, in parts.
struct LogLine {
    /// How important it is.
    let level: Logger.Level
    /// The line for people: the integration, what happened, and what else there is to know.
    let text: String
    /// The values by name.
    let values: [String: String]

    /// A line out of what was logged and what every line of its logger carries.
    init(_ event: LogEvent, _ metadata: Logger.Metadata) {
        level = event.level
        values = metadata.merging(event.metadata ?? [:]) { $1 }.mapValues { "\($0)" }
        var text = ""
        if let integration = values[LogField.integration] { text += "[\(integration)] " }
        text += "\(event.message)"
        for (key, value) in values.sorted(by: { $0.key < $1.key }) where !Self.unseen.contains(key) {
            text += " \(key)=\(value)"
        }
        self.text = text
    }

    /// A line of this program's own about others.
    init(_ level: Logger.Level, _ text: String, _ values: [String: String]) {
        self.level = level
        self.text = text
        self.values = values
    }

    /// Which notable event it tells of.
    var event: NotableEvent? { values[LogField.event].flatMap(NotableEvent.init) }

    /// The integration stands before the text, the code in it, and an event is for programs.
    private static let unseen: Set<String> = [LogField.integration, LogField.errorCode, LogField.event]
}
