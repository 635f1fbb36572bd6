import FerryCore
import FerryJSON

/// The fields of a request's records: those that mappings make, at the places that the description moves them to, and
/// those that the description adds.
struct SentFields: Sendable {
    private enum Added: Sendable {
        case value(kind: ValueKind, bytes: [UInt8])
        case uuid
    }

    /// Where the columns of ``records(of:keys:)`` stand in a record.
    let paths: [FieldPath]
    private let added: [Added]

    /// The fields for the values of `fields`.
    init(_ description: WriteDescription, fields: [FieldPath], scope: TemplateScope) {
        var paths = fields.map { path in
            guard let move = description.moved.first(where: { path.segments.starts(with: $0.from.segments) }) else {
                return path
            }
            return FieldPath(segments: move.to.segments + path.segments.dropFirst(move.from.segments.count))
        }
        var added: [Added] = []
        for (path, template) in description.added {
            let isTaken = paths.contains { other in
                path.segments.starts(with: other.segments) || other.segments.starts(with: path.segments)
            }
            guard !isTaken, let value = Self.added(template, scope) else { continue }
            paths.append(path)
            added.append(value)
        }
        self.paths = paths
        self.added = added
    }

    /// The records with what is added to them.
    ///
    /// - Parameter keys: what the records' UUIDs are made of.
    func records(of records: RecordBatch, keys: PackedStrings) -> RecordBatch {
        guard !added.isEmpty, !records.isEmpty else { return records }
        var whole = RecordBatch(
            columnCount: records.columnCount + added.count,
            page: records.page,
            reservingRows: records.count
        )
        whole.arena = records.arena
        let constants = added.map { added -> Cell? in
            guard case .value(let kind, let bytes) = added else { return nil }
            return bytes.isEmpty ? Cell(kind) : whole.store(bytes, as: kind)
        }
        for row in 0..<records.count {
            let start = row * records.columnCount
            whole.cells.append(contentsOf: records.cells[start..<start + records.columnCount])
            for constant in constants {
                let cell = constant ?? whole.store(keys.withBytes(at: row, RecordUUID.text).utf8, as: .string)
                whole.cells.append(cell)
            }
        }
        return whole
    }

    /// What a template adds; `nil` for a setting that is not given.
    private static func added(_ template: JSONTemplate, _ scope: TemplateScope) -> Added? {
        if case .template(let text) = template, case .reference(.record, ["uuid"])? = text.soleExpression {
            return .uuid
        }
        guard let value = scope.value(template) else { return nil }
        switch value {
        case .null: return .value(kind: .null, bytes: [])
        case .bool(let isTrue): return .value(kind: isTrue ? .true : .false, bytes: [])
        case .number(let literal): return .value(kind: .number, bytes: Array(literal.utf8))
        case .string(let text): return .value(kind: .string, bytes: Array(text.utf8))
        case .array, .object: return .value(kind: .json, bytes: Array(value.serialized.utf8))
        }
    }
}

/// A UUID that is made of a text: the same one for the same text.
enum RecordUUID {
    /// The UUID of a text's UTF-8, of version 8, with SHA-256 (RFC 9562, §5.8 and appendix B.2).
    static func text(of bytes: UnsafeRawBufferPointer) -> String {
        let words = SHA256Digest(of: Array(bytes).span).words
        var octets: [UInt8] = []
        for index in 0..<4 {
            for shift in [24, 16, 8, 0] { octets.append(UInt8(truncatingIfNeeded: words[index] >> UInt32(shift))) }
        }
        octets[6] = octets[6] & 0x0F | 0x80
        octets[8] = octets[8] & 0x3F | 0x80
        var text = ""
        for (index, octet) in octets.enumerated() {
            if [4, 6, 8, 10].contains(index) { text += "-" }
            text += octet < 0x10 ? "0" : ""
            text += String(octet, radix: 16)
        }
        return text
    }
}
