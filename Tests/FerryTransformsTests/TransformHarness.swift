import FerryCore
import FerryTransforms
import Testing

/// The built-in transform of that name.
func builtIn(_ name: String, _ options: JSONValue = .null) throws -> any Transform {
    try BuiltInTransforms().transform(TransformReference(name: name, options: options))
}

/// Options with which every built-in transform can be had, whether it needs any or not.
func leastOptions(of name: String) -> JSONValue {
    switch name {
    case "truncate": ["length": 3]
    case "replace": ["pattern": "a"]
    case "lookup": ["map": ["a": "b"]]
    case "pick": ["name": "a"]
    default: .null
    }
}

/// What a transform makes of any value, as JSON text; numbers and strings are told apart by their quotation marks.
func apply(_ transform: any Transform, _ kind: ValueKind, _ text: String = "") throws -> String {
    let bytes = Array(text.utf8)
    var output = Array("before ".utf8)
    let result = try transform.apply(kind, bytes.span, into: &output)
    guard output.starts(with: "before ".utf8) else { return "the output's start was changed" }
    let value = String(decoding: output.dropFirst(7), as: UTF8.self)
    return switch result {
    case .null: "null"
    case .true: "true"
    case .false: "false"
    case .number, .json: value
    case .string: JSONValue.string(value).compactText
    case .missing: "missing"
    }
}

/// The sentence with which a transform refuses a value.
func refusal(_ name: String, _ kind: ValueKind, _ text: String = "") throws -> String {
    try refusal(name, leastOptions(of: name), kind, text)
}

/// The sentence with which a transform with options refuses a value.
func refusal(_ name: String, _ options: JSONValue, _ kind: ValueKind, _ text: String = "") throws -> String {
    let transform = try builtIn(name, options)
    return try #require(throws: TransformError.self) { _ = try apply(transform, kind, text) }.message
}

/// What a transform makes of a string, after bytes that it must leave alone.
func apply(_ transform: any Transform, to text: String) throws -> String {
    let bytes = Array(text.utf8)
    var output = Array("before ".utf8)
    let kind = try transform.apply(.string, bytes.span, into: &output)
    guard kind == .string, output.starts(with: "before ".utf8) else { return "the output's start was changed" }
    return String(decoding: output.dropFirst(7), as: UTF8.self)
}

func slugify(_ text: String, _ options: JSONValue = .null) throws -> String {
    try apply(builtIn("slugify", options), to: text)
}

func html(_ markdown: String, _ options: JSONValue = .null) throws -> String {
    try apply(builtIn("markdown_to_html", options), to: markdown)
}

/// Numbers that are the same in every run (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    /// A string of up to `count` code points, mostly of the ranges where scripts mix.
    mutating func text(upTo count: Int) -> String {
        let ranges: [ClosedRange<UInt32>] = [
            0x20...0x7E, 0x20...0x7E, 0xA0...0x24F, 0x300...0x36F, 0x370...0x52F, 0x590...0x6FF, 0x900...0xDFF,
            0xE00...0xEFF, 0x1000...0x11FF, 0x1E00...0x20FF, 0x2100...0x27BF, 0x3040...0x30FF, 0x4E00...0x9FFF,
            0xAC00...0xD7A3, 0xFE00...0xFFEF, 0x1F300...0x1FAFF, 0x80...0x3FFFF, 0xE0000...0x10FFFF,
        ]
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 1...count, using: &self) {
            let range = ranges[Int.random(in: 0..<ranges.count, using: &self)]
            if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &self)) { text.append(scalar) }
        }
        return String(text)
    }
}
