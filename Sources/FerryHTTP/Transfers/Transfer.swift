import CCurl
import Synchronization

/// One exchange on its way: the request, what has arrived, and the task that waits.
///
/// `@unchecked Sendable` holds because of who touches what: `request`, `endpoint`, `start` and `isCancelled` are
/// constants (the last one atomic); `continuation` is written once by the task that submits, before the transfer
/// enters the loop's inbox, whose mutex orders it before the loop's reading; everything else is touched by the loop's
/// thread alone, libcurl's callbacks included, since they run inside its calls there.
final class Transfer: @unchecked Sendable {
    let request: HTTPRequest
    let endpoint: Endpoint
    let start = ContinuousClock.now
    /// Set by the task's cancellation, which may come before the loop has seen the transfer.
    let isCancelled = Atomic(false)

    private var continuation: CheckedContinuation<HTTPResponse, any Error>?

    /// The handle that libcurl works with while the transfer is active.
    var handle: TransferHandle?
    private(set) var head = ResponseHead()
    private(set) var body: [UInt8] = []
    /// Bytes of the body received, before decoding.
    private(set) var bodyBytesReceived = 0
    /// Why a callback stopped the transfer.
    private(set) var refusal: Refusal?
    private var bodyBytesSent = 0
    private var inflater: Inflater?
    /// Who takes the body of this answer, if not the response.
    private var receiver: (@Sendable (UnsafeRawBufferPointer) -> Bool)?

    /// Why a response was not taken.
    enum Refusal {
        case tooLarge
        case notTaken
        case malformed(String)
    }

    /// The most memory set aside on the word of a `Content-Length` alone.
    private static let maximumReserve = 8 << 20

    init(_ request: HTTPRequest, to endpoint: Endpoint) {
        self.request = request
        self.endpoint = endpoint
    }

    /// Sets who waits; called once, before the loop knows the transfer.
    func attach(_ continuation: CheckedContinuation<HTTPResponse, any Error>) {
        self.continuation = continuation
    }

    /// Resumes who waits; later calls do nothing.
    func finish(_ result: Result<HTTPResponse, any Error>) {
        continuation?.resume(with: result)
        continuation = nil
    }

    // MARK: - What libcurl's callbacks do

    /// Takes a header line; `false` stops the transfer.
    func takeHeader(_ line: UnsafeRawBufferPointer) -> Bool {
        guard let problem = head.take(line) else { return true }
        refusal = .malformed(problem)
        return false
    }

    /// Takes a piece of the body; `false` stops the transfer.
    func takeBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let first = bytes.first else { return true }
        let limit = request.maximumResponseBytes
        if bodyBytesReceived == 0 {
            let status = handle?.long(CURLINFO_RESPONSE_CODE) ?? 0
            if 200..<300 ~= status { receiver = request.bodyReceiver }
            if let encoding = head.contentEncoding {
                inflater = Inflater(encoding: encoding, firstByte: first)
            } else if receiver == nil, let length = head.contentLength {
                guard length <= limit else { return refuse(.tooLarge) }
                body.reserveCapacity(min(length, Self.maximumReserve))
            }
        }
        bodyBytesReceived += bytes.count
        guard let inflater else {
            if let receiver { return receiver(bytes) || refuse(.notTaken) }
            guard body.count + bytes.count <= limit else { return refuse(.tooLarge) }
            body.append(contentsOf: bytes)
            return true
        }
        switch inflater.append(bytes, to: &body, limit: limit) {
        case .taken:
            guard let receiver else { return true }
            defer { body.removeAll(keepingCapacity: true) }
            return body.withUnsafeBytes(receiver) || refuse(.notTaken)
        case .tooLarge: return refuse(.tooLarge)
        case .malformed: return refuse(.malformed("its compressed body is damaged"))
        }
    }

    /// Whether the body ends in the middle of its compressed stream.
    var isCutShort: Bool { inflater.map { !$0.isComplete } ?? false }

    /// Copies the next piece of the request's body into libcurl's buffer.
    func giveBody(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard let body = request.body else { return 0 }
        let count = min(buffer.count, body.count - bodyBytesSent)
        body.withUnsafeBytes { buffer.copyMemory(from: .init(rebasing: $0[bodyBytesSent..<bodyBytesSent + count])) }
        bodyBytesSent += count
        return count
    }

    /// Goes back to the body's start for a second sending on a fresh connection; `false` forbids it.
    ///
    /// libcurl sends a request again, whatever its method, when a kept connection closes without an answer. The server
    /// may have acted on it all the same, so what writes is left to the caller, who knows how to find out.
    func rewindBody() -> Bool {
        guard request.isSafe else { return false }
        bodyBytesSent = 0
        return true
    }

    private func refuse(_ refusal: Refusal) -> Bool {
        self.refusal = refusal
        return false
    }
}
