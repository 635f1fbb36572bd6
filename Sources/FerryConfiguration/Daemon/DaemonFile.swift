import FerryCore

/// `ferry.yaml`: its keys, and the settings they make.
enum DaemonFile {
    struct Draft {
        var workers: Int?
        var stores: [(name: Positioned<String>, value: StoreDefinition?)]?
        var ledger: LedgerDraft?
        var json: JSONDraft?
        var socket: SocketDraft?
        var log: LogDraft?
        var metrics: MetricsDraft?
    }

    struct LedgerDraft {
        var retention: Duration?
        var maximumJobs: Int?
    }

    struct JSONDraft {
        var maximumDepth: Int?
    }

    struct SocketDraft {
        var group: String?
        var adminGroup: String?
    }

    struct LogDraft {
        var level: String?
    }

    struct MetricsDraft {
        var file: Positioned<String>?
    }

    static var shape: MappingShape<Draft> {
        MappingShape { _ in Draft() }
            .key("workers", .integer(1, 1000), \.workers, default: 4, "Jobs that run at once.")
            .key(
                "stores",
                NamedShape(value: StoreShape.shape).shape,
                \.stores,
                default: ["main": ["type": "sqlite"]],
                "The local stores by name; 'main' is the embedded store unless it says otherwise."
            )
            .key("ledger", ledger.value, \.ledger, default: [:], "What the daemon remembers of finished jobs.")
            .key("json", json.value, \.json, default: [:], "What JSON is read from services and stored columns.")
            .key("socket", socket.value, \.socket, default: [:], "Who may talk to the daemon.")
            .key("log", log.value, \.log, default: [:], "What is logged.")
            .key("metrics", metrics.value, \.metrics, default: [:], "Where figures go besides the socket.")
    }

    static var ledger: MappingShape<LedgerDraft> {
        MappingShape { _ in LedgerDraft() }
            .key(
                "retention",
                .timeSpan,
                \.retention,
                default: "30d",
                "How long finished jobs are kept, such as 30d or 6 months."
            )
            .key("max_jobs", .integer(1), \.maximumJobs, default: 10000, "How many finished jobs are kept.")
    }

    static var json: MappingShape<JSONDraft> {
        MappingShape { _ in JSONDraft() }
            .key(
                "max_depth",
                .integer(JSONDepth.configurable.lowerBound, JSONDepth.configurable.upperBound),
                \.maximumDepth,
                default: .integer(JSONDepth.standard),
                "How many objects and arrays may lie inside each other; deeper documents are refused."
            )
    }

    static var socket: MappingShape<SocketDraft> {
        MappingShape { _ in SocketDraft() }
            .key("group", .nonEmptyString, \.group, "The group that may open the socket; default: the daemon's own.")
            .key(
                "admin_group",
                .nonEmptyString,
                \.adminGroup,
                "The group whose members may do everything on the socket, as root and the daemon's user may."
            )
    }

    static var log: MappingShape<LogDraft> {
        let levels = ["trace", "debug", "info", "notice", "warning", "error", "critical"]
        return MappingShape { _ in LogDraft() }
            .key("level", .choice(levels), \.level, default: "info", "The least important level that is logged.")
    }

    static var metrics: MappingShape<MetricsDraft> {
        MappingShape { _ in MetricsDraft() }
            .key(
                "file",
                ValueShape.nonEmptyString.positioned,
                \.file,
                "A file for Prometheus' node exporter (its textfile collector), written once a minute; it ends in '.prom'."
            )
    }

    /// The settings and the names of all stores, broken ones included; what is wrong keeps its default.
    static func decode(_ node: YAMLNode?, into report: inout Report) -> (settings: DaemonSettings, stores: Set<String>)
    {
        var settings = DaemonSettings()
        let root = node ?? YAMLNode([:], at: .start)
        guard let draft = shape.decode(root, "the file", &report) else { return (settings, ["main"]) }
        var names: Set = ["main"]
        settings.workers = draft.workers ?? settings.workers
        for (name, definition) in draft.stores ?? [] {
            guard isName(name.value) else {
                report.error(
                    .configInvalidValue,
                    at: name.position,
                    "'\(name.value)' cannot be a store's name",
                    hint: "use lower-case letters, digits, '_' and '-'"
                )
                continue
            }
            names.insert(name.value)
            if let definition { settings.stores[name.value] = definition }
        }
        settings.jobRetention = draft.ledger?.retention ?? settings.jobRetention
        settings.maximumJobs = draft.ledger?.maximumJobs ?? settings.maximumJobs
        settings.maximumJSONDepth = draft.json?.maximumDepth ?? settings.maximumJSONDepth
        settings.socketGroup = draft.socket?.group
        settings.adminGroup = draft.socket?.adminGroup
        settings.logLevel = draft.log?.level ?? settings.logLevel
        if let file = draft.metrics?.file {
            if file.value.hasPrefix("/"), file.value.hasSuffix(".prom") {
                settings.metricsFile = file.value
            } else {
                report.error(
                    .configInvalidValue,
                    at: file.position,
                    "'file' must be an absolute path that ends in '.prom'",
                    hint: "as in /var/lib/prometheus/node-exporter/ferry.prom: the node exporter reads no other files"
                )
            }
        }
        return (settings, names)
    }

    /// Whether `text` can name a store or an integration.
    static func isName(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x5F || byte == 0x2D
            }
    }
}
