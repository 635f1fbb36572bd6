import FerryCore

/// A record's payload as bytes that the outbox keeps.
///
/// For each value its path, its kind and its bytes, each text after its length in four bytes, the lowest first. Missing
/// values leave no trace.
enum FrozenRecord {
    /// The bytes of one row, whose columns stand at `paths`.
    static func bytes(of row: Int, in records: RecordBatch, at paths: [FieldPath]) -> [UInt8] {
        var bytes: [UInt8] = []
        for (column, path) in paths.enumerated() {
            let cell = records[row, column]
            guard cell.kind != .missing else { continue }
            append(path.description.utf8, to: &bytes)
            bytes.append(cell.kind.rawValue)
            records.withBytes(of: cell) { append($0, to: &bytes) }
        }
        return bytes
    }

    /// The rows of several records, with a column for each path that any of them has.
    ///
    /// - Returns: `nil` when the bytes are not such as ``bytes(of:in:at:)`` makes.
    static func batch(of contents: [[UInt8]]) -> (paths: [FieldPath], records: RecordBatch)? {
        var paths: [FieldPath] = []
        var columns: [String: Int] = [:]
        var rows: [[Value]] = []
        for content in contents {
            guard let values = values(in: content) else { return nil }
            for value in values where columns[value.path] == nil {
                guard let path = try? FieldPath(parsing: value.path) else { return nil }
                columns[value.path] = paths.count
                paths.append(path)
            }
            rows.append(values)
        }
        var records = RecordBatch(columnCount: paths.count, reservingRows: rows.count)
        for row in rows {
            var cells = Array(repeating: Cell.missing, count: paths.count)
            for value in row {
                guard let column = columns[value.path] else { continue }
                cells[column] = value.bytes.isEmpty ? Cell(value.kind) : records.store(value.bytes, as: value.kind)
            }
            records.append(row: cells)
        }
        return (paths, records)
    }

    private struct Value {
        var path: String
        var kind: ValueKind
        var bytes: ArraySlice<UInt8>
    }

    private static func values(in content: [UInt8]) -> [Value]? {
        var rest = content[...]
        var values: [Value] = []
        while !rest.isEmpty {
            guard let path = take(&rest), let kind = rest.popFirst().flatMap({ ValueKind(rawValue: $0) }),
                let bytes = take(&rest)
            else { return nil }
            values.append(Value(path: String(decoding: path, as: UTF8.self), kind: kind, bytes: bytes))
        }
        return values
    }

    private static func append(_ text: some Collection<UInt8>, to bytes: inout [UInt8]) {
        let count = UInt32(text.count)
        for shift in [0, 8, 16, 24] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: count >> shift)) }
        bytes.append(contentsOf: text)
    }

    private static func take(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard rest.count >= 4 else { return nil }
        let count = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        rest = rest.dropFirst(4)
        guard rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }
}
