import CAllocator
import Synchronization

/// Gives memory back after the start, and whenever the last job has ended.
///
/// Jobs need little of what the start has touched, and what waits for its next run for hours needs little of anything.
final class RestingMemory: Sendable {
    private let isResting = Mutex(Bool?.none)

    /// Notes whether any job runs.
    func update(isBusy: Bool) {
        let begins = isResting.withLock { isResting in
            defer { isResting = !isBusy }
            return isResting == nil || !isBusy && isResting == false
        }
        if begins { ferry_release_memory() }
    }
}
