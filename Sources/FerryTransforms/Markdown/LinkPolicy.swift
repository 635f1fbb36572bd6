/// Decides which addresses a link or an image may have in safe HTML.
///
/// Refused are the schemes that run code, carry a document or read files. An address is judged as the most lenient
/// browser would read it: without white space, control characters and anything beyond ASCII, percent-encoding undone,
/// whatever the case. That refuses some that no browser would obey, and lets none through that one might.
enum LinkPolicy {
    private static let refused: [StaticString] = [
        "javascript", "vbscript", "livescript", "mocha", "data", "file", "filesystem", "blob", "jar", "mhtml",
        "view-source", "feed",
    ]
    private static let images: [StaticString] = [
        "data:image/png", "data:image/gif", "data:image/jpeg", "data:image/webp",
    ]
    private static let longestScheme = 16

    static func isSafe(_ address: UnsafeRawBufferPointer, isImage: Bool) -> Bool {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: longestScheme) { scheme in
            guard let count = readScheme(of: address, into: scheme) else { return true }
            let name = scheme[..<count]
            guard refused.contains(where: { matches(name, $0) }) else { return true }
            return isImage && isPlainImage(address)
        }
    }

    /// The length of the scheme, written in small letters; `nil` where there is none, or none so short.
    private static func readScheme(
        of address: UnsafeRawBufferPointer,
        into scheme: UnsafeMutableBufferPointer<UInt8>
    ) -> Int? {
        var count = 0
        var index = 0
        while index < address.count {
            var byte = address[index]
            index += 1
            if byte == UInt8(ascii: "%"), let decoded = percentDecoded(address, at: index) {
                byte = decoded
                index += 2
            }
            switch byte {
            case 0...0x20, 0x7F...: continue
            case UInt8(ascii: ":"): return count
            case UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"), UInt8(ascii: "\\"): return nil
            default:
                guard count < scheme.count else { return nil }
                scheme[count] = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
                count += 1
            }
        }
        return nil
    }

    private static func percentDecoded(_ address: UnsafeRawBufferPointer, at index: Int) -> UInt8? {
        guard index + 1 < address.count, let high = hexadecimal(address[index]),
            let low = hexadecimal(address[index + 1])
        else { return nil }
        return high << 4 | low
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// Whether the address is, without any disguise, a picture of a kind that can hold no script.
    private static func isPlainImage(_ address: UnsafeRawBufferPointer) -> Bool {
        images.contains { prefix in
            let count = prefix.utf8CodeUnitCount
            guard address.count > count else { return false }
            let isMarked = address[count] == UInt8(ascii: ";") || address[count] == UInt8(ascii: ",")
            return isMarked && matches(address[..<count].map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }, prefix)
        }
    }

    private static func matches(_ bytes: some Collection<UInt8>, _ text: StaticString) -> Bool {
        bytes.elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}
