import FerryCore
import Synchronization

/// The tokens of all services of a process: what one job has been given, others use as well.
///
/// Refresh tokens that a service has replaced are kept in a directory, since they are good for nothing else than to go on
/// from where one was.
public final class TokenStore: Sendable {
    private let directory: String?
    private let holders = Mutex<[String: TokenHolder]>([:])

    /// A store.
    ///
    /// - Parameter directory: where refresh tokens are kept; `nil` where they cannot be, so that they cannot be used.
    public init(directory: String?) {
        self.directory = directory
    }

    /// What is known of the tokens that are given for `credential` at `url`.
    func holder(url: String, credential: String) -> TokenHolder {
        let key = AccountFingerprint(salt: []).key(url: url, credential: "\(url) \(credential)").rawValue
        return holders.withLock { holders in
            if let holder = holders[key] { return holder }
            let name = key.split(separator: " ").last ?? ""
            let holder = TokenHolder(file: directory.map { RefreshTokenFile(directory: $0, name: String(name)) })
            holders[key] = holder
            return holder
        }
    }
}

/// The token that is given for one credential: asked for once, however many jobs want it.
final class TokenHolder: Sendable {
    private struct State {
        var current: AccessToken?
        /// Whether somebody is asking for a token.
        var isAsking = false
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
        var lastWaiting = 0
        /// What was given and could not be kept: it must not be lost, since what it replaces is good for nothing.
        var unsaved: TokenAnswer?
        /// All tokens of late, for whoever takes them out of texts.
        var seen: [String] = []
    }

    /// How many tokens are remembered.
    private static let maximumSeen = 8

    /// Where the refresh token is kept that replaces the configured one.
    let file: RefreshTokenFile?
    private let state = Mutex(State())

    init(file: RefreshTokenFile?) {
        self.file = file
    }

    /// The tokens that may stand in texts.
    var seen: [String] { state.withLock { $0.seen } }

    /// Remembers a text that must not be seen.
    func hide(_ text: String) {
        state.withLock { state in
            guard !state.seen.contains(text) else { return }
            state.seen.append(text)
            if state.seen.count > Self.maximumSeen { state.seen.removeFirst() }
        }
    }

    /// Forgets a token that the service refused, unless there is another one by now.
    func forget(_ text: String) {
        state.withLock { state in
            if state.current?.text == text { state.current = nil }
        }
    }

    /// The token in use, or the one that `ask` gives: of several who want one at once, the first asks.
    func token(isFresh: (AccessToken) -> Bool, ask: () async throws -> TokenAnswer) async throws -> AccessToken {
        while true {
            let (current, isMine) = state.withLock { state -> (AccessToken?, Bool) in
                if let current = state.current, isFresh(current) { return (current, false) }
                guard !state.isAsking else { return (nil, false) }
                state.isAsking = true
                return (nil, true)
            }
            if let current { return current }
            if isMine { break }
            await turn()
            try Task.checkCancellation()
        }
        defer { passOn() }
        let unsaved = state.withLock { $0.unsaved }
        let answer: TokenAnswer
        if let unsaved {
            answer = unsaved
        } else {
            answer = try await ask()
            hide(answer.access.text)
        }
        if let refresh = answer.refresh {
            hide(refresh)
            state.withLock { $0.unsaved = answer }
            // Durable before it is used: what it replaces may be good for nothing by now.
            try file?.save(refresh)
        }
        state.withLock { state in
            state.unsaved = nil
            state.current = answer.access
        }
        return answer.access
    }

    /// Waits until whoever asks has an answer, or until the task is cancelled.
    private func turn() async {
        let number = state.withLock { state in
            state.lastWaiting += 1
            return state.lastWaiting
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    guard state.isAsking, !Task.isCancelled else { return true }
                    state.waiting[number] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: number) }?.resume()
        }
    }

    /// Wakes those who wait: they find a token, or the first of them asks.
    private func passOn() {
        let waiting = state.withLock { state in
            defer { state.waiting = [:] }
            state.isAsking = false
            return state.waiting.values
        }
        for continuation in waiting { continuation.resume() }
    }
}
