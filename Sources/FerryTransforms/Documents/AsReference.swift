import FerryCore
import FerryJSON

/// `as_reference`: a document's identifier as a reference to it.
///
/// `"author-7"` becomes `{"_type":"reference","_ref":"author-7"}`, and a list of identifiers a list of references with a
/// `_key` each (see ``ElementKeys``). An empty text refers to nothing, and is null. Null stays null.
///
/// Options: `weak` (`false`): `"_weak":true`, a reference that may lead nowhere.
struct AsReference: Transform {
    let isOneWay = true
    private let isWeak: Bool

    init(_ options: TransformOptions) throws(TransformReferenceError) {
        try options.allow(["weak"])
        isWeak = try options.flag("weak", default: false)
    }

    func apply(
        _ kind: ValueKind,
        _ bytes: Span<UInt8>,
        into output: inout [UInt8]
    ) throws(TransformError) -> ValueKind {
        switch kind {
        case .null, .missing: return kind
        case .string:
            guard !bytes.isEmpty else { return .null }
            guard bytes.withUnsafeBytes({ JSONText.isValidUTF8($0) }) else { throw .notUTF8 }
            write(bytes, key: nil, into: &output)
        case .number: write(bytes, key: nil, into: &output)
        case .json: try writeList(kind, bytes, into: &output)
        case .true, .false:
            throw TransformError("'as_reference' expects an identifier, and the value is \(kind.name)")
        }
        return .json
    }

    private func writeList(
        _ kind: ValueKind,
        _ bytes: Span<UInt8>,
        into output: inout [UInt8]
    ) throws(TransformError) {
        var elements = try JSONElements(kind, bytes, for: "as_reference")
        var keys = ElementKeys()
        var isFirst = true
        output.append(UInt8(ascii: "["))
        while let element = elements.next(in: bytes) {
            var identifier: [UInt8] = []
            let kind = try JSONElements.append(bytes.extracting(element), to: &identifier)
            guard kind == .string && !identifier.isEmpty || kind == .number else {
                throw TransformError("'as_reference' expects a list of identifiers, and one of them is \(kind.name)")
            }
            if !isFirst { output.append(UInt8(ascii: ",")) }
            isFirst = false
            write(identifier.span, key: keys.key(of: identifier.span), into: &output)
        }
        output.append(UInt8(ascii: "]"))
    }

    private func write(_ identifier: Span<UInt8>, key: String?, into output: inout [UInt8]) {
        output.append(contentsOf: #"{"_type":"reference","_ref":"#.utf8)
        identifier.withUnsafeBytes { JSONText.appendString($0, into: &output) }
        if isWeak { output.append(contentsOf: #","_weak":true"#.utf8) }
        if let key { output.append(contentsOf: ",\"_key\":\"\(key)\"".utf8) }
        output.append(UInt8(ascii: "}"))
    }
}
