import FerryCore
import Testing

@Suite struct MappingFlowTests {
    private func flows(
        _ mappings: [FieldMapping],
        oneWay: [Bool],
        scheduled: Set<Direction> = [],
        supported: Set<Direction> = [.pull, .push]
    ) -> [FlowDirection] {
        MappingFlow.resolve(mappings, isOneWay: oneWay, scheduled: scheduled, supported: supported)
    }

    @Test func letsAMappingThatCanBeUndoneFlowBothWays() throws {
        #expect(try flows([mapping("fields.a", "a")], oneWay: [false], scheduled: [.pull, .push]) == [.both])
        #expect(try flows([mapping("fields.a", "a")], oneWay: [false], scheduled: [.push]) == [.both])
    }

    @Test func pushesAOneWayMappingOfAnEntityThatGoesBothWays() throws {
        #expect(try flows([mapping("fields.a", "a")], oneWay: [true], scheduled: [.pull, .push]) == [.push])
    }

    @Test(arguments: [Direction.pull, .push])
    func letsAOneWayMappingFlowTheWayItsEntityGoes(direction: Direction) throws {
        let expected: FlowDirection = direction == .pull ? .pull : .push
        #expect(try flows([mapping("fields.a", "a")], oneWay: [true], scheduled: [direction]) == [expected])
        #expect(try flows([mapping("fields.a", "a")], oneWay: [true], supported: [direction]) == [expected])
    }

    @Test func letsAMappingSayItsWay() throws {
        let mappings = try [FlowDirection.pull, .push, .both].map { try mapping("fields.a", "a", direction: $0) }
        #expect(flows(mappings, oneWay: [true, true, true], scheduled: [.pull, .push]) == [.pull, .push, .both])
    }

    @Test func pushesConstantsOnly() throws {
        #expect(try flows([mapping(nil, "a", constant: 1)], oneWay: [false], scheduled: [.pull]) == [.push])
    }

    @Test func writesNoLocalFieldTwiceWhereNoScheduleTellsTheWay() throws {
        let mappings = try [mapping("fields.name", "name"), mapping("fields.name", "slug"), mapping("fields.b", "b")]
        #expect(flows(mappings, oneWay: [false, true, true]) == [.both, .push, .both])
    }
}
