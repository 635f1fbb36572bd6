import FerryCore

/// A resource that can be pulled.
enum StreamShape {
    struct Draft {
        var position: Position
        var request: RequestShape.Draft?
        var unlisted: Positioned<String>?
        var records: [FieldPath]?
        var rows: RowsDraft?
        var mayOmitRecords: Bool?
        var zipped: [(name: Positioned<String>, value: Positioned<Template>)]?
        var added: [(name: Positioned<String>, value: Positioned<JSONTemplate>)]?
        var parts: [(name: Positioned<String>, value: Positioned<Template>)]?
        var identity: Positioned<IdentityDraft>?
        var root: FieldPath?
        var match: Positioned<Template>?
        var pagination: PaginationShape.Draft?
        var whole: WholeDraft?
        var incremental: IncrementalDraft?
        var find: RequestShape.Draft?
        var get: RequestShape.Draft?
        var deletes: DeletesDraft?

        /// Where a record has its identifier, if it has one.
        var id: FieldPath? {
            if case .path(let path)? = identity?.value { return path }
            return nil
        }
    }

    enum IdentityDraft {
        case path(FieldPath)
        case fields([FieldPath])
        case named(Template)
    }

    struct RowsDraft {
        var columns: FieldPath?
        var jsonColumns: [String]?
    }

    struct WholeDraft {
        var position: Position
        var conditions: [(name: Positioned<String>, value: JSONValue)]?
        var request: RequestShape.Draft?
        var error: FieldPath?
        var pagination: PaginationShape.Draft?
        var skippedPrefixes: [String]?
    }

    struct IncrementalDraft {
        var position: Position
        var cursor: CursorDraft?
        var days: DaysShape.Draft?
    }

    struct CursorDraft {
        var position: Position
        var field: Positioned<FieldPath>?
        var type: CursorDescription.ValueType?
        var isOrdered: Bool?
        var start: Positioned<JSONTemplate>?
        var lookback: Positioned<Duration>?
        /// Whether there was something that is no cursor at all, which was reported.
        var isUnreadable = false
    }

    struct DeletesDraft {
        var position: Position
        var scans: Positioned<Int>?
        var field: FieldPath?
        var sweep: SweepDraft?
    }

    struct SweepDraft {
        var position: Position
        var request: RequestShape.Draft?
        var records: [FieldPath]?
        var id: FieldPath?
        var pagination: PaginationShape.Draft?
        var interval: Duration?
    }

    static var shape: ValueShape<Draft> {
        MappingShape { Draft(position: $0) }
            .key(
                "request",
                RequestShape.shape.standingIn(.init(isUnreadable: true)),
                \.request,
                "The request for a page."
            )
            .key(
                "unlisted",
                ValueShape.nonEmptyString.positioned,
                \.unlisted,
                "Why there is no such request, where records can be found but not listed: they cannot be pulled then."
            )
            .key("records", records, \.records, default: "$", recordsSummary)
            .key("rows", rows, \.rows, "How records that are lists of values become objects.")
            .key(
                "omitted",
                .boolean,
                \.mayOmitRecords,
                default: false,
                "Whether an answer without records may lack the place where they stand."
            )
            .key(
                "parts",
                NamedShape(value: ValueShape<Template>.template.positioned).shape,
                \.parts,
                "What is read one after the other: all combinations of these lists' elements, ${part.NAME} in requests."
            )
            .key(
                "zip",
                NamedShape(value: ValueShape<Template>.template.positioned).shape,
                \.zipped,
                "Where a record has a list of values, and the setting that names them: each becomes a member."
            )
            .key(
                "add",
                NamedShape(value: ValueShape<JSONTemplate>.document.positioned).shape,
                \.added,
                "Members that records get besides their own, such as the part that they belong to."
            )
            .key(
                "id",
                identity.positioned,
                \.identity,
                required: true,
                "Where a record keeps its identifier; several paths, or the setting that names them, make one."
            )
            .key("root", .path, \.root, default: "$", "Where remote paths of mappings are rooted in a record.")
            .key(
                "match",
                ValueShape<Template>.template.positioned,
                \.match,
                "The natural key's path, below the root, for integrations that do not set one."
            )
            .key(
                "paginate",
                PaginationShape.shape,
                \.pagination,
                "How pages follow each other; default: there is one page."
            )
            .key(
                "whole",
                whole,
                \.whole,
                "How everything is read, where the service has a better way than pages; default: by pages."
            )
            .key(
                "incremental",
                incremental,
                \.incremental,
                "How only what has changed is read; default: every pull reads everything."
            )
            .key("find", RequestShape.shape, \.find, "The request that finds records by their natural key.")
            .key(
                "get",
                RequestShape.shape,
                \.get,
                "The request that reads one record by its identifier, ${match.value}; 404 means that it is gone."
            )
            .key("deletes", deletes, \.deletes, "What shows that a record is deleted; default: nothing does.")
            .value
    }

    private static var rows: ValueShape<RowsDraft> {
        MappingShape { _ in RowsDraft() }
            .key(
                "columns",
                .path,
                \.columns,
                required: true,
                "Where the answer keeps the columns' names, in the order of the values."
            )
            .key(
                "json",
                ValueShape.nonEmptyString.oneOrList,
                \.jsonColumns,
                "The columns whose values are JSON as text, which counts as what it says."
            )
            .value
    }

