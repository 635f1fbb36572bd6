import FerryAPI
import FerryCore
import NIOCore
import NIOHTTP1

/// Turns a connection's HTTP parts into whole requests, within the limits, and answers into parts.
///
/// What cannot become a request is passed on as a refusal, so that it is answered in its turn; after that the rest of
/// the input is read and dropped for a while, since closing at once would take the answer from a client that is still
/// sending.
final class ConnectionGate: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = Arrival
    typealias OutboundIn = ServerResponse
    typealias OutboundOut = HTTPServerResponsePart

    private let limits: ConnectionLimits
    private let table: ConnectionTable
    private var context: ChannelHandlerContext?
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []
    // Whether the client has sent anything yet.
    private var hasBegun = false
    // Requests passed on and not yet answered.
    private var unanswered = 0
    private var writesInFlight = 0
    private var dropsInput = false
    private var isDraining = false
    private var isClosing = false
    private var closePromises: [EventLoopPromise<Void>] = []
    private var deadline: Scheduled<Void>?

    init(limits: ConnectionLimits, table: ConnectionTable) {
        self.limits = limits
        self.table = table
    }

    /// Whether nothing would be lost by closing.
    var isIdle: Bool { unanswered == 0 && writesInFlight == 0 && head == nil }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        table.add(self)
        expectProgress(within: limits.patienceMilliseconds)
    }

    func handlerRemoved(context: ChannelHandlerContext) { forget() }

    func channelInactive(context: ChannelHandlerContext) {
        forget()
        context.fireChannelInactive()
    }

    /// Closes the connection at once.
    func cut() { context?.close(promise: nil) }

    /// Closes the connection now, or after the answers that are due.
    ///
    /// A client that has just connected is about to ask: it has a moment to do so, and is answered.
    func drain() {
        isDraining = true
        guard isIdle else { return }
        if hasBegun { cut() } else { expectProgress(within: limits.firstRequestMilliseconds) }
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !dropsInput else { return }
        switch unwrapInboundIn(data) {
        case .head(let head): begin(head, context: context)
        case .body(let bytes):
            guard body.count + bytes.readableBytes <= limits.bodyBytes else { return refuse(tooLarge(), context) }
            body.append(contentsOf: bytes.readableBytesView)
        case .end: finish(context: context)
        }
    }

    private func begin(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
        self.head = head
        hasBegun = true
        if let length = head.headers.first(name: "content-length"), (Int(length) ?? .max) > limits.bodyBytes {
            return refuse(tooLarge(), context)
        }
        // RFC 9110, 10.1.1: curl waits a second for this before it sends a larger body.
        if head.headers.first(name: "expect")?.lowercased() == "100-continue", unanswered == 0 {
            let informational = HTTPResponseHead(version: .http1_1, status: .continue)
            context.writeAndFlush(wrapOutboundOut(.head(informational)), promise: nil)
        }
    }

    private func finish(context: ChannelHandlerContext) {
        guard let head else { return }
        // After an upgrade request the parser waits for another protocol, which this server does not have.
        let isLast =
            !head.isKeepAlive || head.version != .http1_1 || head.method == .CONNECT
            || head.headers.contains(name: "upgrade")
        let request = ServerRequest(method: head.method.rawValue, target: head.uri, body: body, isLast: isLast)
        self.head = nil
        body = []
        unanswered += 1
        dropsInput = isLast
        deadline?.cancel()
        context.fireChannelRead(wrapInboundOut(.request(request)))
    }

    private func refuse(_ refusal: Refusal, _ context: ChannelHandlerContext) {
        head = nil
        body = []
        unanswered += 1
        dropsInput = true
        deadline?.cancel()
        context.fireChannelRead(wrapInboundOut(.refusal(refusal)))
        context.fireChannelReadComplete()
    }

    private func tooLarge() -> Refusal {
        Refusal(.requestTooLarge, "The request's body has more than \(limits.bodyBytes) bytes.")
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else {
            // Input after a parse error, which is dropped like the rest; anything else means a broken connection.
            if !dropsInput { context.close(promise: nil) }
            return
        }
        guard !dropsInput else { return }
        if error == .headerOverflow {
            refuse(
                Refusal(
                    .requestTooLarge,
                    "The request's headers have more than \(limits.headerBytes) bytes or \(limits.headerCount) lines.",
                    status: 431
                ),
                context
            )
        } else {
            refuse(Refusal(.requestInvalid, "The request is not well-formed HTTP/1.1."), context)
        }
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let response = unwrapOutboundIn(data)
        unanswered -= 1
        let isLast = response.isLast || isDraining || (dropsInput && unanswered == 0)
        var headers = HTTPHeaders()
        headers.add(name: "Content-Type", value: response.contentType)
        headers.add(name: "Content-Length", value: String(response.body.count))
        if let allow = response.allow { headers.add(name: "Allow", value: allow) }
        if isLast { headers.add(name: "Connection", value: "close") }
        let status = HTTPResponseStatus(statusCode: response.status)
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !response.omitsBody {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: response.body)))), promise: nil)
        }
        writesInFlight += 1
        expectProgress(within: limits.patienceMilliseconds)
        let written = promise ?? context.eventLoop.makePromise()
        written.futureResult.assumeIsolated().whenComplete { _ in self.didWrite(isLast: isLast) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
    }

    private func didWrite(isLast: Bool) {
        writesInFlight -= 1
        guard let context else { return }
        if isLast {
            dropsInput = true
            context.close(mode: .output, promise: nil)
            expectProgress(within: limits.lingerMilliseconds)
        } else if unanswered > 0 {
            deadline?.cancel()
        } else {
            expectProgress(within: limits.patienceMilliseconds)
        }
        if isClosing, writesInFlight == 0 { closeNow(context) }
    }

    // MARK: Ending

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .all, writesInFlight > 0 else { return context.close(mode: mode, promise: promise) }
        // A client that has closed its own side may still be reading: let it have the answer.
        isClosing = true
        if let promise { closePromises.append(promise) }
    }

    private func closeNow(_ context: ChannelHandlerContext) {
        let promises = closePromises
        closePromises = []
        let closed = context.eventLoop.makePromise(of: Void.self)
        for promise in promises { closed.futureResult.cascade(to: promise) }
        context.close(promise: closed)
    }

    private func expectProgress(within milliseconds: Int64) {
        guard let context else { return }
        deadline?.cancel()
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(milliseconds)) {
            self.runOutOfPatience()
        }
    }

    private func runOutOfPatience() {
        guard let context else { return }
        guard head != nil, !dropsInput, unanswered == 0, writesInFlight == 0 else { return closeNow(context) }
        refuse(Refusal(.requestInvalid, "The request took too long to arrive.", status: 408), context)
    }

    private func forget() {
        deadline?.cancel()
        context = nil
        for promise in closePromises { promise.succeed() }
        closePromises = []
        table.remove(self)
    }
}
