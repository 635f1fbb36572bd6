import CSystemd
import FerryCore

/// The socket that systemd listens on in the daemon's place (sd_listen_fds(3), systemd.socket(5)).
///
/// systemd keeps it over a restart: whoever asks meanwhile waits, and is answered by the next daemon.
enum InheritedSocket {
    /// The descriptor of the socket, for this process alone and not for those that it may start; `nil` when it was not
    /// passed one.
    ///
    /// - Throws: ``SyncFailure`` when it was passed several.
    static func take() throws -> Int32? {
        let count = sd_listen_fds(1)
        guard count != 0 else { return nil }
        guard count == 1 else {
            throw SyncFailure(
                .config,
                .configInvalidValue,
                count > 1
                    ? "systemd has passed \(count) sockets, and ferryd answers on one."
                    : "The sockets that systemd has passed cannot be told from $LISTEN_FDS and $LISTEN_PID.",
                hint: "Leave one ListenStream= in ferryd.socket."
            )
        }
        return ferry_sd_listen_fds_start
    }
}
