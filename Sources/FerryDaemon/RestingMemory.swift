import CAllocator
import Synchronization

/// Gives memory back whenever the last job has ended, and when there is none after the start.
///
/// What waits for its next run for hours needs little of what the start and the jobs have touched.
final class RestingMemory: Sendable {
    private let isResting = Mutex(false)

    /// Notes whether any job runs.
    func update(isBusy: Bool) {
        let begins = isResting.withLock { isResting in
            defer { isResting = !isBusy }
            return !isBusy && !isResting
        }
        if begins { ferry_release_memory() }
    }
}
