import FerryCore
import Glibc
public import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Serves the control plane as HTTP/1.1 and JSON on a unix socket.
///
/// The socket listens from ``bind(path:options:control:logger:)`` on, so clients that come early wait instead of being
/// refused; they are answered once ``run()`` is called. One thread serves all clients.
public final class SocketServer: Sendable {
    private typealias Connection = (channel: NIOAsyncChannel<Arrival, ServerResponse>, peer: PeerCredentials)

    private enum State {
        case bound
        case running(stop: AsyncStream<Void>.Continuation)
        case stopped
    }

    /// Where clients find it.
    public var path: String { socket.path }

    private let socket: ListeningSocket
    private let options: SocketOptions
    private let adminGroup: UInt32?
    private let router: Router
    private let state = Mutex(State.bound)

    private init(socket: ListeningSocket, options: SocketOptions, control: any ControlPlane, logger: Logger) {
        self.socket = socket
        self.options = options
        router = Router(control: control, logger: logger)
        adminGroup = options.adminGroup.flatMap(UserDatabase.number(ofGroup:))
        if let name = options.adminGroup, adminGroup == nil {
            logger.warning(
                "the admin group does not exist, so only root and the daemon's user are administrators",
                metadata: ["group": "\(name)"]
            )
        }
    }

    /// Makes the socket file and listens on it.
    ///
    /// A stale socket is replaced; anything else at the path is left alone.
    ///
    /// - Throws: ``FerryCore/SyncFailure``: `daemon.already_running` when somebody listens there, else what is wrong
    ///   with the path, the group or the system.
    public static func bind(
        path: String,
        options: SocketOptions = SocketOptions(),
        control: any ControlPlane,
        logger: Logger
    ) async throws -> SocketServer {
        let socket = try ListeningSocket.listen(at: path, options: options)
        return SocketServer(socket: socket, options: options, control: control, logger: logger)
    }

    /// Takes over a unix socket that listens already, as systemd passes it.
    ///
    /// Its file and the file's mode are left to who made it. A group that the options name is given the file if the
    /// system lets this process do so; if it does not, that is logged.
    ///
    /// - Throws: ``FerryCore/SyncFailure`` when the descriptor is something else.
    public static func bind(
        descriptor: Int32,
        options: SocketOptions = SocketOptions(),
        control: any ControlPlane,
        logger: Logger
    ) async throws -> SocketServer {
        let socket = try ListeningSocket.adopt(descriptor)
        if let group = options.groupName {
            do {
                try socket.hand(to: group)
            } catch let failure as SyncFailure {
                // Who could open it before still can: no reason not to start.
                logger.warning("\(failure)")
            }
        }
        return SocketServer(socket: socket, options: options, control: control, logger: logger)
    }

    deinit {
        if case .bound = state.withLock({ $0 }) { release() }
    }

