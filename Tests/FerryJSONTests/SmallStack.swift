import Foundation
import Synchronization

/// What `body` returns on a thread with 512 KiB of stack: what a cooperative pool's thread may have, and less than a
/// main thread's.
///
/// Whatever overflows it ends the test process.
func onSmallStack<Value: Sendable>(_ body: @escaping @Sendable () -> Value) -> Value {
    let result = Outcome<Value>()
    let thread = Thread {
        let value = body()
        result.value.withLock { $0 = value }
        result.isThere.signal()
    }
    #if SANITIZED
        // A sanitizer's frames are many times as large, and tell nothing of those that are delivered.
        thread.stackSize = 64 << 20
    #else
        thread.stackSize = 512 << 10
    #endif
    thread.start()
    result.isThere.wait()
    guard let value = result.value.withLock({ $0 }) else { fatalError("the thread left no value") }
    return value
}

private final class Outcome<Value: Sendable>: Sendable {
    let value = Mutex<Value?>(nil)
    let isThere = DispatchSemaphore(value: 0)
}
