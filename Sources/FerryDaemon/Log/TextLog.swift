import FoundationEssentials
import Glibc
import Logging

/// Writes log lines to standard error: for people on a terminal, with journald's priorities under systemd.
struct TextLog: Sendable {
    private let isJournal: Bool
    private let isColored: Bool

    /// Under systemd each line begins with its priority (sd-daemon(3)).
    init() {
        isJournal = getenv("JOURNAL_STREAM") != nil
        isColored = isatty(STDERR_FILENO) == 1 && getenv("NO_COLOR") == nil
    }

    /// Writes one line.
    func write(_ line: LogLine) {
        let start =
            isJournal ? "<\(Journal.priority(of: line.level))>" : "\(Self.time()) \(label(of: line.level)) "
        // One write, so that lines of different threads do not mix.
        let text = (start + line.text).replacing("\n", with: "\n    ") + "\n"
        _ = text.utf8CString.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count - 1) }
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
