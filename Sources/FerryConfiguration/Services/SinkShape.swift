import FerryCore

/// A resource that can be pushed.
enum SinkShape {
    struct Draft {
        var position: Position
        var match: Positioned<Template>?
        var identifier: Positioned<Template>?
        var upsert: WriteDraft?
        var create: WriteDraft?
        var update: WriteDraft?
        var delete: WriteDraft?
        var fields: FieldsDraft?

        /// The operations that are declared; an upsert is a create and an update.
        var operations: [(operation: WriteOperation, draft: WriteDraft)] {
            [(.create, create ?? upsert), (.update, update ?? upsert), (.delete, delete)]
                .compactMap { operation, draft in draft.map { (operation, $0) } }
        }
    }

    struct FieldsDraft {
        var position: Position
        var list: RequestShape.Draft?
        var records: [FieldPath]?
        var name: FieldPath?
        var create: RequestShape.Draft?
        var exceptions: [String]?
        var condition: Positioned<Template>?
    }

    struct WriteDraft {
        var position: Position
        var request: RequestShape.Draft?
        var isRepeatable: Bool?
        var isPartial: Bool?
        var sendsNull: Bool?
        var afterUnknown: AfterUnknownDraft?
        var batch: BatchDraft?
        var moved: [(name: Positioned<String>, value: FieldPath)]?
        var added: [(name: Positioned<String>, value: Positioned<JSONTemplate>)]?
        var fields: [(name: Positioned<String>, value: FieldDraft)]?
        var result: ResultDraft?
        var verdicts: VerdictsDraft?
        var goneStatuses: [Int]?
        var repeatedStatuses: Positioned<[Int]>?

        /// The templates that make what is sent for a record, and where they stand.
        var items: [Positioned<JSONTemplate>] {
            guard let batch else { return [request?.body].compactMap(\.self) }
            return [batch.item].compactMap(\.self) + (batch.items ?? [])
        }
    }

    enum Nulls: String, CaseIterable {
        case send
        case omit
    }

    struct AfterUnknownDraft {
        var position: Position
        var find: Positioned<String>?
        var scan: Positioned<String>?
        var settle: Duration?
    }

    struct BatchDraft {
        var position: Position
        var maximum: Positioned<Template>?
        var bytes: Int?
        var into: Positioned<FieldPath>?
        var item: Positioned<JSONTemplate>?
        var items: [Positioned<JSONTemplate>]?
    }

    struct FieldDraft {
        var isRequired: Bool?
        var maximumLength: Int?
        var refused: [String]?
        var type: FieldType?
    }

    enum FieldType: String, CaseIterable {
        case timestamp
    }

    struct VerdictsDraft {
        var position: Position
        var place: FieldPath?
        var verdict: FieldPath?
        var reasons: [FieldPath]?
        var refused: [String]?
        var again: [String]?
    }

    struct ResultDraft {
        var records: [FieldPath]?
        var id: FieldPath?
        var match: FieldPath?
        var isNew: Bool?
    }

    static var shape: ValueShape<Draft> {
        MappingShape { Draft(position: $0) }
            .key(
                "match",
                ValueShape<Template>.template.positioned,
                \.match,
                "The natural key's path in the payload, for integrations that do not set one."
            )
            .key(
                "identifier",
                ValueShape<Template>.template.positioned,
                \.identifier,
                "What records are called that are made, such as ferry-${record.uuid}: always the same for a local row."
            )
            .key(
                "upsert",
                upsert,
                \.upsert,
                "How records are made and changed by one request, where the natural key is the identifier."
            )
            .key("create", write, \.create, "How records are made.")
            .key("update", write, \.update, "How records are changed.")
            .key("delete", write, \.delete, "How records are deleted.")
            .key("ensure", fields, \.fields, "How fields are made at the service that it does not know.")
            .value
    }

