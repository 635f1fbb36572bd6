/// One mapping, compiled for one direction.
///
/// A class, since rows without number pass by: a structure of so many parts would be copied for each.
final class MappingStep: Sendable {
    /// Where the value comes from.
    enum Input: Sendable {
        case column(Int)
        case constant(MappingConstant)
        case identifier
    }

    /// Where the value goes.
    enum Output: Sendable, Equatable {
        case column(Int)
        case identifier
    }

    /// The source path, for messages.
    let name: String
    /// The path it goes to, for messages.
    let destination: String
    let input: Input
    let output: Output
    let transforms: [any Transform]
    let defaultValue: MappingConstant?
    let isRequired: Bool
    let onError: FieldMapping.ErrorPolicy

    init(
        name: String,
        destination: String,
        input: Input,
        output: Output,
        transforms: [any Transform],
        defaultValue: MappingConstant?,
        isRequired: Bool,
        onError: FieldMapping.ErrorPolicy
    ) {
        self.name = name
        self.destination = destination
        self.input = input
        self.output = output
        self.transforms = transforms
        self.defaultValue = defaultValue
        self.isRequired = isRequired
        self.onError = onError
    }

    /// The columns that a value goes from and to, where that is all there is to do.
    var copy: (from: Int, to: Int)? {
        guard transforms.isEmpty, defaultValue == nil, !isRequired, case .column(let from) = input,
            case .column(let to) = output
        else { return nil }
        return (from, to)
    }
}

/// A value from the configuration, as a batch holds it.
struct MappingConstant: Sendable {
    let kind: ValueKind
    let bytes: [UInt8]

    init(_ value: JSONValue) {
        switch value {
        case .null: (kind, bytes) = (.null, [])
        case .bool(let value): (kind, bytes) = (value ? .true : .false, [])
        case .number(let literal): (kind, bytes) = (.number, Array(literal.utf8))
        case .string(let value): (kind, bytes) = (.string, Array(value.utf8))
        case .array, .object: (kind, bytes) = (.json, Array(value.compactText.utf8))
        }
    }
}

/// Applies steps to values; keeps the buffers that transforms write to.
struct MappingWorker {
    var records: RecordBatch
    /// What steps have refused, by the step's place; empty as nearly always.
    private(set) var refusals: [Int: FieldRefusals] = [:]
    private var first: [UInt8] = []
    private var second: [UInt8] = []

    init(records: RecordBatch) {
        self.records = records
    }

    mutating func store(_ constant: MappingConstant) -> Cell {
        constant.bytes.isEmpty ? Cell(constant.kind) : records.store(constant.bytes, as: constant.kind)
    }

    mutating func storeIdentifier(_ ids: PackedStrings?, row: Int) -> Cell {
        guard let ids else { return .missing }
        return records.store(ids.bytes[ids.range(at: row)], as: .string)
    }

    /// Runs the step at `place` of the plan on a row's value.
    mutating func run(
        _ step: MappingStep,
        at place: Int,
        on input: Cell,
        row: Int
    ) throws(MappingFailure) -> Cell {
        var cell = input
        if cell.kind == .missing, let value = step.defaultValue { cell = store(value) }
        if cell.kind == .missing || cell.kind == .null {
            guard !step.isRequired else {
                throw MappingFailure(
                    code: .recordMissingField,
                    message: "the required field '\(step.name)' has no value"
                )
            }
        }
        guard cell.kind != .missing, !step.transforms.isEmpty else { return cell }
        do throws(TransformError) {
            return try transform(cell, by: step.transforms)
        } catch {
            refusals[place, default: FieldRefusals(of: step)].note(row: row, message: error.message)
            switch step.onError {
            case .null: return .null
            case .skipField: return .missing
            case .failRow:
                throw MappingFailure(
                    code: .recordTransform,
                    message: "the field '\(step.name)' cannot be transformed: \(error.message)"
                )
            }
        }
    }

    private mutating func transform(_ cell: Cell, by transforms: [any Transform]) throws(TransformError) -> Cell {
        // The buffers leave `self` while they are written, since the value that is read may lie in `records`.
        var output: [UInt8] = []
        var other: [UInt8] = []
        swap(&output, &first)
        swap(&other, &second)
        defer {
            swap(&output, &first)
            swap(&other, &second)
        }
        output.removeAll(keepingCapacity: true)
        let range = Int(cell.offset)..<Int(cell.offset) + Int(cell.count)
        var kind: ValueKind
        if cell.isInArena {
            kind = try transforms[0].apply(cell.kind, records.arena.span.extracting(range), into: &output)
        } else {
            kind = try transforms[0].apply(cell.kind, records.page.span.extracting(range), into: &output)
        }
        for transform in transforms.dropFirst() {
            other.removeAll(keepingCapacity: true)
            kind = try transform.apply(kind, output.span, into: &other)
            swap(&output, &other)
        }
        return records.store(output, as: kind)
    }
}
