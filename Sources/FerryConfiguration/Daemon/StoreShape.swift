import FerryCore

/// One store of `ferry.yaml`.
enum StoreShape {
    struct Draft {
        var type: String?
        var path: Positioned<String>?
    }

    private static var mapping: MappingShape<Draft> {
        MappingShape { _ in Draft() }
            .key("type", .choice(["sqlite"]), \.type, required: true, "The kind of store: sqlite.")
            .key(
                "path",
                ValueShape.nonEmptyString.positioned,
                \.path,
                "A user's own SQLite file, whose tables are never altered; default: store.db in the state directory."
            )
    }

    /// The store's definition; `nil` when it is wrong, so that its name is known all the same.
    static var shape: ValueShape<StoreDefinition?> {
        ValueShape(schema: mapping.schema) { node, subject, report in
            if let type = futureType(of: node) {
                report.invalid(
                    type,
                    "stores of type '\(type.text ?? "")' are not available yet in this version",
                    hint: "use { type: sqlite } or { type: sqlite, path: /path/to/file.db }"
                )
                return .some(nil)
            }
            let errors = report.diagnostics.count
            guard let draft = mapping.decode(node, subject, &report), report.diagnostics.count == errors else {
                return .some(nil)
            }
            guard let path = draft.path else { return .embedded }
            guard path.value.hasPrefix("/") else {
                report.error(
                    .configInvalidValue,
                    at: path.position,
                    "'path' must be absolute: the daemon has no directory of its own to look in",
                    hint: "write the whole path, beginning with '/'"
                )
                return .some(nil)
            }
            return .sqlite(path: path.value)
        }
    }

    /// The `type` of a store that a later version will have, whose other keys are not known yet.
    private static func futureType(of node: YAMLNode) -> YAMLNode? {
        guard case .mapping(let entries) = node.content else { return nil }
        return entries.first { entry in
            entry.key == "type" && ["postgres", "csv", "jsonl"].contains(entry.value.text)
        }?.value
    }
}
