// _nfc: see ASCIISlug.swift.
import FerryCore
@_spi(_Unicode) import Swift

/// Makes a slug of the letters and digits of all scripts.
enum UnicodeSlug {
    static func append(_ bytes: Span<UInt8>, _ options: SlugOptions, to output: inout [UInt8]) throws(TransformError) {
        var cased: [UInt8] = []
        if options.isLowercased {
            try CaseMapping.lowercase(bytes, into: &cased)
        } else {
            cased.append(bytes)
        }
        var words = String.UnicodeScalarView()
        var isSeparated = false
        for scalar in String(decoding: cased, as: UTF8.self).unicodeScalars {
            switch fate(of: scalar) {
            case .drop: continue
            case .separate: isSeparated = true
            case .mark where isSeparated || words.isEmpty: continue
            case .mark: words.append(scalar)
            case .keep:
                if isSeparated, !words.isEmpty {
                    words.append(contentsOf: options.separator.map { Unicode.Scalar($0) })
                }
                isSeparated = false
                words.append(scalar)
            }
        }
        // Only now: characters that were dropped may have stood between a letter and its mark.
        for scalar in String(words)._nfc { output.append(scalar: scalar) }
    }

    private enum Fate {
        case keep, mark, drop, separate
    }

    private static func fate(of scalar: Unicode.Scalar) -> Fate {
        if scalar.isASCII {
            let byte = UInt8(truncatingIfNeeded: scalar.value)
            if (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10 { return .keep }
            return byte == UInt8(ascii: "'") ? .drop : .separate
        }
        // Modifier letters that people type for apostrophes; variation selectors and joiners.
        if 0x2B9...0x2BF ~= scalar.value || scalar.value == 0x374 || scalar.properties.isDefaultIgnorableCodePoint {
            return .drop
        }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .letterNumber, .otherNumber:
            return .keep
        case .nonspacingMark, .spacingMark, .enclosingMark: return .mark
        default: return Transliteration(of: scalar.value).isDropped ? .drop : .separate
        }
    }
}
