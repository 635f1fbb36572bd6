public import FerryCore

/// Sets values inside a JSON text and leaves every other byte of it alone.
///
/// Works on the text, not on a tree: what is not written keeps its digits, its escapes and its white space, and no
/// depth of the document costs machine stack.
public struct JSONEditor: Sendable {
    /// Why a value cannot be set.
    public enum Refusal: Error, Sendable, Equatable {
        /// The path runs through a number, a string or a boolean, or names a member of an array or an element of an
        /// object; `path` leads to what is in the way.
        case inTheWay(path: FieldPath)
        /// The array at `path` has fewer elements than the index asks for.
        case beyondTheEnd(path: FieldPath, count: Int)
    }

    /// The document's text.
    public private(set) var text: [UInt8]

    /// An editor of a document that has been found valid (``JSONText/validity(of:maximumDepth:)``), or of no bytes at
    /// all, where every container is still to be made.
    public init(_ text: [UInt8]) {
        self.text = text
    }

    /// Sets the value at a path to `value`, a JSON text.
    ///
    /// Missing objects and arrays are made, also in the place of a `null`; an array takes one more element at its end.
    /// Of repeated members the last is set, since it is the one that counts. After a refusal the text is as before.
    public mutating func set(_ value: [UInt8], at path: FieldPath) throws(Refusal) {
        let edit = try Self.edit(text, at: path)
        var written: [UInt8] = edit.needsComma ? [Byte.comma] : []
        if let name = edit.name { Self.appendName(name, to: &written) }
        try Self.append(value, wrappedIn: path.segments[edit.depth...], of: path, to: &written)
        text.replaceSubrange(edit.range, with: written)
    }

    /// What to replace, and what goes in front of the value.
    fileprivate struct Edit {
        var range: Range<Int>
        /// How many steps of the path the document already has, those that are about to be made in its last container
        /// included.
        var depth: Int
        /// The member to make.
        var name: String?
        var needsComma = false
    }

    private static func edit(_ text: [UInt8], at path: FieldPath) throws(Refusal) -> Edit {
        let outcome = text.withUnsafeBufferPointer { bytes -> Result<Edit, Refusal> in
            guard let base = bytes.baseAddress, !bytes.isEmpty else {
                return .success(Edit(range: 0..<0, depth: 0))
            }
            let scanner = ByteScanner(base: base, end: bytes.count, isTrusted: true, maximumDepth: .max)
            do throws(Fault) {
                return try scanner.edit(at: path)
            } catch {
                // Only a text that is no JSON gets here: there is nothing in it to write into.
                return .failure(.inTheWay(path: .root))
            }
        }
        return try outcome.get()
    }

    /// Appends the value inside the objects and arrays that are still to be made.
    private static func append(
        _ value: [UInt8],
        wrappedIn segments: ArraySlice<FieldPath.Segment>,
        of path: FieldPath,
        to output: inout [UInt8]
    ) throws(Refusal) {
        for (index, segment) in zip(segments.indices, segments) {
            switch segment {
            case .name(let name):
                output.append(Byte.openBrace)
                appendName(name, to: &output)
            case .index(0):
                output.append(Byte.openBracket)
            case .index:
                throw .beyondTheEnd(path: FieldPath(segments: Array(path.segments[..<index])), count: 0)
            }
        }
        output.append(contentsOf: value)
        for segment in segments.reversed() {
            if case .name = segment { output.append(Byte.closeBrace) } else { output.append(Byte.closeBracket) }
        }
    }

    private static func appendName(_ name: String, to output: inout [UInt8]) {
        var name = name
        name.withUTF8 { JSONText.appendString(UnsafeRawBufferPointer($0), into: &output) }
        output.append(Byte.colon)
    }
}

extension ByteScanner {
    /// Follows a path as far as the document has it.
    fileprivate func edit(at path: FieldPath) throws(Fault) -> Result<JSONEditor.Edit, JSONEditor.Refusal> {
        var offset = skipSpace(0)
        for (depth, segment) in path.segments.enumerated() {
            switch (peek(offset), segment) {
            case (Byte.openBrace, .name(let name)):
                let members = try lastMember(name, ofObjectAt: offset)
                guard let value = members.value else {
                    let end = members.end..<members.end
                    return .success(.init(range: end, depth: depth + 1, name: name, needsComma: !members.isEmpty))
                }
                offset = value
            case (Byte.openBracket, .index(let index)):
                let elements = try elements(ofArrayAt: offset)
                let place = index < 0 ? elements.starts.count + index : index
                if elements.starts.indices.contains(place) {
                    offset = elements.starts[place]
                } else if place == elements.starts.count {
                    let end = elements.end..<elements.end
                    return .success(.init(range: end, depth: depth + 1, needsComma: place > 0))
                } else {
                    let array = FieldPath(segments: Array(path.segments[..<depth]))
                    return .failure(.beyondTheEnd(path: array, count: elements.starts.count))
                }
            case (UInt8(ascii: "n"), _):
                return .success(.init(range: offset..<(try skip(offset, depth: 0)), depth: depth))
            default:
                return .failure(.inTheWay(path: FieldPath(segments: Array(path.segments[..<depth]))))
            }
        }
        return .success(.init(range: offset..<(try skip(offset, depth: 0)), depth: path.segments.count))
    }

    /// Where the value of an object's last member `name` starts, if it has one, and where another can be added.
    private func lastMember(
        _ name: String,
        ofObjectAt start: Int
    ) throws(Fault) -> (value: Int?, end: Int, isEmpty: Bool) {
        var value: Int?
        var offset = skipSpace(start + 1)
        guard peek(offset) != Byte.closeBrace else { return (nil, offset, true) }
        while true {
            let key = try string(offset)
            let isWanted = isName(name, at: offset + 1..<key.end - 1, hasEscapes: key.hasEscapes)
            offset = try colon(key.end)
            if isWanted { value = offset }
            let end = try skip(offset, depth: 0)
            offset = skipSpace(end)
            guard peek(offset) == Byte.comma else { return (value, end, false) }
            offset = skipSpace(offset + 1)
        }
    }

    /// Where an array's elements start, and where another can be added.
    private func elements(ofArrayAt start: Int) throws(Fault) -> (starts: [Int], end: Int) {
        var starts: [Int] = []
        var offset = skipSpace(start + 1)
        guard peek(offset) != Byte.closeBracket else { return ([], offset) }
        while true {
            starts.append(offset)
            let end = try skip(offset, depth: 0)
            offset = skipSpace(end)
            guard peek(offset) == Byte.comma else { return (starts, end) }
            offset = skipSpace(offset + 1)
        }
    }

    /// By bytes: Swift's strings are equal when they are canonically equivalent, JSON's names are not.
    private func isName(_ name: String, at range: Range<Int>, hasEscapes: Bool) -> Bool {
        let raw = UnsafeBufferPointer(start: base + range.lowerBound, count: range.count)
        guard hasEscapes else { return name.utf8.elementsEqual(raw) }
        var bytes: [UInt8] = []
        // A name with a lone surrogate escape is no path's.
        guard (try? unescape(range, into: &bytes)) != nil else { return false }
        return name.utf8.elementsEqual(bytes)
    }
}
