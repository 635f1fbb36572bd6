import FerryCore

/// Which fields of an entity links remember, and how those of the two sides belong together.
///
/// One way, that is the payload of a push. Two ways, it is every remote value that a mapping reads or writes and every
/// local one that a pull writes: each side is compared with its own past, so that a transform or a column's type
/// between the two never looks like a change.
struct AgreementLayout: Sendable {
    /// A local field that a pull writes.
    struct PulledField: Sendable {
        /// Its column among the remote paths.
        let remote: Int
        /// Whether a push carries the same mapping back: only then can both sides change it.
        let isShared: Bool
    }

    /// A remote field that a push writes.
    struct PushedField: Sendable {
        /// Its column among the remote paths.
        let remote: Int
        /// The column among the local paths, where a pull carries the same mapping: `nil` for push only.
        let local: Int?
    }

    /// The remote paths: those that a pull reads, then those that a push writes.
    let remotePaths: [FieldPath]
    /// The local paths: those that a pull writes.
    let localPaths: [FieldPath]
    /// For each local field that a pull writes, where it comes from.
    let pulled: [PulledField]
    /// For each remote field that a push writes, where it comes from.
    let pushed: [PushedField]
    /// The columns of the times of the last change, where the entity has them.
    let modified: (remote: Int, local: Int)?
    /// Hash of the paths: field hashes of two plans can be compared when it is the same.
    let fingerprint: UInt64

    /// The layout of an entity that is pushed only, or pulled only.
    init(pushing outputs: [FieldPath]) {
        remotePaths = outputs
        localPaths = []
        pulled = []
        pushed = outputs.indices.map { PushedField(remote: $0, local: nil) }
        modified = nil
        fingerprint = Self.fingerprint(outputs, [])
    }

    /// The layout of a two-way entity.
    init(_ entity: EntityMapping, flows: [FlowDirection], pull: MappingPlan, push: MappingPlan) {
        var remotePaths = pull.inputs
        var localPaths = pull.outputs
        let outputColumns = push.outputs.map { remotePaths.column(of: $0) }
        var origins = [PulledField?](repeating: nil, count: localPaths.count)
        var shared: [FieldPath: Int] = [:]
        for (mapping, flow) in zip(entity.mappings, flows) where flow.allows(.pull) {
            guard let field = mapping.source?.dropping(first: "fields"), let local = localPaths.firstIndex(of: field)
            else { continue }
            let isShared = flow == .both && mapping.constant == nil
            origins[local] = PulledField(remote: remotePaths.column(of: mapping.target), isShared: isShared)
            if isShared { shared[mapping.target] = local }
        }
        // Every output of the pull has a mapping that writes it.
        pulled = origins.map { $0 ?? PulledField(remote: 0, isShared: false) }
        pushed = zip(push.outputs, outputColumns).map { PushedField(remote: $1, local: shared[$0]) }
        modified = entity.modified.map { modified in
            let local = modified.source.dropping(first: "fields") ?? modified.source
            return (remotePaths.column(of: modified.target), localPaths.column(of: local))
        }
        self.remotePaths = remotePaths
        self.localPaths = localPaths
        fingerprint = Self.fingerprint(remotePaths, localPaths)
    }

    /// The layout as the ledger keeps it.
    var kept: FieldLayout {
        FieldLayout(
            fingerprint: fingerprint,
            remotePaths: remotePaths.map(\.description),
            localPaths: localPaths.map(\.description)
        )
    }

    private static func fingerprint(_ remote: [FieldPath], _ local: [FieldPath]) -> UInt64 {
        var text = remote.map(\.description).joined(separator: "|")
        if !local.isEmpty { text += "||" + local.map(\.description).joined(separator: "|") }
        return Array(text.utf8).withUnsafeBytes { RecordHash.of($0, seed: 1).low }
    }
}
