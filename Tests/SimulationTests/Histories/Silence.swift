import Logging

extension History {
    /// A logger that says nothing.
    static var silence: Logger { Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() } }
}
