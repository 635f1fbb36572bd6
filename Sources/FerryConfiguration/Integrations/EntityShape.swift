import FerryCore

/// One entry of `entities`.
enum EntityShape {
    struct Draft {
        var position: Position
        var type: Positioned<String>?
        var query: Positioned<String>?
        var resource: Positioned<String>?
        var key: String?
        var match: EntityMapping.Match?
        var deletes: EntityMapping.DeletePolicy?
        var changedSince: String?
        var modified: EntityMapping.Modified?
        /// Decoded when the service is known.
        var config: YAMLNode?
        var mappings: Positioned<[FieldMappingShape.Draft]>?
    }

    struct MatchDraft {
        var source: Positioned<FieldPath>?
        var target: Positioned<FieldPath>?
    }

    static var shape: ValueShape<Draft> {
        MappingShape { Draft(position: $0) }
            .key(
                "type",
                .identifier,
                \.type,
                required: true,
                "The entity type: the name of the store's table, unless 'query' is set."
            )
            .key(
                "query",
                ValueShape.nonEmptyString.positioned,
                \.query,
                "An SQL query instead of a table; push only."
            )
            .key(
                "resource",
                ValueShape.nonEmptyString.positioned,
                \.resource,
                required: true,
                "The remote resource, one of those of the service."
            )
            .key("key", .nonEmptyString, \.key, "The table's key column; default: its primary key.")
            .key(
                "match",
                match,
                \.match,
                "The natural key by which records meet for the first time, quickly with an index on its column; default: the service's, if it has one."
            )
            .key(
                "deletes",
                .choice,
                \.deletes,
                default: "keep",
                "What happens when a record is gone at the other end: keep or propagate."
            )
            .key(
                "changed_since",
                .nonEmptyString,
                \.changedSince,
                "The column that tells when a row changed last, best with an index: a push compares the rows that changed, and all of them once a day. Where records also flow back, and by default, it compares all rows."
            )
            .key(
                "modified",
                modified,
                \.modified,
                "Where both sides keep the time of the last change, by which 'conflicts: newest' decides."
            )
            .key(
                "config",
                ValueShape(schema: ["type": "object"]) { node, _, _ in node },
                \.config,
                "Settings of the service that are this entity type's own, such as the remote type it is."
            )
            .key(
                "field_mappings",
                FieldMappingShape.shape.list.positioned,
                \.mappings,
                aliases: ["fieldMappings"],
                "How values move between local fields and remote ones, such as { source: fields.title, target: title }."
            )
            .value
    }

    private static var modified: ValueShape<EntityMapping.Modified> {
        MappingShape { _ in MatchDraft() }
            .key("source", .localPath, \.source, required: true, "The local path, such as fields.updated_at.")
            .key("target", .remotePath, \.target, required: true, "The remote path.")
            .value { draft, _ in
                guard let source = draft.source, let target = draft.target else { return nil }
                return EntityMapping.Modified(source: source.value, target: target.value)
            }
    }

    private static var match: ValueShape<EntityMapping.Match> {
        MappingShape { _ in MatchDraft() }
            .key("source", .localPath, \.source, required: true, "The local path of the natural key.")
            .key("target", .remotePath, \.target, required: true, "The remote path of the natural key.")
            .value { draft, _ in
                guard let source = draft.source, let target = draft.target else { return nil }
                return EntityMapping.Match(source: source.value, target: target.value)
            }
    }
}

extension EntityShape.Draft {
    /// The names of the settings that the entity type has of its own.
    var settingNames: Set<String> {
        guard case .mapping(let entries)? = config?.content else { return [] }
        return Set(entries.filter { !$0.value.isNull }.map(\.key))
    }
}

extension ValueShape where Value == Positioned<String> {
    /// A name that can be a table's.
    fileprivate static var identifier: ValueShape {
        ValueShape<String>.nonEmptyString.positioned.map { name, node, report in
            let bytes = Array(name.value.utf8)
            let isLetter = { (byte: UInt8) in (0x61...0x7A).contains(byte | 0x20) || byte == UInt8(ascii: "_") }
            let isSane =
                bytes.count <= 63 && bytes.first.map(isLetter) ?? false
                && bytes.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") }
            guard isSane else {
                report.invalid(
                    node,
                    "'\(name.value)' cannot be an entity type",
                    hint: "begin with a letter, go on with letters, digits, '_' and '-', at most 63 in all"
                )
                return nil
            }
            guard !name.value.lowercased().hasPrefix("sqlite_") else {
                report.invalid(
                    node,
                    "'\(name.value)' cannot be an entity type: SQLite keeps names that begin with 'sqlite_' for itself"
                )
                return nil
            }
            return name
        }
    }
}
