import FoundationEssentials
import Glibc
public import Logging
import Synchronization

/// Writes log lines to standard error: for people on a terminal, with journald's priorities elsewhere.
public struct StandardErrorLog: LogHandler {
    /// Values that every line carries.
    public var metadata: Logger.Metadata = [:]
    /// The least important level that is written.
    public var logLevel: Logger.Level
    private let isJournal: Bool
    private let isColored: Bool

    /// A handler; under systemd each line begins with its priority (sd-daemon(3)).
    public init(level: Logger.Level) {
        logLevel = level
        isJournal = getenv("JOURNAL_STREAM") != nil
        isColored = isatty(STDERR_FILENO) == 1 && getenv("NO_COLOR") == nil
    }

    /// One of the values that every line carries.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one line.
    public func log(event: LogEvent) {
        let values = metadata.merging(event.metadata ?? [:]) { $1 }
        var line = ""
        if isJournal {
            line += "<\(Self.priority(of: event.level))>"
        } else {
            line += Self.time() + " " + label(of: event.level) + " "
        }
        if let integration = values["integration"] { line += "[\(integration)] " }
        line += "\(event.message)"
        for (key, value) in values.sorted(by: { $0.key < $1.key }) where key != "integration" {
            line += " \(key)=\(value)"
        }
        // One write, so that lines of different threads do not mix.
        let text = line.replacing("\n", with: "\n    ") + "\n"
        _ = text.utf8CString.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count - 1) }
    }

    private func label(of level: Logger.Level) -> String {
        let name = level.rawValue.uppercased()
        guard isColored else { return name }
        switch level {
        case .error, .critical: return "\u{1B}[31m\(name)\u{1B}[0m"
        case .warning: return "\u{1B}[33m\(name)\u{1B}[0m"
        default: return "\u{1B}[2m\(name)\u{1B}[0m"
        }
    }

    private static func priority(of level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }

    private static func time() -> String {
        var seconds = time_t(Date().timeIntervalSince1970)
        var parts = tm()
        localtime_r(&seconds, &parts)
        let pad = { (value: Int32) in value < 10 ? "0\(value)" : "\(value)" }
        return "\(pad(parts.tm_hour)):\(pad(parts.tm_min)):\(pad(parts.tm_sec))"
    }
}

extension String {
    fileprivate func replacing(_ separator: Character, with text: String) -> String {
        split(separator: separator, omittingEmptySubsequences: false).joined(separator: text)
    }
}
