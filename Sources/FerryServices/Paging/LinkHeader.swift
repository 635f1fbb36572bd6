/// Reads `Link` headers (RFC 8288, §3): `<https://api.example.com/items?page=2>; rel="next"`.
enum LinkHeader {
    /// The first target of the relation `relation` in several headers; `nil` when there is none.
    ///
    /// Relation types are compared regardless of case, and a link may have several. A link with an `anchor` is about
    /// another page and does not count.
    static func target(of relation: String, in headers: [String]) -> String? {
        for header in headers {
            var reader = Reader(header)
            while let link = reader.link() {
                // > If multiple parameters with the name "rel" appear, occurrences after the first MUST be ignored.
                let relations = link.parameters.first { $0.name == "rel" }?.value ?? ""
                let isOfOther = link.parameters.contains { $0.name == "anchor" }
                let has = relations.lowercased().split(separator: " ").contains(relation.lowercased()[...])
                if has, !isOfOther { return link.target }
            }
        }
        return nil
    }

    private struct Link {
        var target: String
        var parameters: [(name: String, value: String)] = []
    }

    /// Follows the algorithm of RFC 8288, Appendix B.2 and B.3.
    private struct Reader {
        private var rest: Substring.UTF8View

        init(_ header: String) {
            rest = header[...].utf8
        }

        mutating func link() -> Link? {
            skip { $0 == UInt8(ascii: ",") || Self.isSpace($0) }
            // > If the first character is not "<", return links.
            guard take(UInt8(ascii: "<")) else { return nil }
            var link = Link(target: text { $0 != UInt8(ascii: ">") })
            guard take(UInt8(ascii: ">")) else { return nil }
            while true {
                skip(while: Self.isSpace)
                guard take(UInt8(ascii: ";")) else { return link }
                skip(while: Self.isSpace)
                let name = text { !Self.isSpace($0) && !"=;,".utf8.contains($0) }.lowercased()
                skip(while: Self.isSpace)
                var value = ""
                if take(UInt8(ascii: "=")) {
                    skip(while: Self.isSpace)
                    value = take(UInt8(ascii: "\"")) ? quoted() : text { !";,".utf8.contains($0) }
                }
                if !name.isEmpty { link.parameters.append((name, value.trimmingSpaces)) }
            }
        }

        private mutating func quoted() -> String {
            var bytes: [UInt8] = []
            while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
                if byte == UInt8(ascii: "\\"), let escaped = rest.popFirst() {
                    bytes.append(escaped)
                } else {
                    bytes.append(byte)
                }
            }
            return String(decoding: bytes, as: UTF8.self)
        }

        private mutating func text(while isPart: (UInt8) -> Bool) -> String {
            let part = rest.prefix(while: isPart)
            rest = rest[part.endIndex...]
            return String(decoding: part, as: UTF8.self)
        }

        private mutating func skip(while isSkipped: (UInt8) -> Bool) {
            rest = rest.drop(while: isSkipped)
        }

        private mutating func take(_ byte: UInt8) -> Bool {
            guard rest.first == byte else { return false }
            rest = rest.dropFirst()
            return true
        }

        private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
