import CSystemd
import FerryCore
import Glibc
import Logging

/// systemd's journal, written to in its own protocol, so that each value is a field that can be searched by
/// (sd_journal_send(3), systemd.journal-fields(7)).
enum Journal {
    /// Whether this process' standard error goes to the journal, as `$JOURNAL_STREAM` says (systemd.exec(5)).
    static var isStandardError: Bool {
        guard let stream = getenv("JOURNAL_STREAM") else { return false }
        var information = stat()
        guard fstat(STDERR_FILENO, &information) == 0 else { return false }
        // Somebody who redirects it wants the lines there.
        guard String(cString: stream) == "\(information.st_dev):\(information.st_ino)" else { return false }
        // What is sent to a journal that is not there is lost without a word.
        return access("/run/systemd/journal/socket", W_OK) == 0
    }

    /// Writes one line.
    ///
    /// - Returns: whether the journal has taken it.
    static func send(_ line: LogLine) -> Bool {
        let texts = fields(of: line).map { Array("\($0.name)=\($0.value)".utf8) }
        let sizes = texts.map(\.count)
        let all = texts.flatMap { $0 }
        let status = all.withUnsafeBytes { bytes in
            var start = 0
            let parts = sizes.map { size in
                defer { start += size }
                // The journal only reads what an `iovec` points to, which is declared for both directions.
                return iovec(
                    iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress.map { $0 + start }),
                    iov_len: size
                )
            }
            return sd_journal_sendv(parts, CInt(parts.count))
        }
        return status >= 0
    }

    /// A line's fields.
    static func fields(of line: LogLine) -> [(name: String, value: String)] {
        var fields = [
            (name: "MESSAGE", value: line.text),
            (name: "PRIORITY", value: "\(priority(of: line.level))"),
            (name: "SYSLOG_IDENTIFIER", value: "ferryd"),
        ]
        if let event = line.event { fields.append((name: "MESSAGE_ID", value: event.messageID)) }
        for (key, value) in line.values.sorted(by: { $0.key < $1.key }) where key != LogField.event {
            fields.append((name: name(of: key), value: value))
        }
        return fields
    }

    /// The priority of a level (sd-daemon(3)).
    static func priority(of level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }

    /// A field's name: capitals, digits and underscores, and 64 characters at most.
    private static func name(of key: String) -> String {
        if key == LogField.errorCode { return "ERROR_CODE" }
        let letters = key.uppercased().unicodeScalars.map { scalar in
            ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar) ? Character(scalar) : "_"
        }
        return "FERRY_" + String(letters.prefix(58))
    }
}
