import FerryAPI

/// The documented exit codes.
enum ExitStatus: Int32, Error {
    /// It did not work.
    case failed = 1
    /// The arguments are wrong.
    case usage = 2
    /// The configuration has errors.
    case configuration = 3
    /// The daemon does not answer.
    case unreachable = 4
    /// The daemon or the system does not permit it.
    case notPermitted = 5
    /// It worked, but some records were refused or held.
    case partial = 6

    /// The exit code for an error that the daemon reports.
    init(code: String) {
        switch code {
        case "permission.denied": self = .notPermitted
        case "daemon.unreachable": self = .unreachable
        case let code where code.hasPrefix("config."): self = .configuration
        default: self = .failed
        }
    }
}

/// Why a command did not work, for people and programs.
struct CommandFailure: Error {
    /// What to tell.
    var error: ErrorBody
    /// How to end.
    var status: ExitStatus

    /// A failure whose code decides how to end.
    init(_ error: ErrorBody) {
        self.error = error
        status = ExitStatus(code: error.code)
    }
}
