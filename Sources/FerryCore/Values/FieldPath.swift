/// A place in a record: a singular query of RFC 9535 (JSONPath) with `$.` left out, such as `fields.seo.title`,
/// `keys[0]` or `fields['odd name']`.
public struct FieldPath: Hashable, Sendable, CustomStringConvertible {
    /// One step from a value to one of its children.
    public enum Segment: Hashable, Sendable {
        /// A member of an object.
        case name(String)
        /// An element of an array; negative counts from the end.
        case index(Int)

        /// Whether two steps are the same.
        ///
        /// Names are compared by their UTF-8 bytes: Swift's string equality takes `é` in one code point and in two for
        /// one name.
        public static func == (left: Segment, right: Segment) -> Bool {
            switch (left, right) {
            case (.name(let left), .name(let right)): left.utf8.elementsEqual(right.utf8)
            case (.index(let left), .index(let right)): left == right
            default: false
            }
        }

        /// Hashes what is compared.
        public func hash(into hasher: inout Hasher) {
            switch self {
            case .name(let name): for byte in name.utf8 { hasher.combine(byte) }
            case .index(let index): hasher.combine(index)
            }
        }
    }

    /// The steps from the record's root.
    public let segments: [Segment]

    /// A path of the given steps.
    public init(segments: [Segment]) {
        self.segments = segments
    }

    /// The record itself.
    public static let root = FieldPath(segments: [])

    /// How many steps a path in a file may have: readers recurse once a step.
    public static let maximumSteps = 128

    /// Parses a path of at most ``maximumSteps`` steps.
    ///
    /// A leading `$` and the empty string mean the root.
    public init(parsing text: String) throws(FieldPathError) {
        var parser = FieldPathParser(text)
        segments = try parser.parse()
    }

    /// The path with `other`'s steps after its own.
    public func appending(_ other: FieldPath) -> FieldPath {
        FieldPath(segments: segments + other.segments)
    }

    /// The path without its first step, if that step is the member `name`.
    public func dropping(first name: String) -> FieldPath? {
        guard segments.first == .name(name) else { return nil }
        return FieldPath(segments: Array(segments.dropFirst()))
    }

    /// The path as it would be written in a file.
    public var description: String {
        var text = ""
        for segment in segments {
            switch segment {
            case .index(let index): text += "[\(index)]"
            case .name(let name) where FieldPathParser.isShorthand(name): text += text.isEmpty ? name : ".\(name)"
            case .name(let name): text += "['\(FieldPathParser.escape(name))']"
            }
        }
        return text.isEmpty ? "$" : text
    }
}

/// A path that cannot be parsed.
public struct FieldPathError: Error, CustomStringConvertible {
    /// What is wrong, for people.
    public let message: String
    /// The offset in bytes of the first wrong character.
    public let offset: Int

    /// The message.
    public var description: String { message }
}

extension [FieldPath] {
    /// The column of `path` among these paths, which gets one if it has none.
    package mutating func column(of path: FieldPath) -> Int {
        if let index = firstIndex(of: path) { return index }
        append(path)
        return count - 1
    }
}
