/// HTML as a browser's tokenizer reads it (WHATWG, §13.2.5), which forgives much.
struct ParsedHTML {
    enum Token: Equatable {
        case text(String)
        case start(name: String, attributes: [Attribute])
        case end(name: String)
        /// A comment, a declaration or an instruction, as it stands.
        case other(String)
    }

    struct Attribute: Equatable {
        let name: String
        let value: String
    }

    private(set) var tokens: [Token] = []
    private let text: [Unicode.Scalar]
    private var index = 0

    init(_ html: String) {
        text = Array(html.unicodeScalars)
        while index < text.count { read() }
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII && scalar.properties.isAlphabetic
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        [" ", "\t", "\n", "\r", "\u{C}"].contains(scalar)
    }

    private func at(_ index: Int) -> Unicode.Scalar? { index < text.count ? text[index] : nil }

    private func string(_ range: Range<Int>) -> String {
        var scalars = String.UnicodeScalarView()
        scalars.append(contentsOf: text[range])
        return String(scalars)
    }

    private mutating func read() {
        if text[index] == "<", let next = at(index + 1) {
            if Self.isLetter(next) { return readTag(isEnd: false) }
            if next == "/", let letter = at(index + 2), Self.isLetter(letter) { return readTag(isEnd: true) }
            if next == "!" || next == "?" || next == "/" { return readOther() }
        }
        let start = index
        index += 1
        while let scalar = at(index), scalar != "<" { index += 1 }
        let content = Self.decoded(string(start..<index))
        if case .text(let before)? = tokens.last {
            tokens[tokens.count - 1] = .text(before + content)
        } else {
            tokens.append(.text(content))
        }
    }

    private mutating func readOther() {
        let start = index
        let closer: [Unicode.Scalar] = string(start..<min(start + 4, text.count)) == "<!--" ? ["-", "-", ">"] : [">"]
        while index < text.count, !text[index...].starts(with: closer) { index += 1 }
        index = min(index + closer.count, text.count)
        tokens.append(.other(string(start..<index)))
    }

    private mutating func readTag(isEnd: Bool) {
        index += isEnd ? 2 : 1
        let start = index
        while let scalar = at(index), !Self.isSpace(scalar), scalar != "/", scalar != ">" { index += 1 }
        let name = string(start..<index).lowercased()
        var attributes: [Attribute] = []
        while let scalar = at(index), scalar != ">" {
            if Self.isSpace(scalar) || scalar == "/" {
                index += 1
            } else {
                attributes.append(readAttribute())
            }
        }
        index += 1
        tokens.append(isEnd ? .end(name: name) : .start(name: name, attributes: attributes))
    }

    private mutating func readAttribute() -> Attribute {
        let start = index
        index += 1
        while let scalar = at(index), !Self.isSpace(scalar), !["/", ">", "="].contains(scalar) { index += 1 }
        let name = string(start..<index).lowercased()
        skipSpaces()
        guard at(index) == "=" else { return Attribute(name: name, value: "") }
        index += 1
        skipSpaces()
        guard let quote = at(index), quote == "\"" || quote == "'" else {
            let start = index
            while let scalar = at(index), !Self.isSpace(scalar), scalar != ">" { index += 1 }
            return Attribute(name: name, value: Self.decoded(string(start..<index)))
        }
        let content = index + 1
        index = content
        while let scalar = at(index), scalar != quote { index += 1 }
        defer { index += 1 }
        return Attribute(name: name, value: Self.decoded(string(content..<min(index, text.count))))
    }

    private mutating func skipSpaces() {
        while let scalar = at(index), Self.isSpace(scalar) { index += 1 }
    }

    // MARK: References

    private static let names: [Substring: String] = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "colon": ":", "Tab": "\t", "NewLine": "\n",
        "nbsp": "\u{A0}", "lpar": "(", "rpar": ")", "sol": "/",
    ]

    /// The text with its character references replaced, with or without a semicolon.
    static func decoded(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let ampersand = rest.unicodeScalars.firstIndex(of: "&") {
            result += rest[..<ampersand]
            rest = rest[ampersand...]
            if let match = rest.prefixMatch(of: /&#(?:[xX]([0-9a-fA-F]{1,9})|([0-9]{1,9}));?/) {
                let value = match.1.map { UInt32($0, radix: 16) } ?? match.2.map { UInt32($0) }
                result.unicodeScalars.append((value ?? nil).flatMap(Unicode.Scalar.init) ?? "\u{FFFD}")
                rest = rest[match.range.upperBound...]
            } else if let match = rest.prefixMatch(of: /&([A-Za-z]+);/), let character = names[match.1] {
                result += character
                rest = rest[match.range.upperBound...]
            } else {
                result += "&"
                rest = rest.dropFirst()
            }
        }
        return result + rest
    }
}

/// HTML in the form in which the specification's own tests compare it (`test/normalize.py`).
///
/// > Multiple inner whitespaces are collapsed to a single space (except in pre tags). Whitespace surrounding block-level
/// > tags is removed. […] Attributes are sorted and lowercased. References are converted to unicode, except that '<',
/// > '>', '&', and '"' are rendered using entities.
func normalized(_ html: String) -> String {
    var output = ""
    var isInPre = false
    var lastTag: String?
    for token in ParsedHTML(html).tokens {
        switch token {
        case .start(let name, let attributes):
            if name == "pre" { isInPre = true }
            if blockTags.contains(name) { trimEnd(&output) }
            output += "<\(name)"
            for attribute in attributes.sorted(by: { $0.name < $1.name }) {
                output += " \(attribute.name)=\"\(escaped(attribute.value))\""
            }
            output += ">"
            lastTag = name
        case .end(let name):
            if name == "pre" { isInPre = false } else if blockTags.contains(name) { trimEnd(&output) }
            output += "</\(name)>"
            lastTag = name
        case .text(let text):
            output += escaped(isInPre ? text : collapsed(text, after: lastTag))
            lastTag = nil
        case .other(let text):
            output += text
            lastTag = nil
        }
    }
    return output
}

private let blockTags: Set = [
    "article", "header", "aside", "hgroup", "blockquote", "hr", "iframe", "body", "li", "map", "button", "object",
    "canvas", "ol", "caption", "output", "col", "p", "colgroup", "pre", "dd", "progress", "div", "section", "dl",
    "table", "td", "dt", "tbody", "embed", "textarea", "fieldset", "tfoot", "figcaption", "th", "figure", "thead",
    "footer", "tr", "form", "ul", "h1", "h2", "h3", "h4", "h5", "h6", "video", "script", "style",
]

private func isWhiteSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar == " " || (0x9...0xD).contains(scalar.value)
}

/// Without white space at the start after a block's tag, and without line ends there after a line break's.
private func collapsed(_ text: String, after tag: String?) -> String {
    var result = String.UnicodeScalarView()
    let rest = tag == "br" ? text.unicodeScalars.drop { $0 == "\n" } : text.unicodeScalars[...]
    let isAfterBlock = tag.map(blockTags.contains) ?? false
    for scalar in rest {
        guard isWhiteSpace(scalar) else {
            result.append(scalar)
            continue
        }
        if result.isEmpty ? !isAfterBlock : result.last != " " { result.append(" ") }
    }
    return String(result)
}

private func trimEnd(_ text: inout String) {
    while let last = text.unicodeScalars.last, isWhiteSpace(last) { text.unicodeScalars.removeLast() }
}

private func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
        .replacing("\"", with: "&quot;")
}