    private static var fields: ValueShape<FieldsDraft> {
        MappingShape { FieldsDraft(position: $0) }
            .key("list", RequestShape.shape, \.list, required: true, "The request that lists the fields.")
            .key(
                "records",
                ValueShape<FieldPath>.path.oneOrList,
                \.records,
                default: "$",
                "Where the answer keeps them; the first path that leads to a list counts."
            )
            .key("name", .path, \.name, required: true, "Where one of them keeps its name.")
            .key(
                "create",
                RequestShape.shape,
                \.create,
                required: true,
                "The request that makes one, ${field.name}, of the type ${field.type}: string, number or boolean."
            )
            .key("except", ValueShape.nonEmptyString.oneOrList, \.exceptions, "The fields that are none of these.")
            .key(
                "when",
                ValueShape<Template>.template.positioned,
                \.condition,
                "A setting that says whether fields are made; default: they are."
            )
            .value
    }

    private static var upsert: ValueShape<WriteDraft> {
        common.value { draft, _ in
            var draft = draft
            draft.isRepeatable = true
            return draft
        }
    }

    private static var write: ValueShape<WriteDraft> {
        let afterUnknown = MappingShape { AfterUnknownDraft(position: $0) }
            .key(
                "find",
                ValueShape.nonEmptyString.positioned,
                \.find,
                "The stream in whose 'find' records are looked for when an answer is lost."
            )
            .key(
                "scan",
                ValueShape.nonEmptyString.positioned,
                \.scan,
                "The stream that is read as a whole to look for them, where nothing can be searched."
            )
            .key(
                "settle",
                .timeSpan,
                \.settle,
                default: "2s",
                "How long after a request the service may still be working on it: nothing is looked for earlier."
            )
            .value { draft, report in
                if draft.find == nil, draft.scan == nil {
                    report.error(
                        .configMissingKey,
                        at: draft.position,
                        "'after_unknown' does not say where",
                        hint: "add 'find: STREAM', or 'scan: STREAM' where nothing can be searched"
                    )
                } else if let scan = draft.scan, draft.find != nil {
                    report.error(
                        .configInvalidValue,
                        at: scan.position,
                        "'after_unknown' is either 'find' or 'scan', not both",
                        hint: "keep 'find': it costs a request, and a scan reads the whole stream"
                    )
                }
                return draft
            }
        return
            common
            .key(
                "repeatable",
                .boolean,
                \.isRepeatable,
                required: true,
                "Whether sending the same request again leaves the same result."
            )
            .key("after_unknown", afterUnknown, \.afterUnknown, "What is done when it is not known what a request did.")
            .key("result", result, \.result, "How an answer tells the records' identifiers.")
            .key(
                "repeated",
                ValueShape<Int>.integer(100, 599).oneOrList.positioned,
                \.repeatedStatuses,
                "The status codes that say that the service has had this very request already, known by ${batch.id}."
            )
            .value
    }

    /// What all writes have.
    private static var common: MappingShape<WriteDraft> {
        MappingShape { WriteDraft(position: $0) }
            .key(
                "request",
                RequestShape.shape,
                \.request,
                required: true,
                "The request; its 'body' is the record's, unless a batch makes it."
            )
            .key(
                "partial",
                .boolean,
                \.isPartial,
                default: false,
                "Whether fields that are left out keep their values."
            )
            .key(
                "nulls",
                ValueShape<Nulls>.choice.map { nulls, _, _ in nulls == .send },
                \.sendsNull,
                default: "send",
                "Whether a null is sent, or left out like a missing value."
            )
            .key(
                "batch",
                batch,
                \.batch,
                "How several records are put into a request; default: each has a request of its own."
            )
            .key(
                "move",
                NamedShape(value: ValueShape<FieldPath>.path).shape,
                \.moved,
                "Where fields stand in the request, if not where mappings put them: paths by field."
            )
            .key(
                "add",
                NamedShape(value: ValueShape<JSONTemplate>.document.positioned).shape,
                \.added,
                "What every record has besides what mappings make, by path; a mapping to the same place counts for more."
            )
            .key(
                "fields",
                NamedShape(value: field).shape,
                \.fields,
                "What fields must be where the service drops or changes records without a word; others are set aside."
            )
            .key(
                "verdicts",
                verdicts,
                \.verdicts,
                "How an answer tells what became of each record of a batch, by its UUID; default: all of it has landed."
            )
            .key(
                "gone",
                ValueShape<Int>.integer(100, 599).oneOrList,
                \.goneStatuses,
                "The status codes that say that the record does not exist (any more)."
            )
    }

