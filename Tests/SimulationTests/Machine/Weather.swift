import FerryCore
import FerryTesting

/// How often things go wrong in a history: probabilities per call of a port.
struct Weather: Sendable {
    /// The ledger's disk fails.
    var ledgerFails = 0.0
    /// The store fails.
    var storeFails = 0.0
    /// The service fails, or its answer is lost.
    var serviceFails = 0.0
    /// A page comes short, empty, or from further back.
    var pagesDrift = 0.0
    /// The process dies.
    var dies = 0.0
    /// The job is asked to stop.
    var stops = 0.0
    /// Somebody changes the source.
    var meddles = 0.0

    /// Nothing goes wrong.
    static let fair = Weather()

    static func drawn(by random: inout SeededRandom) -> Weather {
        Weather(
            ledgerFails: random.pick([0, 0, 0.003, 0.02]),
            storeFails: random.pick([0, 0, 0.01, 0.05]),
            serviceFails: random.pick([0, 0.03, 0.1, 0.3]),
            pagesDrift: random.pick([0, 0.1, 0.4]),
            dies: random.pick([0, 0.003, 0.01, 0.03]),
            stops: random.pick([0, 0, 0.003, 0.01]),
            meddles: random.pick([0, 0, 0.01, 0.05])
        )
    }
}
