import Synchronization

/// A queue between one producer and one consumer that holds back the producer when it is full.
///
/// It is what makes a pipeline's memory the size of its queues: a page is fetched ahead while the last one is
/// written, and no more.
package final class BoundedChannel<Element: Sendable>: Sendable {
    private struct State {
        var elements: [Element] = []
        /// What they weigh together.
        var weight = 0
        var failure: (any Error)?
        var isFinished = false
        var isAbandoned = false
        var producer: CheckedContinuation<Void, Never>?
        var consumer: CheckedContinuation<Void, Never>?
    }

    private let capacity: Int
    private let weightLimit: Int
    private let weight: @Sendable (Element) -> Int
    private let state = Mutex(State())

    /// A channel that holds up to `capacity` elements.
    ///
    /// - Parameters:
    ///   - weightLimit: so much is never exceeded by more than one element.
    ///   - weight: what an element weighs.
    package init(
        capacity: Int,
        weightLimit: Int = .max,
        weight: @escaping @Sendable (Element) -> Int = { _ in 0 }
    ) {
        self.capacity = capacity
        self.weightLimit = weightLimit
        self.weight = weight
    }

    /// Puts an element into the queue, waiting for room.
    ///
    /// - Returns: `false` when the consumer takes no more.
    package func send(_ element: Element) async -> Bool {
        await waitForRoom()
        return state.withLock { state in
            guard !state.isAbandoned else { return false }
            state.elements.append(element)
            state.weight += weight(element)
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

    /// Takes the next element if it is there already and `isWanted`.
    package func nextAtHand(if isWanted: (Element) -> Bool) -> Element? {
        state.withLock { state in
            guard let element = state.elements.first, isWanted(element) else { return nil }
            return takeFirst(of: &state)
        }
    }

    private func takeFirst(of state: inout State) -> Element {
        let element = state.elements.removeFirst()
        state.weight -= weight(element)
        if hasRoom(state) { state.producer.take()?.resume() }
        return element
    }

    private func hasRoom(_ state: State) -> Bool {
        state.elements.count < capacity && state.weight < weightLimit
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
