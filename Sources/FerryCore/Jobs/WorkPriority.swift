public import Dispatch
import Glibc

/// How far the kernel puts a thread back that does a job's work, so that whoever asks the daemon something is answered at
/// once, and a request leaves as soon as it is ready, however much there is to compute.
///
/// The raw value is the thread's nice value (sched(7)): 5 is a third of an ordinary thread's share of a processor that both
/// want, 10 a tenth. Where nobody else wants it, all have the whole of it.
public enum WorkPriority: CInt, Sendable {
    /// What a job does between its requests, and its reading and writing of files.
    case job = 5
    /// What can be done ahead.
    case ahead = 10

    /// The class of Dispatch's threads on which nothing else runs: it keeps threads of each class apart, so that a nice value
    /// that is set once does no harm to other work.
    public var dispatchClass: DispatchQoS {
        switch self {
        case .job: .utility
        case .ahead: .background
        }
    }

    /// Puts the calling thread back, unless it is already; to be called on threads of ``dispatchClass`` only.
    ///
    /// Where a sandbox forbids that, the thread stays as it is. A thread begins with the nice value of the one that makes it:
    /// if one that answers the socket is made by one that works, it is no better off than before.
    public func apply() {
        // Of the calling thread alone (setpriority(2), "C library/kernel differences").
        let which = CInt(PRIO_PROCESS.rawValue)
        if getpriority(which, 0) < rawValue { _ = setpriority(which, 0, rawValue) }
    }
}
