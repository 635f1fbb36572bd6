import FerryCore

/// Takes secrets out of texts that people will see: a service may echo what it was sent.
struct SecretScrubber: Sendable {
    /// What may stand in a text, the longest first, since one may hold another.
    private let forms: [[UInt8]]

    /// A scrubber of the given secrets as they are, percent-encoded and as JSON strings escape them, also twice: where a
    /// service quotes the JSON that it was sent.
    init(_ secrets: [String]) {
        var forms = Set<[UInt8]>()
        for secret in secrets where !secret.isEmpty {
            let encoded = PercentEncoding.segment(secret)
            let escaped = Self.escaped(secret)
            let solidi = escaped.split(separator: "/", omittingEmptySubsequences: false)
            let escapedSolidus = solidi.joined(separator: "\\/")
            for form in [
                secret, encoded, encoded.lowercased(), escaped, escapedSolidus, Self.escaped(escaped),
                Self.escaped(escapedSolidus),
            ] {
                forms.insert(Array(form.utf8))
            }
        }
        self.forms = forms.sorted { $0.count > $1.count }
    }

    private static func escaped(_ text: String) -> String {
        String(decoding: JSONValue.string(text).compactText.utf8.dropFirst().dropLast(), as: UTF8.self)
    }

    /// The bytes without the secrets.
    ///
    /// Bytes are compared, not characters: a combining mark after a secret makes its last character another one.
    func scrub(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var rest = bytes
        while let first = rest.first {
            if let form = forms.first(where: { rest.starts(with: $0) }) {
                output.append(contentsOf: "‹secret›".utf8)
                rest = rest.dropFirst(form.count)
            } else {
                output.append(first)
                rest = rest.dropFirst()
            }
        }
        return output
    }
}
