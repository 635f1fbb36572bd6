import FerryCore

/// `sha256`: the SHA-256 digest of a string's bytes in UTF-8, as 64 hexadecimal digits in lower case.
///
/// `"abc"` becomes `"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"`. Other values go through
/// `to_string` or `json_encode` first.
struct SHA256: Transform {
    let isOneWay = true

    init(_ options: TransformOptions) throws(TransformReferenceError) {
        try options.allow([])
    }

    func apply(
        _ kind: ValueKind,
        _ bytes: Span<UInt8>,
        into output: inout [UInt8]
    ) throws(TransformError) -> ValueKind {
        guard try kind.isText(for: "sha256") else { return kind }
        let digest = SHA256Digest(of: bytes)
        for index in 0..<8 {
            for shift in stride(from: 28, through: 0, by: -4) {
                let digit = UInt8(truncatingIfNeeded: digest.words[index] >> UInt32(shift) & 15)
                output.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            }
        }
        return .string
    }
}
