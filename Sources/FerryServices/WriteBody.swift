import FerryCore
import FerryJSON

/// Writes a request's body: the description's items for each record, in an array at its place; or the one record's item
/// alone.
struct WriteBody: Sendable {
    /// A part of an item.
    private enum Part: Sendable {
        case text([UInt8])
        case fields
        case identifier
        /// The paths of the fields that are null, after some text; nothing at all where none is.
        case cleared(after: [UInt8])
        /// What is known only when the request is made.
        case value(JSONTemplate)
    }

    private let parts: [Part]
    private let before: [UInt8]
    private let after: [UInt8]
    private let sendsNull: Bool
    private let sent: SentFields
    /// The columns' paths as JSON strings.
    private let pathTexts: [[UInt8]]
    private let envelope: JSONTemplate?
    private let writer: RecordWriter
    /// Whether it is the same in every request that carries the same records under the same key.
    let isSettled: Bool

    /// A writer of the values for `fields`.
    ///
    /// - Throws: ``SyncFailure`` of kind `config`.
    init(_ description: WriteDescription, fields: [FieldPath], scope: TemplateScope) throws {
        var parts: [Part] = []
        for (index, item) in description.items.enumerated() {
            if index > 0 { parts.append(.text([UInt8(ascii: ",")])) }
            Self.compile(item, scope: scope, into: &parts)
        }
        self.parts = parts
        isSettled = !(description.items + [description.envelope].compactMap(\.self))
            .contains { $0.references.contains { $0.scope == .batch } }
        sendsNull = description.sendsNull
        envelope = description.envelope
        sent = SentFields(description, fields: fields, scope: scope)
        pathTexts = sent.paths.prefix(fields.count).map { Array(JSONValue.string($0.description).serialized.utf8) }
        var before = ""
        var after = ""
        for segment in description.into.segments {
            guard case .name(let name) = segment else { continue }
            before += "{\(JSONValue.string(name).serialized):"
            after += "}"
        }
        self.before = description.isList ? Array("\(before)[".utf8) : []
        self.after = description.isList ? Array("]\(after)".utf8) : []
        do throws(JSONFailure) {
            writer = try RecordWriter(sent.paths)
        } catch {
            throw SyncFailure(
                .config,
                .configMappingConflict,
                "the mappings' targets cannot be written together: \(error.message)",
                hint: "see the mappings' 'target'"
            )
        }
    }

    /// A batch's body; `nil` for a request that has none.
    ///
    /// - Parameter ids: what stands for the records' identifiers.
    func bytes(of batch: WriteBatch, ids: PackedStrings, scope: TemplateScope) -> [UInt8]? {
        guard !parts.isEmpty else { return nil }
        let given = sendsNull ? batch.records : batch.records.leavingOutNulls
        let records = sent.records(of: given, keys: batch.recordKeys)
        var body: [UInt8] = []
        body.reserveCapacity(records.cells.reduce(batch.count * 64) { $0 + Int($1.count) * 5 / 4 })
        body.append(contentsOf: opening(scope))
        for row in 0..<batch.count {
            if row > 0 { body.append(UInt8(ascii: ",")) }
            for part in parts {
                switch part {
                case .text(let text): body.append(contentsOf: text)
                case .fields: writer.write(row: row, of: records, into: &body)
                case .identifier: ids.withBytes(at: row) { JSONText.appendString($0, into: &body) }
                case .cleared(let text): writeCleared(row, of: batch.records, after: text, into: &body)
                case .value(let template):
                    body.append(contentsOf: (scope.value(template) ?? .null).serialized.utf8)
                }
            }
        }
        body.append(contentsOf: after)
        return body
    }

    /// Writes which fields of a record are null.
    private func writeCleared(_ row: Int, of records: RecordBatch, after text: [UInt8], into body: inout [UInt8]) {
        var isFirst = true
        for column in 0..<min(records.columnCount, pathTexts.count) where records[row, column].kind == .null {
            body.append(contentsOf: isFirst ? text + [UInt8(ascii: "[")] : [UInt8(ascii: ",")])
            body.append(contentsOf: pathTexts[column])
            isFirst = false
        }
        if !isFirst { body.append(UInt8(ascii: "]")) }
    }

    /// What stands before the list, with the members beside it.
    private func opening(_ scope: TemplateScope) -> [UInt8] {
        guard let envelope, case .object(let members)? = scope.value(envelope), !members.isEmpty, !before.isEmpty else {
            return before
        }
        // An object without its closing brace, and the list's place without its opening one.
        var opening = Array(JSONValue.object(members).serialized.utf8.dropLast())
        opening.append(UInt8(ascii: ","))
        return opening + before.dropFirst()
    }

    private static func compile(_ item: JSONTemplate, scope: TemplateScope, into parts: inout [Part]) {
        switch item {
        case .literal(let value): parts.append(.text(Array(value.serialized.utf8)))
        case .template(let template):
            switch template.soleExpression {
            case .reference(.record, ["cleared"])?: parts.append(.cleared(after: []))
            case .reference(.record, let path)?: parts.append(path == ["id"] ? .identifier : .fields)
            case _ where template.references.contains(where: { $0.scope == .batch }): parts.append(.value(item))
            default: parts.append(.text(Array((scope.value(item) ?? .null).serialized.utf8)))
            }
        case .array(let elements):
            parts.append(.text([UInt8(ascii: "[")]))
            let elements = elements.filter { isPresent($0, scope) }
            for (index, element) in elements.enumerated() {
                if index > 0 { parts.append(.text([UInt8(ascii: ",")])) }
                compile(element, scope: scope, into: &parts)
            }
            parts.append(.text([UInt8(ascii: "]")]))
        case .object(let members):
            parts.append(.text([UInt8(ascii: "{")]))
            let present = members.filter { isPresent($0.value, scope) }
            // What may leave no trace comes last, since the others' commas do not know of it.
            let members = present.filter { !$0.value.isCleared } + present.filter(\.value.isCleared)
            for (index, member) in members.enumerated() {
                let key = JSONValue.string(member.key).serialized
                let opening = Array(((index > 0 ? "," : "") + key + ":").utf8)
                guard !member.value.isCleared else {
                    parts.append(.cleared(after: opening))
                    continue
                }
                parts.append(.text(opening))
                compile(member.value, scope: scope, into: &parts)
            }
            parts.append(.text([UInt8(ascii: "}")]))
        }
    }

    /// Whether a member has a value: one that refers to a setting which is not given is left out.
    private static func isPresent(_ item: JSONTemplate, _ scope: TemplateScope) -> Bool {
        guard case .template(let template) = item, let expression = template.soleExpression,
            expression.references.allSatisfy({ $0.scope == .settings })
        else { return true }
        return scope.value(item) != nil
    }
}

extension JSONTemplate {
    /// Whether it stands for the paths of the fields that are null.
    fileprivate var isCleared: Bool {
        guard case .template(let template) = self, case .reference(.record, ["cleared"])? = template.soleExpression
        else {
            return false
        }
        return true
    }
}

extension RecordBatch {
    /// The batch with nothing where there are nulls.
    fileprivate var leavingOutNulls: RecordBatch {
        var batch = self
        for index in batch.cells.indices where batch.cells[index].kind == .null { batch.cells[index] = .missing }
        return batch
    }
}
