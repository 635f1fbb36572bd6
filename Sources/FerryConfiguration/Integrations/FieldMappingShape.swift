import FerryCore

/// One entry of `field_mappings`.
enum FieldMappingShape {
    struct Draft {
        var position: Position
        var source: Positioned<FieldPath>?
        var target: Positioned<FieldPath>?
        var transforms: [Positioned<TransformReference>]?
        var form: Positioned<TransformReference>?
        var defaultValue: JSONValue?
        var constant: Positioned<JSONValue>?
        var isRequired: Bool?
        var onError: FieldMapping.ErrorPolicy?
        var direction: Positioned<FlowDirection>?
    }

    static var mapping: MappingShape<Draft> {
        MappingShape { Draft(position: $0) }
            .key(
                "source",
                .localPath,
                \.source,
                "The local path, for both directions: id, type, or fields.… such as fields.title."
            )
            .key(
                "target",
                .remotePath,
                \.target,
                required: true,
                "The path in the remote record, for both directions, such as title or seo.title."
            )
            .key(
                "transform",
                TransformShape.shape,
                \.transforms,
                "A transform's name, a name with options ({ truncate: 80 }), or a list of these; null for none."
            )
            .key(
                "as",
                TransformShape.one,
                \.form,
                "The form that the remote record has the value in (slug, reference, keyed): put on by a push, taken off by "
                    + "a pull."
            )
            .key("default", .json, \.defaultValue, "What stands in for a missing value.")
            .key(
                "constant",
                ValueShape.json.positioned,
                \.constant,
                "A value that is always pushed; such an entry has no source."
            )
            .key(
                "required",
                .boolean,
                \.isRequired,
                default: false,
                "Whether a row without the value is set aside instead of written."
            )
            .key(
                "on_error",
                .errorPolicy,
                \.onError,
                aliases: ["onError"],
                default: "fail_row",
                "What happens to a row whose value a transform refuses: fail_row, null or skip_field."
            )
            .key(
                "direction",
                ValueShape<FlowDirection>.choice.positioned,
                \.direction,
                "The ways values flow: both, pull or push; default: both, and push only after a one-way transform."
            )
    }

    static var shape: ValueShape<Draft> {
        // Once, not once for every entry.
        let mapping = mapping
        return ValueShape(schema: mapping.schema) { node, subject, report in
            guard let draft = mapping.decode(node, subject, &report),
                case .mapping(let entries) = node.content
            else { return nil }
            let source = entries.first { $0.key == "source" && !$0.value.isNull }
            if source == nil, draft.constant == nil {
                report.error(
                    .configMissingKey,
                    at: node.position,
                    "'source' is missing",
                    hint: "name the local path, such as fields.title, or give a 'constant'"
                )
            }
            if let source, let constant = draft.constant {
                report.error(
                    .configInvalidValue,
                    at: constant.position,
                    "a field mapping has either a 'source' or a 'constant'",
                    hint: "remove one; 'source' stands in line \(source.keyPosition.line)"
                )
            }
            if draft.constant != nil, let direction = draft.direction, direction.value != .push {
                report.error(
                    .configInvalidValue,
                    at: direction.position,
                    "a constant can only be pushed",
                    hint: "write 'direction: push', or leave it out"
                )
            }
            return draft
        }
    }
}

extension ValueShape where Value == FieldMapping.ErrorPolicy {
    /// `on_error`; a bare `null` is one of its words.
    fileprivate static var errorPolicy: ValueShape {
        var shape: ValueShape = .choice
        let decode = shape.decode
        shape.acceptsNull = true
        shape.schema = ["enum": .array(Value.allCases.map { .string($0.rawValue) } + [.null])]
        shape.decode = { node, subject, report in node.isNull ? .null : decode(node, subject, &report) }
        return shape
    }
}

extension ValueShape where Value == Positioned<FieldPath> {
    /// A path into a local entity, which is `{id, type, fields}`.
    static var localPath: ValueShape {
        ValueShape<FieldPath>.path.positioned.map { path, node, report in
            switch path.value.segments.first {
            case .name("id"), .name("type"):
                if path.value.segments.count == 1 { return path }
            case .name("fields"):
                if path.value.segments.count > 1 { return path }
                report.error(
                    .configInvalidPath,
                    at: path.position,
                    "'fields' is not one field",
                    hint: "name one, such as fields.title"
                )
                return nil
            default: break
            }
            let text = node.text ?? ""
            report.error(
                .configInvalidPath,
                at: path.position,
                "a local path is 'id', 'type' or begins with 'fields.', not '\(text)'",
                hint: path.value.segments.first == .name("id") || path.value.segments.first == .name("type")
                    ? nil : "did you mean '\(FieldPath(segments: [.name("fields")]).appending(path.value))'?"
            )
            return nil
        }
    }

    /// A path into a remote record.
    static var remotePath: ValueShape {
        ValueShape<FieldPath>.path.positioned.map { path, _, report in
            guard path.value.segments.isEmpty else { return path }
            report.error(
                .configInvalidPath,
                at: path.position,
                "a remote path names a field, not the whole record",
                hint: "name one, such as title"
            )
            return nil
        }
    }
}
