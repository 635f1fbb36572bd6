import FerryCore

/// What a value in a file must be: one declaration from which decoding and the JSON Schema both come.
struct ValueShape<Value> {
    /// What an editor is told.
    var schema: JSONValue
    /// Whether null is a value here; elsewhere it means that the key is not set.
    var acceptsNull = false
    /// Decodes a node, which sentences call `subject`; `nil` when that was impossible and was reported.
    var decode: (_ node: YAMLNode, _ subject: String, _ report: inout Report) -> Value?

    init(
        schema: JSONValue,
        acceptsNull: Bool = false,
        decode: @escaping (_ node: YAMLNode, _ subject: String, _ report: inout Report) -> Value?
    ) {
        self.schema = schema
        self.acceptsNull = acceptsNull
        self.decode = decode
    }

    /// The shape with its value's place.
    var positioned: ValueShape<Positioned<Value>> {
        ValueShape<Positioned<Value>>(schema: schema, acceptsNull: acceptsNull) { node, subject, report in
            decode(node, subject, &report).map { Positioned(value: $0, position: node.position) }
        }
    }

    /// The shape with its value made into another; `transform` reports why it returns `nil`.
    func map<Other>(
        _ transform: @escaping (_ value: Value, _ node: YAMLNode, _ report: inout Report) -> Other?
    ) -> ValueShape<Other> {
        ValueShape<Other>(schema: schema, acceptsNull: acceptsNull) { node, subject, report in
            decode(node, subject, &report).flatMap { transform($0, node, &report) }
        }
    }

    /// The shape with a value that stands for what cannot be decoded, and was reported: what is wrong is not missing.
    func standingIn(_ standIn: Value) -> ValueShape {
        ValueShape(schema: schema, acceptsNull: acceptsNull) { node, subject, report in
            decode(node, subject, &report) ?? standIn
        }
    }

    /// The shape with another schema.
    func described(by schema: JSONValue) -> ValueShape {
        ValueShape(schema: schema, acceptsNull: acceptsNull, decode: decode)
    }

    /// A list of values of this shape.
    var list: ValueShape<[Value]> {
        ValueShape<[Value]>(schema: ["type": "array", "items": schema]) { node, subject, report in
            guard case .sequence(let elements) = node.content else {
                report.wrongType(node, subject, expected: "a list")
                return nil
            }
            return elements.compactMap { decode($0, "an item of \(subject)", &report) }
        }
    }

    /// One value of this shape, or a list of them.
    var oneOrList: ValueShape<[Value]> {
        ValueShape<[Value]>(schema: ["anyOf": [schema, ["type": "array", "items": schema]]]) { node, subject, report in
            if case .sequence = node.content { return list.decode(node, subject, &report) }
            return decode(node, subject, &report).map { [$0] }
        }
    }
}

extension Report {
    /// Reports that a value is of another kind than it must be.
    mutating func wrongType(_ node: YAMLNode, _ subject: String, expected: String, hint: String? = nil) {
        error(.configWrongType, at: node.position, "\(subject) must be \(expected), not \(node.kindName)", hint: hint)
    }

    /// Reports that a value is of the right kind but cannot be.
    mutating func invalid(_ node: YAMLNode, _ message: String, hint: String? = nil) {
        error(.configInvalidValue, at: node.position, message, hint: hint)
    }
}
