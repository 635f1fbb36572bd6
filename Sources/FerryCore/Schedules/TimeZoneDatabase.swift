import Glibc

/// A time zone that is not to be had.
public struct TimeZoneError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong, for people.
    public let message: String
    /// What to do next, for people.
    public let hint: String

    /// The message with its hint.
    public var description: String { "\(message) (\(hint))" }
}

extension TimeZoneRules {
    /// Coordinated Universal Time.
    public static let utc = TimeZoneRules(name: "UTC", file: TimeZoneFile(footer: TimeZoneFooter(offset: 0)))

    /// Reads a zone from the system's tz database: from the directory in `$TZDIR`, else from `/usr/share/zoneinfo`.
    ///
    /// `UTC` is known even where there is no database.
    public init(named name: String) throws(TimeZoneError) {
        guard Self.isName(name) else {
            throw TimeZoneError(
                message: "'\(name)' is not the name of a time zone",
                hint: "write a name of the tz database, such as Europe/Berlin or UTC"
            )
        }
        guard let bytes = Self.read("\(Self.directory)/\(name)") else {
            if name == "UTC" {
                self = .utc
                return
            }
            throw Self.read("\(Self.directory)/UTC") == nil
                ? TimeZoneError(
                    message: "the time zone '\(name)' cannot be read, since there is no tz database on this machine",
                    hint: "install the package tzdata"
                )
                : TimeZoneError(
                    message: "unknown time zone '\(name)'",
                    hint: "'timedatectl list-timezones' lists the names, which are case-sensitive: Europe/Berlin; "
                        + "old ones such as US/Eastern may need the package tzdata-legacy"
                )
        }
        self.init(name: name, file: try Self.parse(bytes, name: name))
    }

    /// The host's zone: `$TZ`, else `/etc/localtime`, else UTC.
    ///
    /// A `$TZ` that means nothing is UTC, as for the C library.
    public static func host() -> TimeZoneRules {
        readHost() ?? .utc
    }

    /// The host's zone, or `nil` where there is no `$TZ` and `/etc/localtime` cannot be read.
    public static func readHost() -> TimeZoneRules? {
        if let pointer = getenv("TZ") {
            return variable(String(cString: pointer))
        }
        return local("/etc/localtime")
    }

    /// The zone that a value of `$TZ` means: a name, a file, or a rule of POSIX, the former two after an optional colon.
    package static func variable(_ value: String) -> TimeZoneRules {
        let text = value.hasPrefix(":") ? String(value.dropFirst()) : value
        if text.isEmpty { return .utc }
        if text.hasPrefix("/") { return local(text) ?? .utc }
        // No zone of the database is a rule with a number in it that means something else, except that it has
        // `EST5EDT` and its like, with their history.
        if let zone = try? TimeZoneRules(named: text) { return zone }
        return TimeZoneFooter(parsing: text).map { TimeZoneRules(name: text, file: TimeZoneFile(footer: $0)) } ?? .utc
    }

    /// The zone in a file outside of the database, named after the place in the database that it links to.
    private static func local(_ path: String) -> TimeZoneRules? {
        // A zone that cannot be read is UTC: the host's own programs see it so, too.
        guard let bytes = read(path), let file = try? TimeZoneFile(parsing: bytes) else { return nil }
        var name = path
        if let resolved = realpath(path, nil) {
            let target = String(cString: resolved)
            free(resolved)
            for directory in [directory, "/usr/share/zoneinfo"] where target.hasPrefix(directory + "/") {
                name = String(target.dropFirst(directory.count + 1))
                break
            }
        }
        return TimeZoneRules(name: name, file: file)
    }

    private static func parse(_ bytes: [UInt8], name: String) throws(TimeZoneError) -> TimeZoneFile {
        do {
            return try TimeZoneFile(parsing: bytes)
        } catch {
            throw switch error {
            case .countsLeapSeconds:
                TimeZoneError(
                    message: "the time zone '\(name)' counts leap seconds, which this machine's clock does not",
                    hint: "leave 'right/' out of the name"
                )
            case .malformed:
                TimeZoneError(
                    message: "the file of the time zone '\(name)' is not one of the tz database's",
                    hint: "write a name such as Europe/Berlin; if that fails as well, reinstall the package tzdata"
                )
            }
        }
    }

    private static var directory: String {
        guard let pointer = getenv("TZDIR"), pointer.pointee != 0 else { return "/usr/share/zoneinfo" }
        return String(cString: pointer)
    }

    /// Whether a name stays inside of the database's directory.
    private static func isName(_ name: String) -> Bool {
        let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return parts.allSatisfy { part in
            guard let first = part.first, first != UInt8(ascii: ".") else { return false }
            return part.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "-"),
                    UInt8(ascii: "."):
                    true
                default: false
                }
            }
        }
    }

    /// The bytes of a regular file of at most 1 MiB; the largest zone has 4 KiB.
    private static func read(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= 1 << 20 else {
            return nil
        }
        let size = Int(status.st_size)
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let got = Glibc.read(descriptor, buffer.baseAddress.map { $0 + count }, size - count)
                guard got > 0 else {
                    if got < 0, errno == EINTR { continue }
                    return
                }
                count += got
            }
        }
        return bytes.count == size ? bytes : nil
    }
}
