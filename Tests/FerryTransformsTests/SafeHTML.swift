/// What of HTML could do more than show something, seen as a browser sees it.
///
/// A tag that Markdown does not make, an attribute that does not belong to its tag, an address that runs code or reads
/// files, a comment or a declaration, and tags that do not match.
func dangers(in html: String) -> [String] {
    var dangers: [String] = []
    var open: [String] = []
    for token in ParsedHTML(html).tokens {
        switch token {
        case .text: break
        case .other(let text): dangers.append(text)
        case .start(let name, let attributes):
            guard let allowed = allowedAttributes[name] else {
                dangers.append("<\(name)>")
                continue
            }
            for attribute in attributes {
                let isHarmless = allowed[attribute.name].map { $0(attribute.value) } ?? false
                if !isHarmless { dangers.append("<\(name) \(attribute.name)=\"\(attribute.value)\">") }
            }
            if Set(attributes.map(\.name)).count < attributes.count {
                dangers.append("<\(name)> with an attribute twice")
            }
            if !["br", "hr", "img", "input"].contains(name) { open.append(name) }
        case .end(let name):
            if open.popLast() != name { dangers.append("</\(name)>") }
        }
    }
    return dangers + open.map { "<\($0)> without an end" }
}

private typealias Check = @Sendable (String) -> Bool

private let allowedAttributes: [String: [String: Check]] = {
    var allowed: [String: [String: Check]] = [:]
    for name in [
        "p", "em", "strong", "pre", "ul", "li", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "br", "del",
        "table", "thead", "tbody", "tr",
    ] {
        allowed[name] = [:]
    }
    allowed["a"] = ["href": { isHarmless($0, isImage: false) }, "title": { _ in true }]
    allowed["img"] = ["src": { isHarmless($0, isImage: true) }, "alt": { _ in true }, "title": { _ in true }]
    allowed["code"] = ["class": { $0.hasPrefix("language-") }]
    allowed["ol"] = ["start": { Int($0) != nil }]
    allowed["input"] = ["checked": { $0.isEmpty }, "disabled": { $0.isEmpty }, "type": { $0 == "checkbox" }]
    for name in ["th", "td"] { allowed[name] = ["align": { ["left", "center", "right"].contains($0) }] }
    return allowed
}()

/// > [URL §4.4] Remove any leading and trailing C0 control or space from input. […] Remove all ASCII tab or newline from
/// > input.
///
/// Older browsers took out more, and some undid percent-encoding first: what they would have seen is looked at too.
private func isHarmless(_ address: String, isImage: Bool) -> Bool {
    let kept = address.unicodeScalars.drop { $0.value <= 0x20 }.filter { !["\t", "\n", "\r"].contains($0) }
    let lenient = percentDecoded(address).filter { $0 > 0x20 && $0 < 0x7F }
    return [String(String.UnicodeScalarView(kept)), String(decoding: lenient, as: UTF8.self)].allSatisfy { address in
        guard let scheme = address.prefixMatch(of: /([A-Za-z][A-Za-z0-9+.-]*):/)?.1.lowercased() else { return true }
        guard dangerousSchemes.contains(scheme) else { return true }
        return isImage && address.lowercased().prefixMatch(of: /data:image\/(?:png|gif|jpeg|webp)[;,]/) != nil
    }
}

private let dangerousSchemes: Set = [
    "javascript", "vbscript", "livescript", "mocha", "data", "file", "filesystem", "blob", "jar", "mhtml",
    "view-source",
    "feed",
]

private func percentDecoded(_ text: String) -> [UInt8] {
    let bytes = Array(text.utf8)
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
        if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
            let byte = UInt8(String(decoding: bytes[(index + 1)...(index + 2)], as: UTF8.self), radix: 16)
        {
            result.append(byte)
            index += 3
        } else {
            result.append(bytes[index])
            index += 1
        }
    }
    return result
}
