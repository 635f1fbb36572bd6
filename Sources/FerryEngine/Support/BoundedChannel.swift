import Synchronization

/// A queue between one producer and one consumer that holds back the producer when it is full.
///
/// It is what makes a pipeline's memory the size of its queues: a page is fetched ahead while the last one is
/// written, and no more.
package final class BoundedChannel<Element: Sendable>: Sendable {
    private struct State {
        var elements: [Element] = []
        var failure: (any Error)?
        var isFinished = false
        var isAbandoned = false
        var producer: CheckedContinuation<Void, Never>?
        var consumer: CheckedContinuation<Void, Never>?
    }

    private let capacity: Int
    private let state = Mutex(State())

    /// A channel that holds up to `capacity` elements.
    package init(capacity: Int) {
        self.capacity = capacity
    }

    /// Puts an element into the queue, waiting for room.
    ///
    /// - Returns: `false` when the consumer takes no more.
    package func send(_ element: Element) async -> Bool {
        await waitForRoom()
        return state.withLock { state in
            guard !state.isAbandoned else { return false }
            state.elements.append(element)
            state.consumer.take()?.resume()
            return true
        }
    }

    /// Ends the queue, with an error if there is one: the consumer gets what is in it first.
    package func finish(throwing failure: (any Error)? = nil) {
        state.withLock { state in
            state.isFinished = true
            state.failure = failure
            state.consumer.take()?.resume()
        }
    }

    /// Tells the producer that nothing more is taken.
    package func abandon() {
        state.withLock { state in
            state.isAbandoned = true
            state.producer.take()?.resume()
        }
    }

    /// Takes the next element, waiting for it; `nil` at the end.
    package func next() async throws -> Element? {
        while true {
            let (element, isFinished, failure) = state.withLock { state -> (Element?, Bool, (any Error)?) in
                guard !state.elements.isEmpty else { return (nil, state.isFinished, state.failure) }
                return (takeFirst(of: &state), false, nil)
            }
            if let element { return element }
            if let failure { throw failure }
            if isFinished { return nil }
            await withCheckedContinuation { continuation in
                state.withLock { state in
                    guard state.elements.isEmpty, !state.isFinished else { return continuation.resume() }
                    state.consumer = continuation
                }
            }
        }
    }

    /// Waits for the next element without taking it.
    ///
    /// - Parameter isWorthwhile: what may change its answer must call ``wake()`` afterwards.
    /// - Returns: whether it is there; `false` at the end, and when it is not worth while any more.
    package func waitForNext(while isWorthwhile: @Sendable () -> Bool) async -> Bool {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                guard state.elements.isEmpty, !state.isFinished, isWorthwhile() else { return continuation.resume() }
                state.consumer = continuation
            }
        }
        return state.withLock { !$0.elements.isEmpty }
    }

    /// Lets a consumer look again whether it is worth while to wait.
    package func wake() {
        state.withLock { $0.consumer.take()?.resume() }
    }

    /// Takes the next element if it is there already and `isWanted`.
    package func nextAtHand(if isWanted: (Element) -> Bool) -> Element? {
        state.withLock { state in
            guard let element = state.elements.first, isWanted(element) else { return nil }
            return takeFirst(of: &state)
        }
    }

    private func takeFirst(of state: inout State) -> Element {
        let element = state.elements.removeFirst()
        if hasRoom(state) { state.producer.take()?.resume() }
        return element
    }

    private func hasRoom(_ state: State) -> Bool {
        state.elements.count < capacity
    }

    private func waitForRoom() async {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                guard !hasRoom(state), !state.isAbandoned else { return continuation.resume() }
                state.producer = continuation
            }
        }
    }
}
