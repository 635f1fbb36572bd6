import FerryAPI
import FerryTesting
import Foundation
import Glibc
import Synchronization

/// The end of systemd: a datagram socket that hears what a service says of itself (sd_notify(3)).
final class NotifySocket: Sendable {
    /// What `NOTIFY_SOCKET` is to be.
    let path: String
    private let descriptor: CInt
    private let heard = Mutex<[String]>([])

    /// Opens the socket in a world's folder.
    convenience init(in world: FerryWorld) throws {
        try self.init(at: "\(world.folder.path)/notify")
    }

    /// Opens a socket at a path.
    init(at path: String) throws {
        self.path = path
        descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue), 0)
        let bound = withUnixAddress(path) { bind(descriptor, $0, $1) }
        guard bound == 0 else { throw NeverHappened(description: "no socket at \(path): errno \(errno)") }
    }

    deinit {
        close(descriptor)
    }

    /// All lines heard so far, oldest first.
    var lines: [String] { messages.flatMap { $0.split(separator: "\n").map(String.init) } }

    /// All messages heard so far, oldest first.
    var messages: [String] {
        var buffer = [UInt8](repeating: 0, count: 8192)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            let text = String(decoding: buffer[..<count], as: UTF8.self)
            heard.withLock { $0.append(text) }
        }
        return heard.withLock { $0 }
    }

    /// Waits for a line that begins like this.
    ///
    /// - Returns: the rest of the last one.
    @discardableResult
    func wait(for start: String, count: Int = 1) async throws -> String {
        try await eventually("systemd hears \(start)") { lines.count { $0.hasPrefix(start) } >= count }
        return String(lines.last { $0.hasPrefix(start) }?.dropFirst(start.count) ?? "")
    }
}