    private static var verdicts: ValueShape<VerdictsDraft> {
        MappingShape { VerdictsDraft(position: $0) }
            .key(
                "in",
                .path,
                \.place,
                default: "$",
                "Where the answer keeps an object with a member for each record, called like its UUID."
            )
            .key("verdict", .path, \.verdict, required: true, "Where a member says the verdict, which is one word.")
            .key(
                "reason",
                ValueShape<FieldPath>.path.oneOrList,
                \.reasons,
                "Where a member says why, first match first."
            )
            .key("refused", ValueShape.nonEmptyString.oneOrList, \.refused, "The words that refuse a record.")
            .key(
                "again",
                ValueShape.nonEmptyString.oneOrList,
                \.again,
                "The words that ask for a record once more, which is sent again by itself; all others take it."
            )
            .value
    }

    private static var field: ValueShape<FieldDraft> {
        MappingShape { _ in FieldDraft() }
            .key("required", .boolean, \.isRequired, default: false, "Whether a record needs a value there.")
            .key("max_length", .integer(1), \.maximumLength, "The most characters.")
            .key(
                "not",
                ValueShape.string.list,
                \.refused,
                "Texts that are not taken, whether in capital or in small letters."
            )
            .key("type", .choice, \.type, "timestamp: it is sent as RFC 3339 says, in UTC.")
            .value
    }

    private static var batch: ValueShape<BatchDraft> {
        MappingShape { BatchDraft(position: $0) }
            .key(
                "max",
                ValueShape<Template>.template.positioned,
                \.maximum,
                required: true,
                "The most records in a request."
            )
            .key("bytes", .integer(1), \.bytes, default: 1_000_000, "The most bytes in a request.")
            .key(
                "into",
                ValueShape<FieldPath>.path.positioned,
                \.into,
                default: "$",
                "Where the items stand in the body."
            )
            .key(
                "item",
                ValueShape<JSONTemplate>.document.positioned,
                \.item,
                "What each record becomes, such as ${record.fields}."
            )
            .key(
                "items",
                ValueShape<JSONTemplate>.document.positioned.list,
                \.items,
                "What each record becomes where that is several elements of the list, in this order."
            )
            .value { draft, report in
                guard (draft.item == nil) == ((draft.items ?? []).isEmpty) else { return draft }
                report.error(
                    draft.item == nil ? .configMissingKey : .configInvalidValue,
                    at: draft.position,
                    draft.item == nil
                        ? "'batch' does not say what each record becomes"
                        : "'batch' has either an 'item' or 'items', not both",
                    hint: "add 'item: \"${record.fields}\"', or 'items' where a record is several elements"
                )
                return draft
            }
    }

    private static var result: ValueShape<ResultDraft> {
        MappingShape { _ in ResultDraft() }
            .key(
                "records",
                ValueShape<FieldPath>.path.oneOrList,
                \.records,
                default: "$",
                "Where the answer to a batch keeps the records; the first path that leads to a list counts."
            )
            .key(
                "id",
                .path,
                \.id,
                required: true,
                "Where a record keeps its identifier; without a batch, where the answer does."
            )
            .key("match", .path, \.match, default: "$", "Where the natural key is rooted in an answered record.")
            .key(
                "new",
                .boolean,
                \.isNew,
                default: false,
                "Whether every create that is not 'repeatable' makes an identifier that no record has had before."
            )
            .value
    }
}
