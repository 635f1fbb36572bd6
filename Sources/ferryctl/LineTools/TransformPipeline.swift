import FerryConfiguration
import FerryCore
import FerryTransforms

/// Several transforms, compiled: one after the other they change a value.
struct TransformPipeline {
    /// Where values are made; kept from value to value, so that they need no new memory.
    struct Buffers {
        /// The bytes of the value that was made last.
        fileprivate(set) var output: [UInt8] = []
        fileprivate var other: [UInt8] = []
    }

    private let transforms: [any Transform]

    /// Compiles transforms.
    init(_ references: [TransformReference]) throws(LineFailure) {
        let catalog = BuiltInTransforms()
        var transforms: [any Transform] = []
        for reference in references {
            do throws(TransformReferenceError) {
                transforms.append(try catalog.transform(reference))
            } catch {
                throw Self.failure(error, in: catalog)
            }
        }
        self.transforms = transforms
    }

    /// Changes a value; the result's bytes are then the buffers' output.
    func apply(
        _ kind: ValueKind,
        _ bytes: Span<UInt8>,
        using buffers: inout Buffers
    ) throws(LineFailure) -> ValueKind {
        buffers.output.removeAll(keepingCapacity: true)
        guard let first = transforms.first else {
            bytes.withUnsafeBufferPointer { buffers.output.append(contentsOf: $0) }
            return kind
        }
        do throws(TransformError) {
            var kind = try first.apply(kind, bytes, into: &buffers.output)
            for transform in transforms.dropFirst() where kind != .missing {
                // Taken out, so that one can be read while the other is written.
                var other: [UInt8] = []
                swap(&other, &buffers.other)
                other.removeAll(keepingCapacity: true)
                defer { swap(&other, &buffers.other) }
                kind = try transform.apply(kind, buffers.output.span, into: &other)
                swap(&buffers.output, &other)
            }
            return kind
        } catch {
            throw LineFailure(
                .recordTransform,
                error.message,
                hint: "in an integration, a mapping's 'on_error' decides what becomes of such a value"
            )
        }
    }

    /// Reads what a request names: a name, `{name: options}`, or a list of these.
    static func references(_ value: JSONValue) throws(LineFailure) -> [TransformReference] {
        switch value {
        case .array(let elements):
            var references: [TransformReference] = []
            for element in elements { references.append(try reference(element)) }
            return references
        default: return [try reference(value)]
        }
    }

    private static func reference(_ value: JSONValue) throws(LineFailure) -> TransformReference {
        switch value {
        case .string(let name): return TransformReference(name: name)
        case .object(let members):
            guard let member = members.first, members.count == 1 else { break }
            return TransformReference(name: member.key, options: member.value)
        default: break
        }
        throw LineFailure(
            .configInvalidTransform,
            "a transform is a name, one name with its options as an object, or a list of these"
        )
    }

    private static func failure(_ error: TransformReferenceError, in catalog: BuiltInTransforms) -> LineFailure {
        switch error {
        case .unknownName(let name):
            let nearest = Spelling.nearest(to: name, in: catalog.names)
            return LineFailure(
                .configUnknownTransform,
                "unknown transform '\(name)'",
                hint: nearest.map { "did you mean '\($0)'?" }
                    ?? "there are: \(catalog.names.joined(separator: ", "))"
            )
        case .invalidOptions(let sentence): return LineFailure(.configInvalidTransform, sentence)
        }
    }
}
