/// An entity's mappings, compiled for one direction: applied to a batch at a time.
public struct MappingPlan: Sendable {
    /// The direction it was compiled for.
    public let direction: Direction
    /// The paths whose values it reads: remote ones for a pull; local ones below `fields` for a push.
    public let inputs: [FieldPath]
    /// The paths it gives values for: local ones below `fields` for a pull; remote ones for a push.
    public let outputs: [FieldPath]
    /// Hash of everything that decides what comes out: records are mapped anew when it changes.
    public let fingerprint: UInt64
    /// What is done with each record, in order.
    let steps: [MappingStep]
    /// The columns whose values only go from one place to another.
    let copies: [(from: Int, to: Int)]
    /// The places of the other steps.
    let works: [Int]
    /// Whether a mapping gives the local identifier.
    public let givesIdentifier: Bool

    /// Compiles the mappings that flow in `direction`.
    ///
    /// - Parameter flows: the way each mapping flows, from ``MappingFlow``.
    /// - Throws: ``TransformReferenceError``.
    public init(
        _ entity: EntityMapping,
        direction: Direction,
        flows: [FlowDirection],
        catalog: any TransformCatalog
    ) throws(TransformReferenceError) {
        var inputs: [FieldPath] = []
        var outputs: [FieldPath] = []
        var steps: [MappingStep] = []
        var text = "\(direction.rawValue)|\(entity.type)"
        for (mapping, flow) in zip(entity.mappings, flows) where flow.allows(direction) {
            guard direction == .push || mapping.source != nil else { continue }
            var transforms: [any Transform] = []
            let (before, after) = direction == .pull ? (mapping.form?.pulled, nil) : (nil, mapping.form?.pushed)
            let references = [before].compactMap(\.self) + mapping.transforms + [after].compactMap(\.self)
            for reference in references { transforms.append(try catalog.transform(reference)) }
            let output: MappingStep.Output
            let input: MappingStep.Input
            switch direction {
            case .pull:
                guard let source = mapping.source, source.segments.first != .name("type") else { continue }
                input = .column(inputs.column(of: mapping.target))
                if let field = source.dropping(first: "fields") {
                    output = .column(outputs.column(of: field))
                } else {
                    output = .identifier
                }
            case .push:
                output = .column(outputs.column(of: mapping.target))
                if let constant = mapping.constant {
                    input = .constant(MappingConstant(constant))
                } else if let field = mapping.source?.dropping(first: "fields") {
                    input = .column(inputs.column(of: field))
                } else if mapping.source?.segments.first == .name("type") {
                    input = .constant(MappingConstant(.string(entity.type)))
                } else {
                    input = .identifier
                }
            }
            steps.append(
                MappingStep(
                    name: direction == .pull ? mapping.target.description : mapping.source?.description ?? "constant",
                    destination: direction == .pull
                        ? mapping.source?.description ?? "" : mapping.target.description,
                    input: input,
                    output: output,
                    transforms: transforms,
                    defaultValue: mapping.defaultValue.map { MappingConstant($0) },
                    isRequired: mapping.isRequired,
                    onError: mapping.onError
                )
            )
            text += "|\(mapping.source?.description ?? "")→\(mapping.target):\(mapping.transforms)"
            text += ":\(String(describing: mapping.defaultValue)):\(String(describing: mapping.constant))"
            text += ":\(mapping.isRequired):\(mapping.onError)"
            if let form = mapping.form { text += ":\(form)" }
        }
        self.direction = direction
        self.inputs = inputs
        self.outputs = outputs
        self.steps = steps
        // Where two go to one place, the last one counts.
        let isOrdered = zip(steps.indices, steps).contains { steps[..<$0].map(\.output).contains($1.output) }
        copies = isOrdered ? [] : steps.compactMap(\.copy)
        works = steps.indices.filter { isOrdered || steps[$0].copy == nil }
        givesIdentifier = steps.contains { $0.output == .identifier }
        fingerprint = Array(text.utf8).withUnsafeBytes { RecordHash.of($0).low }
    }

    /// Maps every row of a batch whose columns are `inputs` (further columns are ignored).
    ///
    /// - Parameter ids: the local identifiers of a push's rows, for mappings whose source is `id`.
    public func map(_ batch: consuming RecordBatch, ids: PackedStrings?) -> MappedBatch {
        var run = MappingRun(self, batch, ids: ids)
        while run.advance(by: .max) {}
        return run.finish()
    }

    /// Maps every row as ``map(_:ids:)`` does, and lets others have their turn after some of them.
    ///
    /// A page takes longer than anybody who waits for a thread should have to.
    public func mapInTurns(_ batch: consuming RecordBatch, ids: PackedStrings?) async -> MappedBatch {
        var run = MappingRun(self, batch, ids: ids)
        while run.advance(by: 64) { await Task.yield() }
        return run.finish()
    }
}

/// The rows that came out of a mapping.
public struct MappedBatch: Sendable {
    /// One column per output.
    public var records: RecordBatch
    /// The local identifiers that a mapping gave; empty when none does.
    public var identifiers: [Cell]
    /// The rows that were refused, by their position; their cells mean nothing.
    public var failures: [Int: MappingFailure]
    /// The fields whose transforms refused values of this batch, in the mappings' order, whatever became of the rows.
    public var refusals: [FieldRefusals]

    /// Whether nothing was refused.
    public var isClean: Bool { failures.isEmpty && refusals.isEmpty }

    /// The rows of this batch, then those of another that the same plan has mapped; nothing may be refused in either.
    ///
    /// - Parameter page: the bytes that were read for this batch, then those for the other.
    public func joined(to other: MappedBatch, over page: [UInt8]) -> MappedBatch {
        precondition(isClean && other.isClean, "refusals name rows by their places")
        let (read, made) = (records.page.count, records.arena.count)
        return MappedBatch(
            records: records.joined(to: other.records, over: page),
            identifiers: identifiers + other.identifiers.map { $0.moved(inPage: read, inArena: made) },
            failures: [:],
            refusals: []
        )
    }
}

/// Why a row could not be mapped.
public struct MappingFailure: Error, Sendable, Equatable {
    /// The stable code.
    public var code: ErrorCode
    /// One sentence that names the field, without its value.
    public var message: String

    /// A failure.
    public init(code: ErrorCode, message: String) {
        self.code = code
        self.message = message
    }
}
