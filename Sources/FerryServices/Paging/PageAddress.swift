import FerryCore

/// An address of a page: where it leads to, and what it asks for there (RFC 3986).
struct PageAddress: Equatable {
    /// The scheme in lower case.
    let scheme: String
    /// The host in lower case, with its port unless that is the scheme's own.
    let host: String
    /// The path and query, percent-encoded; begins with a slash.
    let target: String

    /// The address of something on the web; `nil` if it is none.
    init?(_ url: String) {
        let bytes = Array(Self.encoded(url).utf8)
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), bytes[(colon + 1)...].starts(with: "//".utf8) else {
            return nil
        }
        scheme = String(decoding: bytes[..<colon], as: UTF8.self).lowercased()
        guard scheme == "http" || scheme == "https" else { return nil }
        let rest = bytes[(colon + 3)...]
        let end = rest.firstIndex { "/?#".utf8.contains($0) } ?? rest.endIndex
        guard let host = Self.host(rest[..<end], scheme: scheme) else { return nil }
        self.host = host
        target = Self.normalized(rest[end...])
    }

    private init(scheme: String, host: String, target: String) {
        self.scheme = scheme
        self.host = host
        self.target = target
    }

    /// Where the address is, without what it asks for.
    var origin: String { "\(scheme)://\(host)" }

    /// Whether both are at the same scheme, host and port.
    func isBeside(_ other: PageAddress) -> Bool {
        scheme == other.scheme && host == other.host
    }

    /// What a reference on the page at this address leads to (RFC 3986, §5.2); `nil` if it is none.
    func resolving(_ reference: String) -> PageAddress? {
        let text = Self.encoded(reference)
        let bytes = Array(text.utf8)
        let end = bytes.firstIndex { "/?#".utf8.contains($0) } ?? bytes.endIndex
        // > a path segment that contains a colon character […] cannot be used as the first segment of a
        // > relative-path reference, as it would be mistaken for a scheme name.
        if bytes[..<end].contains(UInt8(ascii: ":")) { return PageAddress(text) }
        if bytes.starts(with: "//".utf8) { return PageAddress("\(scheme):\(text)") }
        let path = target.utf8.firstIndex(of: UInt8(ascii: "?")).map { target[..<$0] } ?? target[...]
        let merged: String
        switch bytes.first {
        case UInt8(ascii: "/"): merged = text
        case UInt8(ascii: "?"): merged = path + text
        case UInt8(ascii: "#"), nil: return self
        default:
            let folder = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path[...$0] } ?? "/"
            merged = folder + text
        }
        return PageAddress(scheme: scheme, host: host, target: Self.normalized(Array(merged.utf8)[...]))
    }

    /// The path and query of the page that `reference` says is next.
    ///
    /// - Throws: ``SyncFailure`` with the code `contract.next_elsewhere` when that is not where `url` is: nothing is
    ///   sent there, the credentials least of all.
    static func next(_ reference: String, after url: String) throws(SyncFailure) -> String {
        guard let here = PageAddress(url), let next = here.resolving(reference) else {
            throw SyncFailure(
                .contract,
                .contractShape,
                "what the service says is the next page's address is none",
                hint: "see where the description looks for it"
            )
        }
        guard next.isBeside(here) else {
            throw SyncFailure(
                .contract,
                .contractNextElsewhere,
                "the service says that the next page is at \(ErrorMessage.line(next.origin, maximumLength: 200)), "
                    + "which is not where it is itself (\(here.origin))",
                hint: "nothing was sent there; if it is the same service, write the address that it gives into 'config'"
            )
        }
        return next.target
    }

    // MARK: Parts

    /// Host and port; `nil` for anything odd, such as a user's name or a character that no host has.
    private static func host(_ authority: ArraySlice<UInt8>, scheme: String) -> String? {
        var host = authority
        var port = ""
        if let colon = authority.lastIndex(of: UInt8(ascii: ":")), !authority[colon...].contains(UInt8(ascii: "]")) {
            host = authority[..<colon]
            port = String(decoding: authority[(colon + 1)...], as: UTF8.self)
            guard port.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        }
        let isPlain = host.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-._~[]:".utf8.contains(byte)
            }
        }
        guard !host.isEmpty, isPlain else { return nil }
        let name = String(decoding: host, as: UTF8.self).lowercased()
        let standard = scheme == "https" ? 443 : 80
        guard let number = port.isEmpty ? standard : UInt16(port).map(Int.init) else { return nil }
        return number == standard ? name : "\(name):\(number)"
    }

    /// The path without dot segments and the query, the fragment left out.
    private static func normalized(_ bytes: ArraySlice<UInt8>) -> String {
        let whole = bytes.prefix { $0 != UInt8(ascii: "#") }
        let question = whole.firstIndex(of: UInt8(ascii: "?")) ?? whole.endIndex
        var segments: [ArraySlice<UInt8>] = []
        let parts = whole[..<question].split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropFirst()
        for (index, part) in parts.enumerated() {
            let isLast = index == parts.count - 1
            if part.elementsEqual("..".utf8) {
                _ = segments.popLast()
                if isLast { segments.append([]) }
            } else if part.elementsEqual(".".utf8) {
                if isLast { segments.append([]) }
            } else {
                segments.append(part)
            }
        }
        let path = "/" + segments.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/")
        return path + String(decoding: whole[question...], as: UTF8.self)
    }

    /// The text with what no address may hold percent-encoded, so that it cannot mean one thing here and another to
    /// whoever sends the request.
    private static func encoded(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            if byte <= 0x20 || byte >= 0x7F || "\"<>\\^`{|}".utf8.contains(byte) {
                encoded += byte < 0x10 ? "%0" : "%"
                encoded += String(byte, radix: 16, uppercase: true)
            } else {
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            }
        }
        return encoded
    }
}