    /// Answers clients until ``shutdown()`` is called or the task is cancelled.
    ///
    /// After a shutdown it returns once the requests in progress are answered, or after 5 seconds. It can be called
    /// once; calling it after a shutdown returns at once.
    public func run() async throws {
        let (stops, stop) = AsyncStream<Void>.makeStream()
        let isFirst = state.withLock { state in
            guard case .bound = state else { return false }
            state = .running(stop: stop)
            return true
        }
        guard isFirst else { return }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            try await serve(on: group.next(), until: stops)
        } catch {
            finish()
            try await group.shutdownGracefully()
            throw error
        }
        finish()
        try await group.shutdownGracefully()
    }

    /// Stops listening and removes the socket file, if it is still this server's own.
    ///
    /// Requests in progress are still answered; ``run()`` returns when they are.
    public func shutdown() async {
        socket.file?.remove()
        switch state.withLock({ $0 }) {
        case .running(let stop): stop.finish()
        case .bound:
            finish()
            Glibc.close(socket.descriptor)
        case .stopped: break
        }
    }

    private func finish() {
        socket.file?.remove()
        state.withLock { $0 = .stopped }
    }

    private func release() {
        socket.file?.remove()
        Glibc.close(socket.descriptor)
    }

    // MARK: Connections

    private func serve(on loop: any EventLoop, until stops: AsyncStream<Void>) async throws {
        let limits = options.limits
        let table = try await loop.submit { NIOLoopBound(ConnectionTable(limit: limits.connections), eventLoop: loop) }
            .get()
        // Of the server's own: what NIO has accepted and not passed on when its listener is closed it lets go of, which
        // loses a client's question, and ends the process.
        let (connections, newcomers) = AsyncStream<Connection>.makeStream()
        let listener = try await ServerBootstrap(group: loop)
            .serverChannelOption(.backlog, value: ListeningSocket.backlog)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                Self.prepare(channel, limits: limits, table: table).map { connection in
                    if let connection { newcomers.yield(connection) }
                }
            }
            .withBoundSocket(socket.descriptor).get()
        listener.closeFuture.whenComplete { _ in newcomers.finish() }
        // Not cancelled with the caller: all that comes before the listener is closed is taken, and ended if need be.
        let work = Task(priority: Task.currentPriority) { await accept(from: connections, on: loop, table: table) }
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { tasks in
                tasks.addTask {
                    for await _ in stops {}
                    // Only the listener is closed here: the connections end one by one, each after its answer.
                    listener.close(promise: nil)
                }
                await work.value
                tasks.cancelAll()
            }
        } onCancel: {
            listener.close(promise: nil)
            loop.execute {
                // None that comes now gets in any more.
                table.value.drain()
                table.value.cut()
            }
        }
    }

    private func accept(
        from connections: AsyncStream<Connection>,
        on loop: any EventLoop,
        table: NIOLoopBound<ConnectionTable>
    ) async {
        await withDiscardingTaskGroup { tasks in
            for await connection in connections { tasks.addTask { await self.converse(connection) } }
            loop.execute { table.value.drain() }
            loop.scheduleTask(in: .milliseconds(options.limits.drainMilliseconds)) { table.value.cut() }
        }
    }

    private static func prepare(
        _ channel: any Channel,
        limits: ConnectionLimits,
        table: NIOLoopBound<ConnectionTable>
    ) -> EventLoopFuture<Connection?> {
        guard let options = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
        }
        // `PeerCredentials` has the layout of the kernel's `struct ucred`: a pid, a uid and a gid of 32 bits each.
        let peer: EventLoopFuture<PeerCredentials> = options.unsafeGetSocketOption(
            level: .socket,
            name: NIOBSDSocket.Option(rawValue: SO_PEERCRED)
        )
        return peer.flatMapThrowing { peer in
            guard table.value.makeRoom() else {
                turnAway(channel)
                return nil
            }
            var decoderLimits = NIOHTTPDecoderLimitConfiguration()
            decoderLimits.maxHeaderFieldSize = limits.headerBytes
            decoderLimits.maxHeaderListSize = limits.headerBytes
            decoderLimits.maxHeaderFieldCount = limits.headerCount
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder(limitConfiguration: decoderLimits)))
            try pipeline.addHandler(HTTPResponseEncoder())
            try pipeline.addHandler(ConnectionGate(limits: limits, table: table.value))
            return (try NIOAsyncChannel(wrappingChannelSynchronously: channel), peer)
        }
    }

    /// Says in a few bytes that there are too many clients.
    private static func turnAway(_ channel: any Channel) {
        let body =
            #"{"error":{"code":"daemon.busy","message":"Too many clients are connected.","hint":"Try again in a few seconds."}}"#
        let answer = """
            HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n\
            Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)
            """
        channel.writeAndFlush(ByteBuffer(string: answer)).whenComplete { _ in channel.close(promise: nil) }
    }

    private func converse(_ connection: Connection) async {
        do {
            // Every channel is closed in the end: by this conversation, or by a client that goes away before it.
            let closed = connection.channel.channel.closeFuture
            try await withThrowingDiscardingTaskGroup { tasks in
                tasks.addTask {
                    try await connection.channel.executeThenClose { arrivals, outbound in
                        let client = Client(
                            role: try await self.role(of: connection.peer),
                            user: connection.peer.user
                        )
                        for try await arrival in arrivals {
                            try await outbound.write(await self.router.answer(arrival, to: client))
                        }
                    }
                }
                try await closed.get()
                // Nobody is left to hear the answer: what takes long and changes nothing, such as a plan, ends here.
                tasks.cancelAll()
            }
        } catch {
            // A client that goes away early is no concern of anybody's.
            router.logger.debug("a client's connection ended early", metadata: ["error": "\(error)"])
        }
    }

    private func role(of peer: PeerCredentials) async throws -> Role {
        let adminGroup = adminGroup
        // On a thread of its own, because a user database on the network may keep the caller waiting.
        return try await NIOThreadPool.singleton.runIfActive {
            Role.role(of: peer, daemonUser: getuid(), adminGroup: adminGroup, groups: UserDatabase.groups(of:))
        }
    }
}
