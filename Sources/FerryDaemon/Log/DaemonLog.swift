import FerryCore
import Glibc
public import Logging

/// The log of a daemon: systemd's journal in its own protocol where the standard error is the journal, text elsewhere.
public struct DaemonLog: LogHandler {
    /// Values that every line carries.
    public var metadata: Logger.Metadata = [:]
    /// The least important level that is written.
    public var logLevel: Logger.Level
    private let output: @Sendable (LogLine) -> Void
    private let limiter: RepeatLimiter

    /// A log for this process.
    public init(level: Logger.Level) {
        let text = TextLog()
        let isJournal = Journal.isStandardError
        self.init(level: level, limiter: RepeatLimiter()) { line in
            // A line that the journal does not take is better there than nowhere.
            if !isJournal || !Journal.send(line) { text.write(line) }
        }
    }

    init(level: Logger.Level, limiter: RepeatLimiter, output: @escaping @Sendable (LogLine) -> Void) {
        logLevel = level
        self.output = output
        self.limiter = limiter
    }

    /// One of the values that every line carries.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one line, unless it was written too often just now.
    public func log(event: LogEvent) {
        let line = LogLine(event, metadata)
        for line in limiter.admit(line) { output(line) }
        // Nobody is there to say it later.
        if line.event == .daemonStopped { for line in limiter.flush() { output(line) } }
    }
}
