import FerryCore

/// An entity's mappings compiled for both directions, and the paths that a job of one direction reads.
struct EntityPlan: Sendable {
    let entity: EntityMapping
    let pull: MappingPlan
    let push: MappingPlan
    /// Whether records flow both ways, so that each side's version must be compared with the last agreed one.
    let isTwoWay: Bool
    /// The natural key's remote path, from the entity or from the service description.
    let match: FieldPath?
    /// Hash of the pushed paths: field hashes of two plans can be compared when it is the same.
    let outputFingerprint: UInt64

    init(_ entity: EntityMapping, context: JobContext) throws {
        let directions = context.remote.directions(of: entity.resource)
        let catalog = context.transforms
        var isOneWay: [Bool] = []
        do throws(TransformReferenceError) {
            for mapping in entity.mappings {
                var oneWay = false
                for reference in mapping.transforms {
                    oneWay = try catalog.transform(reference).isOneWay || oneWay
                }
                isOneWay.append(oneWay)
            }
            let scheduled = Set(context.integration.schedules.keys)
            let flows = MappingFlow.resolve(
                entity.mappings,
                isOneWay: isOneWay,
                scheduled: scheduled,
                supported: directions
            )
            pull = try MappingPlan(entity, direction: .pull, flows: flows, catalog: catalog)
            push = try MappingPlan(entity, direction: .push, flows: flows, catalog: catalog)
            let ways = scheduled.isEmpty ? directions : scheduled
            isTwoWay = ways.count == 2 && entity.query == nil && !pull.outputs.isEmpty && !push.outputs.isEmpty
        } catch {
            throw SyncFailure(.config, .configInvalidTransform, "\(error)", hint: "run 'ferryctl check'")
        }
        self.entity = entity
        match = entity.match?.target ?? context.remote.defaultMatch(of: entity.resource)
        outputFingerprint = Array(push.outputs.map(\.description).joined(separator: "|").utf8)
            .withUnsafeBytes { RecordHash.of($0, seed: 1).low }
    }

    /// The field hashes as a link keeps them: the fingerprint of their paths first.
    func kept(_ image: RecordImage) -> [UInt64] { [outputFingerprint] + image.fields }

    /// The payload's hash as a link keeps it.
    func payloadHash(_ image: RecordImage) -> RecordHash { image.hash(seed: outputFingerprint) }

    /// The local image's hash as a link keeps it.
    func localHash(_ image: RecordImage) -> RecordHash { image.hash(seed: pull.fingerprint) }

    /// The hash by which a remote record is known to be unchanged under this mapping.
    func remoteHash(_ hash: RecordHash) -> RecordHash {
        RecordHash(low: hash.low ^ pull.fingerprint, high: hash.high ^ (isTwoWay ? outputFingerprint : 0))
    }
}
