import FerryCore

/// A resource that can be pushed.
enum SinkShape {
    struct Draft {
        var position: Position
        var match: Positioned<Template>?
        var create: WriteDraft?
        var update: WriteDraft?
        var delete: WriteDraft?

        /// The operations that are declared.
        var operations: [(operation: WriteOperation, draft: WriteDraft)] {
            [(.create, create), (.update, update), (.delete, delete)].compactMap { operation, draft in
                draft.map { (operation, $0) }
            }
        }
    }

    struct WriteDraft {
        var position: Position
        var request: RequestShape.Draft?
        var isRepeatable: Bool?
        var isPartial: Bool?
        var afterUnknown: AfterUnknownDraft?
        var batch: BatchDraft?
        var result: ResultDraft?
        var goneStatuses: [Int]?
    }

    struct AfterUnknownDraft {
        var find: Positioned<String>?
        var settle: Duration?
    }

    struct BatchDraft {
        var maximum: Positioned<Template>?
        var bytes: Int?
        var into: FieldPath?
        var item: Positioned<JSONTemplate>?
    }

    struct ResultDraft {
        var records: [FieldPath]?
        var id: FieldPath?
        var match: FieldPath?
    }

    static var shape: ValueShape<Draft> {
        MappingShape { Draft(position: $0) }
            .key(
                "match",
                ValueShape<Template>.template.positioned,
                \.match,
                "The natural key's path in the payload, for integrations that do not set one."
            )
            .key("create", write, \.create, "How records are made.")
            .key("update", write, \.update, "How records are changed.")
            .key("delete", write, \.delete, "How records are deleted.")
            .value
    }

    private static var write: ValueShape<WriteDraft> {
        let afterUnknown = MappingShape { _ in AfterUnknownDraft() }
            .key(
                "find",
                ValueShape.nonEmptyString.positioned,
                \.find,
                required: true,
                "The stream in which records are looked for when an answer is lost."
            )
            .key(
                "settle",
                .timeSpan,
                \.settle,
                default: "2s",
                "How long after a request the service may still be working on it: nothing is looked for earlier."
            )
            .value
        return MappingShape { WriteDraft(position: $0) }
            .key("request", RequestShape.shape, \.request, required: true, "The request; the batch makes its body.")
            .key(
                "repeatable",
                .boolean,
                \.isRepeatable,
                required: true,
                "Whether sending the same request again leaves the same result."
            )
            .key(
                "partial",
                .boolean,
                \.isPartial,
                default: false,
                "Whether fields that are left out keep their values."
            )
            .key("after_unknown", afterUnknown, \.afterUnknown, "What is done when it is not known what a request did.")
            .key("batch", batch, \.batch, required: true, "How records are put into a request.")
            .key("result", result, \.result, "How an answer tells the records' identifiers.")
            .key(
                "gone",
                ValueShape<Int>.integer(100, 599).oneOrList,
                \.goneStatuses,
                "The status codes that say that the record does not exist (any more)."
            )
            .value
    }

    private static var batch: ValueShape<BatchDraft> {
        MappingShape { _ in BatchDraft() }
            .key(
                "max",
                ValueShape<Template>.template.positioned,
                \.maximum,
                required: true,
                "The most records in a request."
            )
            .key("bytes", .integer(1), \.bytes, default: 1_000_000, "The most bytes in a request.")
            .key("into", .path, \.into, default: "$", "Where the items stand in the body.")
            .key(
                "item",
                ValueShape<JSONTemplate>.document.positioned,
                \.item,
                required: true,
                "What each record becomes, such as ${record.fields}."
            )
            .value
    }

    private static var result: ValueShape<ResultDraft> {
        MappingShape { _ in ResultDraft() }
            .key(
                "records",
                ValueShape<FieldPath>.path.oneOrList,
                \.records,
                default: "$",
                "Where the answer keeps the records; the first path that leads to a list counts."
            )
            .key("id", .path, \.id, required: true, "Where a record keeps its identifier.")
            .key("match", .path, \.match, default: "$", "Where the natural key is rooted in an answered record.")
            .value
    }
}

extension SinkShape.WriteDraft {
    /// The operation; `nil` when it lacks something that was reported.
    var description: WriteDescription? {
        guard let request = request?.template, let isRepeatable, let maximum = batch?.maximum, let item = batch?.item
        else { return nil }
        return WriteDescription(
            request: request,
            isRepeatable: isRepeatable,
            isPartial: isPartial ?? false,
            findAfterUnknown: afterUnknown?.find?.value,
            settlesWithin: afterUnknown?.settle ?? .seconds(2),
            maximumRecords: maximum.value,
            maximumBytes: batch?.bytes ?? 1_000_000,
            into: batch?.into ?? .root,
            item: item.value,
            result: result.flatMap { draft in
                draft.id.map {
                    ResultDescription(records: draft.records ?? [.root], id: $0, matchRoot: draft.match ?? .root)
                }
            },
            goneStatuses: Set(goneStatuses ?? [])
        )
    }
}
