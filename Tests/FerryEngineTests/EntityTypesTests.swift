import FerryCore
import FerryEngine
import FerryTesting
import Testing

/// Jobs that are restricted to entity types.
@Suite struct EntityTypesTests {
    private static func integration() throws -> Integration {
        var integration = try Products.integration([.pull], deletes: .propagate)
        var other = integration.entities[0]
        other.type = "article"
        integration.entities.append(other)
        return integration
    }

    @Test func onlyTheTypesAskedForAreMoved() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(12)
            let integration = try Self.integration()
            let job = try await world.pull(integration, options: JobOptions(entityTypes: ["article"]))
            #expect(job.state == .succeeded && job.progress.created == 12)
            #expect(try await world.rows(["sku"], of: "article").count == 12)
            let whole = try await world.pull(integration)
            #expect(whole.progress.created == 12 && whole.progress.unchanged == 12)
        }
    }

    @Test func theTotalIsThatOfAllTypesSoFar() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(12)
            let job = try await world.pull(try Self.integration())
            #expect(job.progress.read == 24 && job.progress.total == 24)
        }
    }

    @Test func aRestrictionToTypesSeesAllOfThemAndMayDelete() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(12)
            let integration = try Self.integration()
            _ = try await world.pull(integration)
            world.changeRemote { $0.remove("r3") }
            let job = try await world.pull(integration, options: JobOptions(entityTypes: ["article"]))
            #expect(job.progress.deleted == 1)
            #expect(try await world.rows(["sku"], of: "product").count == 12)
        }
    }

    @Test func aTypeThatIsGoneFromTheFileIsNamed() async throws {
        try await EngineWorld.with { world in
            world.seedRemote(1)
            let options = JobOptions(entityTypes: ["article", "post"])
            let job = try await world.pull(try Self.integration(), options: options)
            #expect(job.state == .failed && job.failure?.code == .syncEntityTypeUnknown)
            #expect(job.failure?.message.contains("'post'") == true)
            #expect(job.failure?.hint?.contains("product, article") == true)
            #expect(world.requests(.page).isEmpty)
        }
    }
}
