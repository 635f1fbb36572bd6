import FerryCore

/// The keys of a file of `integrations/`.
enum IntegrationShape {
    struct Draft {
        var position: Position
        var id: Positioned<String>?
        var name: String?
        var type: Positioned<String>?
        var isEnabled: Bool?
        var store: Positioned<String>?
        /// Decoded when the service is known.
        var config: YAMLNode?
        var connection: ConnectionSettings?
        var schedule: ScheduleShape.Pair?
        var entities: Positioned<[EntityShape.Draft]>?
        var conflicts: ConflictPolicy?
        var maximumFailures: FailureLimit?
        var deleteGuard: DeleteGuard?
        var expect: ExpectPair?
    }

    struct GuardDraft {
        var share: Double?
        var count: Int?
    }

    struct ExpectDraft {
        var minimumRecords: Int?
    }

    struct ExpectPair {
        var pull: ExpectDraft?
        var push: ExpectDraft?
    }

    static var shape: MappingShape<Draft> {
        identity
            .key(
                "config",
                ValueShape(schema: ["type": "object"]) { node, _, _ in node },
                \.config,
                "The service's settings; 'ferryctl services NAME' lists them."
            )
            .key(
                "connection",
                ConnectionShape.shape,
                \.connection,
                default: [:],
                "How requests reach the service: certificates, authorities, a proxy."
            )
            .key("schedule", ScheduleShape.pair.value, \.schedule, "When jobs run by themselves.")
            .key(
                "entities",
                EntityShape.shape.list.positioned,
                \.entities,
                required: true,
                "The kinds of local entities and the remote resources they map to."
            )
            .key(
                "conflicts",
                .choice,
                \.conflicts,
                default: "hold",
                "What happens when both sides changed one field: hold, local_wins, remote_wins or newest."
            )
            .key(
                "max_failed",
                .failureLimit,
                \.maximumFailures,
                "A share (5%) or number of refused rows; more than this stop the job."
            )
            .key(
                "delete_guard",
                deleteGuard,
                \.deleteGuard,
                default: [:],
                "How much may be deleted at one go: more than both the share and the count stops the job."
            )
            .key("expect", expect, \.expect, "What a good run reads at least; less raises attention.")
    }

    private static var identity: MappingShape<Draft> {
        MappingShape { Draft(position: $0) }
            .key(
                "id",
                ValueShape.string.positioned,
                \.id,
                "The identifier: lower-case letters, digits, '_' and '-'; default: the file's name."
            )
            .key("name", .nonEmptyString, \.name, "What people call it; default: the identifier.")
            .key(
                "type",
                ValueShape.nonEmptyString.positioned,
                \.type,
                required: true,
                "The service's name; 'ferryctl services' lists them."
            )
            .key("enabled", .boolean, \.isEnabled, default: true, "Whether the integration runs.")
            .key(
                "store",
                ValueShape.nonEmptyString.positioned,
                \.store,
                "The store's name in ferry.yaml; default: main."
            )
    }

    private static var deleteGuard: ValueShape<DeleteGuard> {
        MappingShape { _ in GuardDraft() }
            .key("share", .share, \.share, default: "20%", "The share of the linked records.")
            .key("count", .integer(0), \.count, default: 10, "The number of records.")
            .value { draft, _ in
                DeleteGuard(share: draft.share ?? 0.2, count: draft.count ?? 10)
            }
    }

    private static var expect: ValueShape<ExpectPair> {
        let one = MappingShape { _ in ExpectDraft() }
            .key(
                "min_records",
                .integer(0),
                \.minimumRecords,
                "The fewest records a job reads when all is well, if it reads all."
            )
            .value
        return MappingShape { _ in ExpectPair() }
            .key("pull", one, \.pull, "What a pull reads.")
            .key("push", one, \.push, "What a push reads.")
            .value
    }
}

extension ValueShape where Value == Double {
    /// A share such as `20%`, from 0 to 1.
    fileprivate static var share: ValueShape {
        ValueShape(schema: ["type": "string", "pattern": "^[0-9]+([.][0-9]+)?%$"]) { node, subject, report in
            if let share = percentage(node) { return share }
            report.invalid(node, "\(subject) must be a share from 0% to 100%", hint: "write it like 20%")
            return nil
        }
    }

    /// The share that a scalar writes as a percentage.
    fileprivate static func percentage(_ node: YAMLNode) -> Double? {
        guard let text = node.text, text.hasSuffix("%"), let first = text.utf8.first, (0x30...0x39).contains(first),
            let percent = Double(text.dropLast()), (0...100).contains(percent)
        else { return nil }
        return percent / 100
    }
}

extension ValueShape where Value == FailureLimit {
    /// A share such as `5%`, or a number of rows.
    fileprivate static var failureLimit: ValueShape {
        let schema: JSONValue = [
            "anyOf": [["type": "integer", "minimum": 0], ["type": "string", "pattern": "^[0-9]+([.][0-9]+)?%$"]]
        ]
        return ValueShape(schema: schema) { node, subject, report in
            if let share = ValueShape<Double>.percentage(node) { return .share(share) }
            if let text = node.text, let rows = YAMLScalar.value(of: text).integer, rows >= 0 { return .rows(rows) }
            report.invalid(
                node,
                "\(subject) must be a number of rows or a share from 0% to 100%",
                hint: "write it like 50 or 5%"
            )
            return nil
        }
    }
}
