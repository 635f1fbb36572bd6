import CCurl
import Glibc
import Synchronization

/// libcurl's multi handle and the one thread that works it.
///
/// `@unchecked Sendable` holds because every call on the multi handle and on every easy handle is made by the thread
/// that `run()` is the body of. Others only put transfers into the inbox, which a mutex guards, and wake the thread:
/// `curl_multi_wakeup` is the one call that libcurl allows from any thread, and it is made with the inbox locked and
/// not closed, so never after the handle is gone. `active` and `idle` are touched by that thread alone.
final class TransferLoop: @unchecked Sendable {
    private struct Inbox {
        var submitted: [Transfer] = []
        var cancelled: [Transfer] = []
        /// Nothing is taken in any more.
        var isClosed = false
    }

    private static let curlIsReady = ferry_curl_global_init() == CURLE_OK
    private static let maximumIdleHandles = 16

    private let inbox = Mutex(Inbox())
    private let options: HTTPClientOptions
    private let multi: UnsafeMutableRawPointer?
    private var active: [UnsafeMutableRawPointer: Transfer] = [:]
    private var idle: [TransferHandle] = []

    /// Starts the thread, which ends with `shutdown()`.
    init(options: HTTPClientOptions) {
        self.options = options
        multi = Self.curlIsReady ? curl_multi_init() : nil
        guard let multi else {
            inbox.withLock { $0.isClosed = true }
            return
        }
        ferry_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, max(1, options.maximumIdleConnections))
        guard !start() else { return }
        inbox.withLock { $0.isClosed = true }
        curl_multi_cleanup(multi)
    }

    /// Hands a transfer to the thread; `continuation` is resumed exactly once, whatever happens.
    func submit(_ transfer: Transfer, resuming continuation: CheckedContinuation<HTTPResponse, any Error>) {
        transfer.attach(continuation)
        let isTaken = post { $0.submitted.append(transfer) }
        if !isTaken { transfer.finish(.failure(shutDown(transfer))) }
    }

    /// Asks the thread to abort a transfer, which may not have been submitted yet or be long over.
    func cancel(_ transfer: Transfer) {
        transfer.isCancelled.store(true, ordering: .releasing)
        _ = post { $0.cancelled.append(transfer) }
    }

    /// Closes the inbox; the thread fails what is pending and ends.
    func shutdown() {
        _ = post { $0.isClosed = true }
    }

    private func post(_ change: (inout Inbox) -> Void) -> Bool {
        inbox.withLock { inbox in
            guard !inbox.isClosed, let multi else { return false }
            change(&inbox)
            curl_multi_wakeup(multi)
            return true
        }
    }

    // MARK: - On the thread

    private func start() -> Bool {
        let pointer = Unmanaged.passRetained(self).toOpaque()
        var thread = pthread_t()
        guard pthread_create(&thread, nil, TransferLoop.main, pointer) == 0 else {
            Unmanaged<TransferLoop>.fromOpaque(pointer).release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { pointer in
        guard let pointer else { return nil }
        // Signals are for the program's own threads; and OpenSSL's writes to a closed connection must not raise
        // SIGPIPE, which CURLOPT_NOSIGNAL leaves to the program. Faults stay open to crash reports.
        var signals = sigset_t()
        sigfillset(&signals)
        for fault in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP] { sigdelset(&signals, fault) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        Unmanaged<TransferLoop>.fromOpaque(pointer).takeRetainedValue().run()
        return nil
    }

    private func run() {
        guard let multi else { return }
        while true {
            let news = inbox.withLock { inbox in
                defer { inbox = Inbox(isClosed: inbox.isClosed) }
                return inbox
            }
            for transfer in news.submitted { begin(transfer, on: multi, isClosed: news.isClosed) }
            for transfer in news.cancelled { abort(transfer, on: multi) }
            guard !news.isClosed else { break }
            var running: Int32 = 0
            curl_multi_perform(multi, &running)
            finishCompleted(on: multi)
            // A wake-up that came since the inbox was emptied is kept: this then returns at once. libcurl shortens the
            // wait to its own next timeout.
            curl_multi_poll(multi, nil, 0, 600_000, nil)
        }
        for transfer in active.values { end(transfer, on: multi) { .failure(self.shutDown(transfer)) } }
        // Easy handles go before the multi handle they have worked with.
        idle = []
        curl_multi_cleanup(multi)
    }

    private func begin(_ transfer: Transfer, on multi: UnsafeMutableRawPointer, isClosed: Bool) {
        guard !isClosed else { return transfer.finish(.failure(shutDown(transfer))) }
        guard !transfer.isCancelled.load(ordering: .acquiring) else {
            return transfer.finish(.failure(transfer.cancellation(of: nil)))
        }
        guard let handle = idle.popLast() ?? TransferHandle() else {
            return transfer.finish(.failure(refused(transfer, CURLE_OUT_OF_MEMORY)))
        }
        let code = handle.prepare(for: transfer, options: options)
        guard code == CURLE_OK else {
            transfer.finish(.failure(refused(transfer, code)))
            return recycle(handle)
        }
        transfer.handle = handle
        active[handle.easy] = transfer
        if curl_multi_add_handle(multi, handle.easy) != CURLM_OK {
            end(transfer, on: multi) { .failure(self.refused(transfer, CURLE_FAILED_INIT)) }
        }
    }

    private func abort(_ transfer: Transfer, on multi: UnsafeMutableRawPointer) {
        guard let handle = transfer.handle else { return }
        end(transfer, on: multi) { .failure(transfer.cancellation(of: handle)) }
    }

    private func finishCompleted(on multi: UnsafeMutableRawPointer) {
        var remaining: Int32 = 0
        while let message = curl_multi_info_read(multi, &remaining) {
            // The message is gone once its handle is removed, so all of it is read first.
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            let code = message.pointee.data.result
            guard let transfer = active[easy], let handle = transfer.handle else { continue }
            end(transfer, on: multi) { transfer.outcome(code, of: handle) }
        }
    }

    /// Takes a transfer off libcurl, then resumes who waits with what `result` made of it before.
    private func end(
        _ transfer: Transfer,
        on multi: UnsafeMutableRawPointer,
        with result: () -> Result<HTTPResponse, any Error>
    ) {
        guard let handle = transfer.handle else { return }
        let result = result()
        curl_multi_remove_handle(multi, handle.easy)
        active[handle.easy] = nil
        transfer.handle = nil
        transfer.finish(result)
        recycle(handle)
    }

    private func recycle(_ handle: TransferHandle) {
        guard idle.count < Self.maximumIdleHandles else { return }
        handle.reset()
        idle.append(handle)
    }

    private func shutDown(_ transfer: Transfer) -> HTTPFailure {
        transfer.failed(
            .shutDown,
            "The request to \(transfer.endpoint.name) was given up because the HTTP client was shut down.",
            transfer.handle
        )
    }

    private func refused(_ transfer: Transfer, _ code: CURLcode) -> HTTPFailure {
        let words = String(cString: curl_easy_strerror(code))
        return transfer.failed(.invalidRequest, "The request could not be prepared: \(words).", nil)
    }
}
