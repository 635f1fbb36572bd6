import FerryCore
import FerryHTTP
import FerryServices

/// The description of a table's rows, equal to the one that ships, made without reading YAML.
func tableDescription() throws -> ServiceDescription {
    func setting(_ name: String, _ defaultValue: JSONValue? = nil, isSecret: Bool = false) -> SettingDeclaration {
        SettingDeclaration(
            name: name,
            type: defaultValue == nil ? .string : .integer,
            isSecret: isSecret,
            defaultValue: defaultValue
        )
    }
    let page: [(name: String, value: Template)] = [
        ("skip", try Template(parsing: "${page.offset}")), ("take", try Template(parsing: "${page.size}")),
    ]
    let order: [(name: String, value: Template)] = [
        ("sortColumn", try Template(parsing: "${settings.primary_key}")),
        ("sortDirection", Template(literal: "asc")),
    ]
    let search: [(name: String, value: Template)] = [
        ("searchColumn", try Template(parsing: "${match.field}")),
        ("searchTerm", try Template(parsing: "${match.value}")),
    ]
    let root = Template(literal: "")
    let lists = [FieldPath.root] + ["rows", "data", "items"].map { FieldPath(segments: [.name($0)]) }
    let bulk = { RequestTemplate(method: $0, path: Template(literal: "/bulk")) }
    return ServiceDescription(
        name: "dynamic_table",
        title: "Dynamic Table",
        settings: [
            setting("plugin_host"), setting("agent_id"), setting("configuration_id"), setting("collection_id"),
            setting("primary_key"), setting("page_size", 100), setting("batch_size", 100),
            setting("key", isSecret: true), setting("secondary_key", isSecret: true),
        ],
        base: try Template(
            parsing: "${settings.plugin_host}/api/dynamic-table/integration/${path(settings.agent_id)}"
                + "/${path(settings.configuration_id)}/${path(settings.collection_id)}"
        ),
        authentication: .header(
            name: "X-Secret-Key",
            value: try Template(parsing: "${settings.key}"),
            alternates: [try Template(parsing: "${settings.secondary_key}")]
        ),
        messagePaths: try ["message", "title", "detail", "error.message", "error", "errors"].map {
            try FieldPath(parsing: $0)
        },
        errorRules: [],
        checks: [
            CheckDescription(
                request: RequestTemplate(
                    method: .get,
                    path: root,
                    query: [("skip", Template(literal: "0")), ("take", Template(literal: "1"))]
                ),
                shape: .array
            )
        ],
        streams: [
            "rows": StreamDescription(
                request: RequestTemplate(method: .get, path: root, query: page + order),
                records: lists,
                id: FieldPath(segments: [.name("id")]),
                root: FieldPath(segments: [.name("data")]),
                match: try Template(parsing: "${settings.primary_key}"),
                pagination: .offset(size: try Template(parsing: "${settings.page_size}")),
                find: RequestTemplate(method: .get, path: root, query: page + search + order),
                scansBeforeDelete: 2
            )
        ],
        sinks: ["rows": try tableSink(lists, bulk)]
    )
}

private func tableSink(
    _ lists: [FieldPath],
    _ request: (RequestMethod) -> RequestTemplate
) throws -> SinkDescription {
    let size = try Template(parsing: "${settings.batch_size}")
    let fields = JSONTemplate.template(try Template(parsing: "${record.fields}"))
    let id = JSONTemplate.template(try Template(parsing: "${record.id}"))
    let rows = FieldPath(segments: [.name("rows")])
    return SinkDescription(
        match: try Template(parsing: "${settings.primary_key}"),
        operations: [
            .create: WriteDescription(
                request: request(.post),
                isRepeatable: false,
                findAfterUnknown: "rows",
                maximumRecords: size,
                maximumBytes: 1_000_000,
                into: rows,
                items: [fields],
                result: ResultDescription(
                    records: lists,
                    id: FieldPath(segments: [.name("id")]),
                    matchRoot: FieldPath(segments: [.name("data")]),
                    isNew: true
                )
            ),
            .update: WriteDescription(
                request: request(.put),
                isRepeatable: true,
                isPartial: true,
                maximumRecords: size,
                maximumBytes: 1_000_000,
                into: rows,
                items: [.object([("id", id), ("data", fields)])],
                goneStatuses: [404]
            ),
            .delete: WriteDescription(
                request: request(.delete),
                isRepeatable: true,
                maximumRecords: size,
                maximumBytes: 1_000_000,
                into: FieldPath(segments: [.name("rowIds")]),
                items: [id],
                goneStatuses: [404]
            ),
        ]
    )
}

/// The service with a scripted client behind it.
func tableService(
    _ client: ScriptedClient,
    settings: [String: JSONValue] = [:],
    secrets: [String: SecretReference] = ["key": .credential("primary"), "secondary_key": .credential("secondary")],
    vault: Vault = Vault(),
    gate: any RequestGate = OpenGate(),
    limits: LimitsDescription = LimitsDescription()
) throws -> HTTPService {
    let given: [String: JSONValue] = [
        "plugin_host": "https://plugins.example.com", "agent_id": "agent-123", "configuration_id": "config-456",
        "collection_id": "collection-789", "primary_key": "sku",
    ]
    var description = try tableDescription()
    description.limits = limits
    return try HTTPService(
        description,
        settings: given.merging(settings) { $1 },
        secrets: secrets,
        resolver: vault,
        client: client,
        clock: StoppedClock(),
        gate: gate
    )
}

/// Paths of one name each.
func paths(_ names: String...) -> [FieldPath] {
    names.map { FieldPath(segments: [.name($0)]) }
}

let sku = FieldPath(segments: [.name("sku")])

/// A batch of writes: rows of JSON values, `nil` for missing.
func writes(
    _ operation: WriteOperation,
    _ rows: [[JSONValue?]] = [],
    ids: [String] = []
) -> WriteBatch {
    var records = RecordBatch(columnCount: rows.first?.count ?? 0)
    for row in rows {
        records.append(
            row: row.map { value in
                switch value {
                case nil: .missing
                case .null: .null
                case .bool(let value): Cell(value ? .true : .false)
                case .number(let literal): records.store(literal.utf8, as: .number)
                case .string(let text): records.store(text.utf8, as: .string)
                case .some(let value): records.store(value.compactText.utf8, as: .json)
                }
            }
        )
    }
    return WriteBatch(operation: operation, records: records, remoteIDs: PackedStrings(ids), idempotencyKey: "k-1")
}

/// The failure that `body` throws.
func failure(of body: () async throws -> some Any) async -> SyncFailure? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error as? SyncFailure
    }
}
