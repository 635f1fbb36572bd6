import FerryCore
import FerryJSON

/// `with_keys`: a list whose objects have a `_key` each, by which editors tell them apart.
///
/// `[{"name": "a"}]` becomes `[{"_key":"0b7c…","name":"a"}]`. Objects that have a key keep it; what is no object is left
/// as it is. The same list always gets the same keys (see ``ElementKeys``). Null stays null.
struct WithKeys: Transform {
    let isOneWay = true
    private let maximumDepth: Int

    init(_ options: TransformOptions) throws(TransformReferenceError) {
        try options.allow([])
        maximumDepth = options.maximumJSONDepth
    }

    func apply(
        _ kind: ValueKind,
        _ bytes: Span<UInt8>,
        into output: inout [UInt8]
    ) throws(TransformError) -> ValueKind {
        if kind == .null || kind == .missing { return kind }
        var elements = try JSONElements(kind, bytes, for: "with_keys")
        var keys = ElementKeys()
        var isFirst = true
        output.append(UInt8(ascii: "["))
        while let range = elements.next(in: bytes) {
            if !isFirst { output.append(UInt8(ascii: ",")) }
            isFirst = false
            let element = bytes.extracting(range)
            guard element[0] == UInt8(ascii: "{") else {
                output.append(element)
                continue
            }
            let object: JSONValue
            do throws(JSONFailure) {
                object = try JSONValue(
                    parsing: element.withUnsafeBufferPointer { Array($0) },
                    maximumDepth: maximumDepth
                )
            } catch {
                throw TransformError("'with_keys' cannot read an object of the list: \(error.message)")
            }
            if let key = object["_key"]?.string, !key.isEmpty {
                keys.take(key)
                output.append(element)
                continue
            }
            guard case .object(let members) = object else { continue }
            let key = JSONValue.Member(key: "_key", value: .string(keys.key(of: element)))
            let rest = members.filter { $0.key != "_key" }
            output.append(contentsOf: JSONValue.object([key] + rest).serialized.utf8)
        }
        output.append(UInt8(ascii: "]"))
        return .json
    }
}
