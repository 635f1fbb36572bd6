import Glibc

/// What a client may do.
package enum Role: Sendable, Comparable {
    /// May see how the daemon, the integrations and the jobs are; never settings or data.
    case reader
    /// May do everything.
    case admin

    /// The role of a client by its credentials.
    ///
    /// - Parameter groups: The groups of the peer's user; asked for only when they decide.
    package static func role(
        of peer: PeerCredentials,
        daemonUser: UInt32,
        adminGroup: UInt32?,
        groups: (PeerCredentials) -> [UInt32]
    ) -> Role {
        if peer.user == 0 || peer.user == daemonUser { return .admin }
        guard let adminGroup else { return .reader }
        return peer.group == adminGroup || groups(peer).contains(adminGroup) ? .admin : .reader
    }
}

/// Who asks.
struct Client: Sendable {
    /// What they may do.
    var role: Role
    /// The number of their user.
    var user: UInt32
}

/// Who is at the other end of a unix socket: the kernel's `struct ucred` (unix(7)), which the client cannot forge.
package struct PeerCredentials: Sendable, Equatable {
    /// The process.
    package var process: Int32
    /// The user.
    package var user: UInt32
    /// The user's primary group at the time of the connection.
    package var group: UInt32

    /// Credentials.
    package init(process: Int32, user: UInt32, group: UInt32) {
        self.process = process
        self.user = user
        self.group = group
    }
}

/// What the system's user database knows; every look-up may block.
enum UserDatabase {
    /// The number of the group with the name.
    static func number(ofGroup name: String) -> UInt32? {
        var record = group()
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64 << 10) { buffer in
            var found: UnsafeMutablePointer<group>?
            guard let scratch = buffer.baseAddress,
                getgrnam_r(name, &record, scratch, buffer.count, &found) == 0, let found
            else { return nil }
            return found.pointee.gr_gid
        }
    }

    /// The groups of the peer's user, its primary group included; empty when the user is unknown.
    static func groups(of peer: PeerCredentials) -> [UInt32] {
        var record = passwd()
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64 << 10) { buffer in
            var found: UnsafeMutablePointer<passwd>?
            guard let scratch = buffer.baseAddress,
                getpwuid_r(peer.user, &record, scratch, buffer.count, &found) == 0, let found
            else { return [] }
            // The kernel's own limit on supplementary groups (NGROUPS_MAX).
            var groups = [gid_t](repeating: 0, count: 65536)
            var count = CInt(groups.count)
            guard let name = found.pointee.pw_name,
                getgrouplist(name, found.pointee.pw_gid, &groups, &count) >= 0
            else { return [] }
            return Array(groups.prefix(Int(count)))
        }
    }
}
