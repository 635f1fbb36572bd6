import FerryCore
import FerryJSON

/// `pick: NAME`: the value of an object's member, or, of a list of objects, the list of these values.
///
/// With `pick: current`, `{"_type": "slug", "current": "hello"}` becomes `"hello"`. An object without such a member
/// becomes null. Null stays null.
struct Pick: Transform {
    let isOneWay = true
    private let name: String
    private let maximumDepth: Int

    init(_ options: TransformOptions) throws(TransformReferenceError) {
        let options = options.named("name")
        try options.allow(["name"])
        guard options.any("name") != nil else { throw options.missing("name", "the member's name") }
        name = try options.text("name", default: "", "the member's name") { !$0.isEmpty }
        maximumDepth = options.maximumJSONDepth
    }

    func apply(
        _ kind: ValueKind,
        _ bytes: Span<UInt8>,
        into output: inout [UInt8]
    ) throws(TransformError) -> ValueKind {
        if kind == .null || kind == .missing { return kind }
        guard kind == .json else {
            throw TransformError("'pick' expects an object or a list of objects, and the value is \(kind.name)")
        }
        let value: JSONValue
        do throws(JSONFailure) {
            value = try JSONValue(parsing: bytes.withUnsafeBufferPointer { Array($0) }, maximumDepth: maximumDepth)
        } catch {
            throw TransformError("'pick' cannot read the value: \(error.message)")
        }
        guard case .array(let elements) = value else { return Self.append(value[name] ?? .null, into: &output) }
        var picked: [JSONValue] = []
        for element in elements {
            guard case .object = element else {
                throw TransformError("'pick' expects a list of objects, and an element is something else")
            }
            picked.append(element[name] ?? .null)
        }
        return Self.append(.array(picked), into: &output)
    }

    private static func append(_ value: JSONValue, into output: inout [UInt8]) -> ValueKind {
        switch value {
        case .null: return .null
        case .bool(let isTrue): return isTrue ? .true : .false
        case .number(let literal):
            output.append(contentsOf: literal.utf8)
            return .number
        case .string(let text):
            output.append(contentsOf: text.utf8)
            return .string
        case .array, .object:
            output.append(contentsOf: value.serialized.utf8)
            return .json
        }
    }
}
