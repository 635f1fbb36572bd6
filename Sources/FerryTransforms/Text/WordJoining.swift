import FerryCore

/// Writes the words of a text (``Words``) next to each other.
enum WordJoining {
    /// Appends the words in lower case, `separator` between two.
    static func append(_ bytes: Span<UInt8>, separator: UInt8, to output: inout [UInt8]) throws(TransformError) {
        let start = output.count
        var letters: [UInt8] = []
        try Words.forEach(in: bytes) { word throws(TransformError) in
            if output.count > start { output.append(separator) }
            if word.hasApostrophe {
                letters.removeAll(keepingCapacity: true)
                word.append(of: bytes, to: &letters)
                try CaseMapping.lowercase(letters.span, into: &output)
            } else {
                try CaseMapping.lowercase(bytes.extracting(word.range), into: &output)
            }
        }
        if output.count == start { try refuse(bytes) }
    }

    /// Appends the words with a capital each, the first one only if `capitalizesFirst`.
    static func append(
        _ bytes: Span<UInt8>,
        capitalizesFirst: Bool,
        to output: inout [UInt8]
    ) throws(TransformError) {
        let start = output.count
        var isCapitalized = capitalizesFirst
        var letters: [UInt8] = []
        try Words.forEach(in: bytes) { word throws(TransformError) in
            letters.removeAll(keepingCapacity: true)
            word.append(of: bytes, to: &letters)
            if isCapitalized {
                try CaseMapping.titlecase(letters.span, into: &output)
            } else {
                try CaseMapping.lowercase(letters.span, into: &output)
            }
            isCapitalized = true
        }
        if output.count == start { try refuse(bytes) }
    }

    /// Refuses a text that has characters but no word, which would otherwise become an empty text unnoticed.
    private static func refuse(_ bytes: Span<UInt8>) throws(TransformError) {
        guard !bytes.isEmpty else { return }
        throw TransformError("the text has no letter or digit to make a word of")
    }
}
