/// What happens that people look for in the journal, each with an entry in the message catalogue.
///
/// Each has a `MESSAGE_ID` of its own (systemd.journal-fields(7)), which never changes: people search by it.
public enum NotableEvent: String, Sendable, CaseIterable {
    /// The daemon has loaded its configuration and answers on its socket.
    case daemonReady = "daemon.ready"
    /// The daemon has stopped, as it was asked to.
    case daemonStopped = "daemon.stopped"
    /// The configuration was read again.
    case configurationReloaded = "configuration.reloaded"
    /// A configuration file has something wrong in it.
    case configurationInvalid = "configuration.invalid"
    /// A job has done all it was to do.
    case jobSucceeded = "job.succeeded"
    /// A job has done what it could, and some records were refused or held.
    case jobPartial = "job.partial"
    /// A job has failed.
    case jobFailed = "job.failed"
    /// A job was cancelled by a person.
    case jobCancelled = "job.cancelled"
    /// A job that was interrupted goes on.
    case jobResumed = "job.resumed"
    /// A job was interrupted because the daemon stops.
    case jobInterrupted = "job.interrupted"
    /// A job waits for a service or the disk, and tries again by itself.
    case jobWaits = "job.waits"
    /// Somebody exported, imported or reset what is kept of an integration.
    case stateChanged = "state.changed"
    /// The ledger is damaged, and no job is started.
    case ledgerDamaged = "ledger.damaged"
    /// Lines like one before them were left out.
    case linesLeftOut = "log.repeated"

    /// Its identifier: 128 bits, as 32 hexadecimal digits.
    public var messageID: String {
        switch self {
        case .daemonReady: "f87787df7ca344059390fd82899ce381"
        case .daemonStopped: "0b040866dcae4f34bb3f9ca72ae282b3"
        case .configurationReloaded: "1866e4f6ff1545499c88b52ae86d3f90"
        case .configurationInvalid: "3413d8ef610041d29af002db28b51e5a"
        case .jobSucceeded: "0172709f4e4f42aab580516967fcb035"
        case .jobPartial: "7ac7f81d462b4ef3bbd973e8636d2d9b"
        case .jobFailed: "8a122b4a9c204ff4bba910901afc0cb5"
        case .jobCancelled: "fffff915009c475786d7cded259aa5f5"
        case .jobResumed: "c9fef83f02a14a8e889fcd7ebe388a03"
        case .jobInterrupted: "f7ede92280f745a29ee28f668c474ef8"
        case .jobWaits: "d825e50abfc2466da64c950938246eae"
        case .stateChanged: "74e166776d3848029bd22805f7bd6366"
        case .ledgerDamaged: "d8032a4fbc404e4b886d62273aee4c47"
        case .linesLeftOut: "0950564867ac431288d7e2be78e9c8db"
        }
    }
}
