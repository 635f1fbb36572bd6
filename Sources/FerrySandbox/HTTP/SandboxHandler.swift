import Glibc
import NIOCore
import NIOHTTP1

/// Answers the requests of one connection, or fails to, as the faults in force say.
final class SandboxHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let site: SandboxSite
    private let served: Set<SandboxServiceName>
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()

    /// A handler of a connection that may ask for some of the site's services.
    init(_ site: SandboxSite, serving served: Set<SandboxServiceName>) {
        self.site = site
        self.served = served
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch Self.unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = ByteBuffer()
            if head.headers[canonicalForm: "Expect"].contains("100-continue") {
                let answer = HTTPResponseHead(version: head.version, status: .continue)
                context.writeAndFlush(Self.wrapOutboundOut(.head(answer)), promise: nil)
            }
        case .body(var part): body.writeBuffer(&part)
        case .end:
            guard let head = head.take() else { return }
            handle(SandboxRequest(head: head, body: body), context, head)
            body = ByteBuffer()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A peer that goes away or speaks no HTTP: there is nobody left to tell.
        context.close(promise: nil)
    }

    private func handle(_ received: SandboxRequest, _ context: ChannelHandlerContext, _ head: HTTPRequestHead) {
        var request = received
        let service = site.service(for: request, among: served)
        let clock = service?.clock ?? SandboxClock()
        let connection = Connection(context: context, head: head, clock: clock) { status in
            let message = "The sandbox was asked to fail"
            return service?.refusal(status, message, of: received) ?? .refusal(status, message)
        }
        if let answer = site.steer(request) { return connection.send(answer) }
        let limit = site.limiter.count(at: clock.now)
        if let limit, limit.isRefused {
            var refusal = SandboxResponse.refusal(429, "Too many requests")
            refusal.limitHeaders = limit.headers
            site.record(request, of: service, status: 429)
            return connection.send(refusal)
        }
        let effects = site.faults.effects(method: request.method, target: "\(request.path)?\(request.query)")
        request.clampedTake = effects.clampedTake
        request.refusesKey = effects.refusesKey
        request.refusesPrimaryKey = effects.refusesPrimaryKey
        if let seconds = effects.secondsAhead { clock.set(secondsAhead: seconds) }
        connection.wait(milliseconds: effects.millisecondsBefore) { [site, served, request] in
            for hook in effects.hooks { hook(site.tables) }
            if let ending = effects.endingBefore {
                site.record(request, of: service, status: ending.status)
                return connection.end(ending, insteadOf: .noContent)
            }
            var answer = service?.respond(to: request) ?? site.refusal(among: served)
            if let type = effects.contentType { answer.contentType = type }
            answer.limitHeaders += limit?.headers ?? []
            connection.wait(milliseconds: effects.millisecondsAfter) {
                guard let ending = effects.endingAfter else {
                    site.record(request, of: service, status: answer.status)
                    return connection.send(answer)
                }
                site.record(request, of: service, status: ending.status(insteadOf: answer))
                connection.end(ending, insteadOf: answer)
            }
        }
    }
}

/// One request's way back: the connection it came on, how it wants its answer, and whose clock the answer goes by.
private struct Connection {
    let context: ChannelHandlerContext
    let head: HTTPRequestHead
    let clock: SandboxClock
    /// What a fault answers unless it has a body.
    let refusal: (Int) -> SandboxResponse

    func wait(milliseconds: Int, then body: @escaping () -> Void) {
        guard milliseconds > 0 else { return body() }
        _ = context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(milliseconds)), body)
    }

    func send(_ response: SandboxResponse) {
        write(response, bytes: response.body.readableBytes)
        let isKeptAlive = head.isKeepAlive
        let done = context.writeAndFlush(SandboxHandler.wrapOutboundOut(.end(nil)))
        guard !isKeptAlive else { return }
        done.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
    }

    func end(_ ending: FaultEffects.Ending, insteadOf answer: SandboxResponse) {
        switch ending {
        case .status(let status, let retryAfter, let body):
            var response = refusal(status)
            if let body { response = SandboxResponse(status: status, json: body) }
            if status == 204 { response = .noContent }
            response.retryAfter = retryAfter
            send(response)
        case .reset: close(resets: true)
        case .close: close(resets: false)
        case .truncatedJSON:
            var response = answer
            response.body = answer.body.getSlice(at: 0, length: answer.body.readableBytes / 2) ?? ByteBuffer()
            send(response)
        case .cutBody(let bytes, let resets):
            write(answer, bytes: min(bytes, max(answer.body.readableBytes - 1, 0)))
            let done = context.writeAndFlush(SandboxHandler.wrapOutboundOut(.body(.byteBuffer(ByteBuffer()))))
            done.assumeIsolated().whenComplete { _ in close(resets: resets) }
        }
    }

    /// Writes the head and the first bytes of the body; the length announced is that of the whole body.
    private func write(_ response: SandboxResponse, bytes: Int) {
        var headers = HTTPHeaders()
        headers.add(name: "Date", value: httpDate(clock.now))
        if let type = response.contentType { headers.add(name: "Content-Type", value: type) }
        if response.status != 204 {
            headers.add(name: "Content-Length", value: String(response.body.readableBytes))
        }
        if let seconds = response.retryAfter { headers.add(name: "Retry-After", value: seconds) }
        for header in response.limitHeaders { headers.add(name: header.name, value: header.value) }
        if !head.isKeepAlive { headers.add(name: "Connection", value: "close") }
        let status = HTTPResponseStatus(statusCode: response.status)
        let head = HTTPResponseHead(version: head.version, status: status, headers: headers)
        context.write(SandboxHandler.wrapOutboundOut(.head(head)), promise: nil)
        if bytes > 0, let part = response.body.getSlice(at: 0, length: bytes) {
            context.write(SandboxHandler.wrapOutboundOut(.body(.byteBuffer(part))), promise: nil)
        }
    }

    private func close(resets: Bool) {
        if resets, let channel = context.channel as? any SocketOptionProvider {
            // A socket that lingers for no time is closed with RST; on the event loop this is done when it returns.
            _ = channel.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        }
        context.close(promise: nil)
    }
}

extension FaultEffects.Ending {
    /// The status that the client sees, if it sees one.
    fileprivate var status: Int? {
        if case .status(let status, _, _) = self { return status }
        return nil
    }

    fileprivate func status(insteadOf answer: SandboxResponse) -> Int? {
        if case .truncatedJSON = self { return answer.status }
        return status
    }
}
