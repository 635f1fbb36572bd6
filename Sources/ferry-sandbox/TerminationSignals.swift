import Dispatch
import Foundation

/// SIGTERM and SIGINT, caught from the moment this is made.
struct TerminationSignals {
    private let stream: AsyncStream<Void>
    private let sources: [any DispatchSourceSignal]

    init() {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        self.stream = stream
        // A reader of our output that goes away must not end the service.
        signal(SIGPIPE, SIG_IGN)
        sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler { continuation.yield() }
            source.resume()
            return source
        }
    }

    /// Returns when the first of them has arrived.
    func first() async {
        for await _ in stream { break }
        sources.forEach { $0.cancel() }
    }
}
