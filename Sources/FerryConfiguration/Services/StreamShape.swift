import FerryCore

/// A resource that can be pulled.
enum StreamShape {
    struct Draft {
        var position: Position
        var request: RequestShape.Draft?
        var records: [FieldPath]?
        var id: FieldPath?
        var root: FieldPath?
        var match: Positioned<Template>?
        var pagination: PaginationDraft?
        var find: RequestShape.Draft?
        var get: RequestShape.Draft?
        var deletes: DeletesDraft?
    }

    struct PaginationDraft {
        var offset: OffsetDraft?
    }

    struct OffsetDraft {
        var size: Positioned<Template>?
    }

    struct DeletesDraft {
        var scans: Int?
    }

    static var shape: ValueShape<Draft> {
        MappingShape { Draft(position: $0) }
            .key("request", RequestShape.shape, \.request, required: true, "The request for a page.")
            .key(
                "records",
                ValueShape<FieldPath>.path.oneOrList,
                \.records,
                default: "$",
                "Where a page keeps its records; the first path that leads to a list counts."
            )
            .key("id", .path, \.id, required: true, "Where a record keeps its identifier.")
            .key("root", .path, \.root, default: "$", "Where remote paths of mappings are rooted in a record.")
            .key(
                "match",
                ValueShape<Template>.template.positioned,
                \.match,
                "The natural key's path, below the root, for integrations that do not set one."
            )
            .key("paginate", pagination, \.pagination, "How pages follow each other; default: there is one page.")
            .key("find", RequestShape.shape, \.find, "The request that finds records by their natural key.")
            .key(
                "get",
                RequestShape.shape,
                \.get,
                "The request that reads one record by its identifier, ${match.value}; 404 means that it is gone."
            )
            .key("deletes", deletes, \.deletes, "When a record that is not seen counts as deleted.")
            .value
    }

    private static var pagination: ValueShape<PaginationDraft> {
        let offset = MappingShape { _ in OffsetDraft() }
            .key(
                "size",
                ValueShape<Template>.template.positioned,
                \.size,
                required: true,
                "Rows a page, such as ${settings.page_size}."
            )
            .value
        return MappingShape { _ in PaginationDraft() }
            .key("offset", offset, \.offset, required: true, "Pages by offset; the end is an empty page.")
            .value
    }

    private static var deletes: ValueShape<DeletesDraft> {
        MappingShape { _ in DeletesDraft() }
            .key(
                "scans",
                .integer(1, 100),
                \.scans,
                required: true,
                "Complete scans a record must be missing from before it counts as deleted."
            )
            .value
    }
}

extension StreamShape.Draft {
    /// The stream; `nil` when it lacks something that was reported.
    var description: StreamDescription? {
        guard let request = request?.template, let id else { return nil }
        return StreamDescription(
            request: request,
            records: records ?? [.root],
            id: id,
            root: root ?? .root,
            match: match?.value,
            pagination: pagination?.offset?.size.map { .offset(size: $0.value) } ?? .none,
            find: find?.template,
            get: get?.template,
            scansBeforeDelete: deletes?.scans
        )
    }
}
