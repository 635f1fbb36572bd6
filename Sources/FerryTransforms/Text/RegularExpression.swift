import FerryCore
import Synchronization

/// A regular expression and what takes its matches' place, compiled once.
final class RegularExpression: Sendable {
    private enum Piece: Sendable {
        case text(String)
        case group(Int)
    }

    /// Behind a lock, because Swift's `Regex` promises nothing about use by several threads.
    private let expression: Mutex<Regex<AnyRegexOutput>>
    private let pieces: [Piece]

    /// `nil` if the pattern is no regular expression.
    init?(_ pattern: String, with replacement: String) {
        // Which part of a pattern is wrong, the library says only in words for programmers.
        guard let expression = try? Regex(pattern) else { return nil }
        self.expression = Mutex(expression.matchingSemantics(.unicodeScalar))
        pieces = Self.pieces(of: replacement)
    }

    func replace(in bytes: Span<UInt8>, into output: inout [UInt8]) throws(TransformError) {
        let text: String
        do {
            text = String(copying: try UTF8Span(validating: bytes))
        } catch { throw .notUTF8 }
        // The engine throws only where a pattern's own code does, and such a pattern has none.
        let matches = expression.withLock { text.matches(of: $0) }
        var position = text.startIndex
        for match in matches {
            output.append(contentsOf: text.utf8[position..<match.range.lowerBound])
            for piece in pieces {
                switch piece {
                case .text(let text): output.append(contentsOf: text.utf8)
                case .group(let number):
                    guard match.output.indices.contains(number) else {
                        throw TransformError("'replace' names the group $\(number), which its pattern does not have")
                    }
                    if let group = match.output[number].range { output.append(contentsOf: text.utf8[group]) }
                }
            }
            position = match.range.upperBound
        }
        output.append(contentsOf: text.utf8[position...])
    }

    /// Text, and groups written as `$1`.
    private static func pieces(of replacement: String) -> [Piece] {
        var pieces: [Piece] = []
        var text = ""
        var rest = replacement.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            guard scalar == "$", let next = rest.first else {
                text.unicodeScalars.append(scalar)
                continue
            }
            if next == "$" {
                rest.removeFirst()
                text += "$"
            } else if ("0"..."9").contains(next) {
                rest.removeFirst()
                pieces.append(.text(text))
                pieces.append(.group(Int(next.value - 0x30)))
                text = ""
            } else {
                text += "$"
            }
        }
        pieces.append(.text(text))
        return pieces
    }
}
