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
    /// Which fields links remember.
    let agreed: AgreementLayout
    /// Hash of the pushed paths: payloads of two plans can be compared when it is the same.
    let outputFingerprint: UInt64
    /// Hash of everything that decides what a push makes of a row.
    let pushFingerprint: UInt64

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
            agreed =
                isTwoWay
                ? AgreementLayout(entity, flows: flows, pull: pull, push: push)
                : AgreementLayout(pushing: push.outputs)
        } catch {
            throw SyncFailure(.config, .configInvalidTransform, "\(error)", hint: "run 'ferryctl check'")
        }
        self.entity = entity
        match = entity.match?.target ?? context.remote.defaultMatch(of: entity.resource)
        outputFingerprint = AgreementLayout(pushing: push.outputs).fingerprint
        pushFingerprint = push.fingerprint &+ catalog.revision
    }

    /// The local field that holds the natural key, below `fields`.
    var matchedField: FieldPath? {
        let source =
            entity.match?.source
            ?? match.flatMap { match in
                entity.mappings.first { $0.target == match && $0.constant == nil }?.source
            }
        return source?.dropping(first: "fields")
    }

    /// The field hashes as a link keeps them, of what the service holds at the layout's remote paths.
    func kept(remote fields: [UInt64]) -> [UInt64] {
        var agreement = Agreement(unknownIn: agreed)
        agreement.remote = fields
        return agreement.kept(under: agreed)
    }

    /// Whether the service holds all that a payload was to write, by what a link would keep of both.
    ///
    /// Of what was left out, a one-way push knows nothing.
    func holds(_ found: [UInt64], all sent: [UInt64]) -> Bool {
        guard sent.first == agreed.fingerprint, found.count >= agreed.remotePaths.count,
            sent.count > agreed.remotePaths.count
        else { return false }
        return agreed.pushed.allSatisfy { field in
            let value = sent[1 + field.remote]
            return found[field.remote] == value || !isTwoWay && value == Agreement.unknown
        }
    }

    /// Whether the service holds all that is known of a payload which may have been written under another mapping.
    func holds(_ found: [UInt64], known sent: Agreement) -> Bool {
        let known = agreed.pushed.map(\.remote).filter { sent.remote[$0] != Agreement.unknown }
        return !known.isEmpty && known.allSatisfy { $0 < found.count && found[$0] == sent.remote[$0] }
    }

    /// The hash of a payload whose fields stand among the layout's remote values.
    func payloadHash(remote fields: [UInt64]) -> RecordHash {
        payloadHash(RecordImage(fields: agreed.pushed.map { fields[$0.remote] }))
    }

    /// The hash of the local values that a pull writes, which come first among the layout's local ones.
    func localHash(fields: [UInt64]) -> RecordHash {
        localHash(RecordImage(fields: Array(fields.prefix(pull.outputs.count))))
    }

    /// The payload's hash as a link keeps it.
    func payloadHash(_ image: RecordImage) -> RecordHash { image.hash(seed: outputFingerprint) }

    /// The local image's hash as a link keeps it.
    func localHash(_ image: RecordImage) -> RecordHash { image.hash(seed: pull.fingerprint) }

    /// The hash by which a remote record is known to be unchanged under this mapping.
    func remoteHash(_ hash: RecordHash) -> RecordHash {
        RecordHash(low: hash.low ^ pull.fingerprint, high: hash.high ^ (isTwoWay ? outputFingerprint : 0))
    }
}
