import FerryCore

/// Transforms that need nothing but this module.
struct TinyTransforms: TransformCatalog {
    let names = ["double", "fail_on_x", "to_null"]

    func transform(_ reference: TransformReference) throws(TransformReferenceError) -> any Transform {
        switch reference.name {
        case "double": Double()
        case "fail_on_x": FailOnX()
        case "to_null": ToNull()
        default: throw .unknownName(reference.name)
        }
    }

    /// Writes a text twice.
    private struct Double: Transform {
        let isOneWay = true

        func apply(
            _ kind: ValueKind,
            _ bytes: Span<UInt8>,
            into output: inout [UInt8]
        ) throws(TransformError) -> ValueKind {
            for _ in 0..<2 {
                for index in bytes.indices { output.append(bytes[index]) }
            }
            return kind
        }
    }

    /// Refuses the text `x`, after having written half of something.
    private struct FailOnX: Transform {
        let isOneWay = false

        func apply(
            _ kind: ValueKind,
            _ bytes: Span<UInt8>,
            into output: inout [UInt8]
        ) throws(TransformError) -> ValueKind {
            output.append(UInt8(ascii: "?"))
            guard bytes.count != 1 || bytes[0] != UInt8(ascii: "x") else { throw TransformError("it is an x") }
            output.removeLast()
            for index in bytes.indices { output.append(bytes[index]) }
            return kind
        }
    }

    private struct ToNull: Transform {
        let isOneWay = true

        func apply(
            _ kind: ValueKind,
            _ bytes: Span<UInt8>,
            into output: inout [UInt8]
        ) throws(TransformError) -> ValueKind { .null }
    }
}

func mapping(
    _ source: String?,
    _ target: String,
    _ transforms: [String] = [],
    default defaultValue: JSONValue? = nil,
    constant: JSONValue? = nil,
    required: Bool = false,
    onError: FieldMapping.ErrorPolicy = .failRow,
    direction: FlowDirection? = nil
) throws -> FieldMapping {
    FieldMapping(
        source: try source.map { try FieldPath(parsing: $0) },
        target: try FieldPath(parsing: target),
        transforms: transforms.map { TransformReference(name: $0) },
        defaultValue: defaultValue,
        constant: constant,
        isRequired: required,
        onError: onError,
        direction: direction
    )
}

/// A plan of mappings that all flow both ways unless told otherwise.
func plan(
    _ direction: Direction,
    flows: [FlowDirection]? = nil,
    _ mappings: FieldMapping...
) throws -> MappingPlan {
    try MappingPlan(
        EntityMapping(type: "product", resource: "rows", mappings: mappings),
        direction: direction,
        flows: flows ?? mappings.map { _ in .both },
        catalog: TinyTransforms()
    )
}

/// A batch of rows of JSON values; `nil` is missing.
///
/// Every other value stands in the page rather than in the arena.
func batch(columns: Int, _ rows: [[JSONValue?]]) -> RecordBatch {
    var page: [UInt8] = []
    var cells: [(kind: ValueKind, bytes: [UInt8])] = []
    for value in rows.joined() {
        switch value {
        case nil: cells.append((.missing, []))
        case .null: cells.append((.null, []))
        case .bool(let value): cells.append((value ? .true : .false, []))
        case .number(let literal): cells.append((.number, Array(literal.utf8)))
        case .string(let text): cells.append((.string, Array(text.utf8)))
        case .some(let value): cells.append((.json, Array(value.compactText.utf8)))
        }
    }
    var offsets: [Int] = []
    for cell in cells {
        offsets.append(page.count)
        page += cell.bytes
    }
    var batch = RecordBatch(columnCount: columns, page: page)
    for (index, cell) in cells.enumerated() {
        if index.isMultiple(of: 2) {
            batch.cells.append(
                Cell(kind: cell.kind, isInArena: false, offset: offsets[index], count: cell.bytes.count)
            )
        } else {
            batch.cells.append(batch.store(cell.bytes, as: cell.kind))
        }
    }
    return batch
}

/// A value as text that shows its kind.
func show(_ cell: Cell, of batch: RecordBatch) -> String {
    switch cell.kind {
    case .missing: "-"
    case .null: "null"
    case .string: "'\(batch.string(of: cell))'"
    default: batch.string(of: cell)
    }
}

extension MappedBatch {
    /// A row's values.
    func row(_ row: Int) -> [String] {
        (0..<records.columnCount).map { show(records[row, $0], of: records) }
    }
}
