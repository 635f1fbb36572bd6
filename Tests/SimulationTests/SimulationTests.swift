import FerryCore
import Foundation
import Testing

/// Thousands of histories of one engine: whatever goes wrong, everything ends up in place once it stops.
@Suite(.serialized) struct SimulationTests {
    @Test(arguments: [Direction.push, .pull])
    func everySeedEndsAsPromised(_ direction: Direction) async {
        var seeds = SimulationSeeds.seeds(first: direction == .push ? 1 : 100_001, count: 500)
        let range = "\(seeds.first ?? 0) to \(seeds.last ?? 0)"
        if SimulationSeeds.replayed == nil { seeds += SimulationSeeds.mended[direction] ?? [] }
        let start = Date()
        let outcomes = await SimulationSeeds.play(direction, seeds: seeds)
        let minutes = max(Date().timeIntervalSince(start), 0.001) / 60
        let jobs = outcomes.map(\.jobs).reduce(0, +)
        print(
            "\(direction.rawValue): \(outcomes.count) histories with \(jobs) jobs, "
                + "\(Int(Double(outcomes.count) / minutes)) a minute, seeds \(range)"
        )
        for outcome in outcomes {
            if SimulationSeeds.replayed != nil { print(outcome.lines.joined(separator: "\n")) }
            guard let violation = outcome.violations.first else { continue }
            Issue.record("FERRY_SIMULATION_SEED=\(outcome.seed) (\(direction.rawValue)): \(violation)")
        }
    }

    @Test(arguments: [Direction.push, .pull])
    func aSeedAlwaysTellsTheSameStory(_ direction: Direction) async {
        let seeds = (1...20).map { UInt64($0) }
        let first = await SimulationSeeds.play(direction, seeds: seeds)
        let second = await SimulationSeeds.play(direction, seeds: seeds)
        for (one, other) in zip(first, second) {
            let place = zip(one.lines, other.lines).enumerated().first { $0.element.0 != $0.element.1 }
            #expect(
                one.lines.count == other.lines.count && place == nil,
                "seed \(one.seed): \(String(describing: place))"
            )
        }
    }
}
