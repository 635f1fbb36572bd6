import FerryCore
import FerryHTTP
import FerryJSON

/// Finds the words for people in an error answer, and makes one short line of them, without secrets.
struct ErrorMessage: Sendable {
    let paths: [FieldPath]
    let scrubber: SecretScrubber

    /// How many characters of a service's words are kept.
    static let maximumLength = 500
    /// How many bytes of an answer that is not JSON are looked at.
    private static let maximumBytes = 16_384

    /// The service's words; empty when it says nothing.
    func text(of response: HTTPResponse, body: JSONValue?) -> String {
        guard let body else {
            // Scrubbed before it is cut: a secret that is cut in two would no longer be known.
            let bytes = scrubber.scrub(response.body.prefix(Self.maximumBytes))
            guard bytes.first(where: { $0 > 0x20 }) == UInt8(ascii: "<") else { return Self.line(bytes) }
            return Self.line(Self.pageText(String(decoding: bytes, as: UTF8.self)), maximumLength: 200)
        }
        var sentences: [String] = []
        var said: [FieldPath] = []
        for path in paths {
            // An object of which a part was told holds little else but codes.
            guard !said.contains(where: { $0.segments.starts(with: path.segments) }) else { continue }
            guard let value = body.value(at: path), !value.isNull else { continue }
            let sentence = Self.flatten(value)
            // The first plain message counts; lists of details beside it say which field.
            let isDetail: Bool
            switch value {
            case .array, .object: isDetail = true
            default: isDetail = false
            }
            guard !sentence.isEmpty, sentences.isEmpty || isDetail, !sentences.contains(sentence) else { continue }
            sentences.append(sentence)
            said.append(path)
        }
        let text = sentences.isEmpty ? Self.fallback(body) : sentences.joined(separator: ": ")
        return Self.line(scrubber.scrub(Array(text.utf8.prefix(Self.maximumBytes))[...]))
    }

    /// One line of a text: white space collapsed, control characters dropped, cut where it is too long.
    static func line(_ text: String, maximumLength: Int = maximumLength) -> String {
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let line = String(words.unicodeScalars.filter { $0.properties.generalCategory != .control })
        return line.count <= maximumLength ? line : line.prefix(maximumLength) + "…"
    }

    /// One line of bytes that may be a text.
    static func line(_ bytes: [UInt8], maximumLength: Int = maximumLength) -> String {
        line(String(decoding: bytes, as: UTF8.self), maximumLength: maximumLength)
    }

    private static func fallback(_ body: JSONValue) -> String {
        switch body {
        case .null: ""
        case .array(let elements) where elements.isEmpty: ""
        case .object(let members) where members.isEmpty: ""
        default: body.string ?? body.compactText
        }
    }

    private static func flatten(_ value: JSONValue) -> String {
        switch value {
        case .string(let text): text
        case .array(let elements): elements.map(flatten).joined(separator: ", ")
        case .object(let members): members.map { "\($0.key): \(flatten($0.value))" }.joined(separator: "; ")
        default: value.compactText
        }
    }

    /// What a web page says: its title if it has one, else its text without the tags.
    private static func pageText(_ page: String) -> String {
        let lower = page.utf8.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }
        let bytes = Array(page.utf8)
        if let open = lower.firstRange(of: Array("<title".utf8)),
            let start = lower[open.upperBound...].firstIndex(of: UInt8(ascii: ">")),
            let end = lower[start...].firstRange(of: Array("</title".utf8))
        {
            return String(decoding: bytes[(start + 1)..<end.lowerBound], as: UTF8.self)
        }
        var text: [UInt8] = []
        var isTag = false
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "<"): isTag = true
            case UInt8(ascii: ">") where isTag:
                isTag = false
                text.append(UInt8(ascii: " "))
            default: if !isTag { text.append(byte) }
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
