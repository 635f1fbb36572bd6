/// A string as a JSON literal, quotes included.
func jsonLiteral(_ text: String) -> String {
    var literal: [UInt8] = [UInt8(ascii: "\"")]
    literal.reserveCapacity(text.utf8.count + 2)
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "\""): literal += [UInt8(ascii: "\\"), UInt8(ascii: "\"")]
        case UInt8(ascii: "\\"): literal += [UInt8(ascii: "\\"), UInt8(ascii: "\\")]
        case 0x0A: literal += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
        case 0x0D: literal += [UInt8(ascii: "\\"), UInt8(ascii: "r")]
        case 0x09: literal += [UInt8(ascii: "\\"), UInt8(ascii: "t")]
        case 0..<0x20:
            literal += Array("\\u00".utf8)
            literal.append(byte < 16 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
            literal.append(Array("0123456789abcdef".utf8)[Int(byte & 15)])
        default: literal.append(byte)
        }
    }
    literal.append(UInt8(ascii: "\""))
    return String(decoding: literal, as: UTF8.self)
}

/// The text of a JSON string literal; what is no valid escape is taken as it stands.
func decodedString(_ literal: ArraySlice<UInt8>) -> String {
    let content = literal.dropFirst().dropLast()
    guard content.contains(UInt8(ascii: "\\")) else { return String(decoding: content, as: UTF8.self) }
    var units: [UInt16] = []
    var decoded = ""
    var run: [UInt8] = []
    var index = content.startIndex

    func flushRun() {
        decoded += String(decoding: run, as: UTF8.self)
        run.removeAll(keepingCapacity: true)
    }
    func flushUnits() {
        decoded += String(decoding: units, as: UTF16.self)
        units.removeAll(keepingCapacity: true)
    }

    while index < content.endIndex {
        guard content[index] == UInt8(ascii: "\\"), index + 1 < content.endIndex else {
            if !units.isEmpty { flushUnits() }
            run.append(content[index])
            index += 1
            continue
        }
        let escape = content[index + 1]
        if escape == UInt8(ascii: "u"), index + 6 <= content.endIndex {
            flushRun()
            let unit = content[(index + 2)..<(index + 6)].reduce(UInt16(0)) { $0 << 4 | UInt16(hexDigit($1) ?? 0) }
            units.append(unit)
            index += 6
            continue
        }
        if !units.isEmpty { flushUnits() }
        switch escape {
        case UInt8(ascii: "n"): run.append(0x0A)
        case UInt8(ascii: "r"): run.append(0x0D)
        case UInt8(ascii: "t"): run.append(0x09)
        case UInt8(ascii: "b"): run.append(0x08)
        case UInt8(ascii: "f"): run.append(0x0C)
        default: run.append(escape)
        }
        index += 2
    }
    if !units.isEmpty { flushUnits() }
    flushRun()
    return decoded
}

/// The value of a hexadecimal digit.
func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