    private static var whole: ValueShape<WholeDraft> {
        MappingShape { WholeDraft(position: $0) }
            .key(
                "when",
                NamedShape(value: ValueShape<JSONValue>.json).shape,
                \.conditions,
                "The settings, by name, with which that gives the records that pages give; with others pages are read."
            )
            .key(
                "request",
                RequestShape.shape.standingIn(.init(isUnreadable: true)),
                \.request,
                required: true,
                "The request, whose answer is a JSON document a line: those with an identifier are the records."
            )
            .key(
                "error",
                .path,
                \.error,
                required: true,
                "Where a line that is no record says that the answer has broken off."
            )
            .key(
                "paginate",
                PaginationShape.shape,
                \.pagination,
                "How answers follow each other, by a token in a line that is no record; default: there is one."
            )
            .key(
                "skip",
                ValueShape.nonEmptyString.oneOrList,
                \.skippedPrefixes,
                "What the identifiers begin with of records that pages do not have."
            )
            .value
    }

    private static var identity: ValueShape<IdentityDraft> {
        let path = ValueShape<FieldPath>.path
        return ValueShape<IdentityDraft>(schema: path.oneOrList.schema) { node, subject, report in
            if case .sequence = node.content {
                let fields = path.list.decode(node, subject, &report)
                if fields?.isEmpty == true { report.invalid(node, "\(subject) must not be empty") }
                return fields.flatMap { $0.isEmpty ? nil : .fields($0) }
            }
            guard node.text?.contains("${") == true else {
                return path.decode(node, subject, &report).map { .path($0) }
            }
            return ValueShape<Template>.template.decode(node, subject, &report).map { .named($0) }
        }
    }

    private static var records: ValueShape<[FieldPath]> { ValueShape<FieldPath>.path.oneOrList }
    private static let recordsSummary = "Where a page keeps its records; the first path that leads to a list counts."

    private static var incremental: ValueShape<IncrementalDraft> {
        let cursor = MappingShape { CursorDraft(position: $0) }
            .key(
                "field",
                ValueShape<FieldPath>.path.positioned,
                \.field,
                required: true,
                "Where a record keeps the value that grows when it changes."
            )
            .key(
                "type",
                .choice,
                \.type,
                default: "timestamp",
                "How values are compared: timestamp, unix_s, unix_ms, number or string."
            )
            .key(
                "ordered",
                .boolean,
                \.isOrdered,
                default: false,
                "Whether pages come in ascending order of the field."
            )
            .key(
                "start",
                ValueShape<JSONTemplate>.document.positioned,
                \.start,
                "What ${cursor.value} is when everything is to be read; else it is left out."
            )
            .key(
                "lookback",
                ValueShape<Duration>.timeSpan.positioned,
                \.lookback,
                default: "0s",
                "How far before the highest value seen the next pull begins, for records that come late."
            )
            .value
        return MappingShape { IncrementalDraft(position: $0) }
            .key(
                "cursor",
                cursor.standingIn(.init(position: .start, isUnreadable: true)),
                \.cursor,
                "The field whose highest value seen is where the next pull begins: ${cursor.value}."
            )
            .key(
                "days",
                DaysShape.shape.standingIn(.init(position: .start, isUnreadable: true)),
                \.days,
                "How records are read day by day, each day as a whole: ${window.start}, ${window.end}."
            )
            .value { draft, report in
                guard (draft.cursor == nil) == (draft.days == nil) else { return draft }
                report.error(
                    draft.cursor == nil ? .configMissingKey : .configInvalidValue,
                    at: draft.position,
                    draft.cursor == nil
                        ? "'incremental' does not say how" : "'incremental' is either 'cursor' or 'days', not both",
                    hint: "add 'cursor' or 'days', or leave 'incremental' out"
                )
                return nil
            }
    }

    private static var deletes: ValueShape<DeletesDraft> {
        let sweep = MappingShape { SweepDraft(position: $0) }
            .key("request", RequestShape.shape, \.request, required: true, "The request for a page of identifiers.")
            .key("records", records, \.records, default: "$", recordsSummary)
            .key("id", .path, \.id, required: true, "Where a record keeps its identifier.")
            .key(
                "paginate",
                PaginationShape.shape,
                \.pagination,
                "How pages follow each other; default: there is one page."
            )
            .key("every", .timeSpan, \.interval, default: "24h", "How long a look at all identifiers is good for.")
            .value
        return MappingShape { DeletesDraft(position: $0) }
            .key(
                "scans",
                ValueShape<Int>.integer(1, 100).positioned,
                \.scans,
                "Complete scans (or sweeps) a record must be missing from before it counts as deleted."
            )
            .key(
                "field",
                .path,
                \.field,
                "Where a record says that it is deleted, by a value that is neither null nor false."
            )
            .key("sweep", sweep, \.sweep, "A look at all identifiers, for streams that do not see everything.")
            .value { draft, report in
                guard draft.scans == nil, draft.field == nil, draft.sweep == nil else { return draft }
                report.error(
                    .configMissingKey,
                    at: draft.position,
                    "'deletes' does not say how",
                    hint: "add 'scans', 'field' or 'sweep', or leave 'deletes' out"
                )
                return nil
            }
    }
}
