/// A JSON text and where its values are in it: every value keeps its exact literal.
///
/// Written for the sandbox alone and sharing nothing with the programs it tests, so that the two check each other.
/// Strict as RFC 8259: no trailing commas, no leading zeros, UTF-8 only, no lone surrogates.
struct JSONDocument: Sendable {
    enum Kind: Sendable, Equatable { case object, array, string, number, boolean, null }

    /// One value; an object's nodes are its keys and values in turn.
    struct Node: Sendable {
        let kind: Kind
        let start: Int
        var end: Int
        /// The index of the first node that no longer belongs to this value.
        var next: Int
    }

    let bytes: [UInt8]
    let nodes: [Node]

    /// Reads a text.
    ///
    /// - Throws: ``JSONSyntaxError`` with the byte where the text stops being JSON.
    init(_ bytes: [UInt8]) throws(JSONSyntaxError) {
        self.bytes = bytes
        nodes = try bytes.withUnsafeBufferPointer { buffer throws(JSONSyntaxError) in
            var parser = JSONParser(bytes: buffer)
            return try parser.parse()
        }
    }

    /// The outermost value.
    var root: JSONSlice { JSONSlice(document: self, index: 0) }
}

/// A text that is not JSON.
struct JSONSyntaxError: Error, CustomStringConvertible {
    let offset: Int
    let reason: String

    var description: String { "The text is not valid JSON at byte \(offset): \(reason)." }
}

/// One value of a document.
struct JSONSlice: Sendable {
    let document: JSONDocument
    let index: Int

    private var node: JSONDocument.Node { document.nodes[index] }

    var kind: JSONDocument.Kind { node.kind }

    /// The value as written.
    var literal: ArraySlice<UInt8> { document.bytes[node.start..<node.end] }

    /// The value as written.
    var text: String { String(decoding: literal, as: UTF8.self) }

    /// The text of a string, `nil` for other kinds.
    var string: String? { kind == .string ? decodedString(literal) : nil }

    /// An integer that is written as one, `nil` for everything else.
    var integer: Int? { kind == .number ? Int(text) : nil }

    /// A number's nearest double, `nil` for other kinds.
    var double: Double? { kind == .number ? Double(text) : nil }

    /// `true` or `false`, `nil` for other kinds.
    var boolean: Bool? { kind == .boolean ? node.end - node.start == 4 : nil }

    /// An array's elements, `nil` for other kinds.
    var elements: [JSONSlice]? {
        guard kind == .array else { return nil }
        var elements: [JSONSlice] = []
        var child = index + 1
        while child < node.next {
            elements.append(JSONSlice(document: document, index: child))
            child = document.nodes[child].next
        }
        return elements
    }

    /// An object's members in the order written, `nil` for other kinds.
    var members: [(name: String, value: JSONSlice)]? {
        guard kind == .object else { return nil }
        var members: [(name: String, value: JSONSlice)] = []
        var child = index + 1
        while child < node.next {
            let name = JSONSlice(document: document, index: child)
            members.append((decodedString(name.literal), JSONSlice(document: document, index: child + 1)))
            child = document.nodes[child + 1].next
        }
        return members
    }

    /// An object's member of that name.
    subscript(name: String) -> JSONSlice? { members?.first { $0.name == name }?.value }
}
