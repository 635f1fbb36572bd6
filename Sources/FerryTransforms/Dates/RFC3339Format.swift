import FerryCore

/// `rfc3339`: `2026-10-25T02:30:00+01:00`, and `date`, its first part alone.
enum RFC3339Format {
    /// Reads a timestamp of RFC 3339, §5.6.
    ///
    /// A space may stand for the `T`, and small letters for large ones. Fractions finer than a nanosecond are cut. The
    /// offset may only be left out where a file names the zone of such texts.
    static func read(_ text: Span<UInt8>, in zone: DateZone) throws(DateFlaw) -> DateInstant {
        var scanner = DateScanner()
        var fields = try readDay(text, &scanner)
        guard scanner.take("T", in: text) || scanner.take(" ", in: text) || scanner.take("t", in: text) else {
            throw .shape
        }
        fields.hour = try scanner.number(2, in: text)
        try scanner.expect(":", in: text)
        fields.minute = try scanner.number(2, in: text)
        try scanner.expect(":", in: text)
        fields.second = try scanner.number(2, in: text)
        if scanner.take(".", in: text) { fields.nanoseconds = try scanner.fraction(in: text) }
        if scanner.take("Z", in: text) || scanner.take("z", in: text) {
            fields.offset = 0
        } else if !scanner.isAtEnd(of: text) {
            fields.offset = try scanner.offset(withColon: true, in: text)
        } else if !zone.isNamed {
            throw .noOffset
        }
        guard scanner.isAtEnd(of: text) else { throw .shape }
        return try fields.instant(in: zone)
    }

    /// Reads a day, which is its first instant in `zone`.
    static func readDay(_ text: Span<UInt8>, in zone: DateZone) throws(DateFlaw) -> DateInstant {
        var scanner = DateScanner()
        let fields = try readDay(text, &scanner)
        guard scanner.isAtEnd(of: text) else { throw .shape }
        return try fields.instant(in: zone)
    }

    @inline(__always)
    private static func readDay(_ text: Span<UInt8>, _ scanner: inout DateScanner) throws(DateFlaw) -> DateFields {
        var fields = DateFields()
        fields.year = try scanner.number(4, in: text)
        try scanner.expect("-", in: text)
        fields.month = try scanner.number(2, in: text)
        try scanner.expect("-", in: text)
        fields.day = try scanner.number(2, in: text)
        return fields
    }

    /// Writes an instant with 0, 3, 6 or 9 digits of a second, whatever holds it all.
    static func append(_ instant: DateInstant, in zone: DateZone, to output: inout [UInt8]) throws(DateFlaw) {
        let shown = try ShownTime(instant, in: zone, isOffsetShown: true)
        append(dayOf: shown.local, to: &output)
        output.append(UInt8(ascii: "T"))
        output.append(shown.local.hour, width: 2)
        output.append(UInt8(ascii: ":"))
        output.append(shown.local.minute, width: 2)
        output.append(UInt8(ascii: ":"))
        output.append(shown.local.second, width: 2)
        if shown.nanoseconds > 0 {
            output.append(UInt8(ascii: "."))
            let isCoarse = shown.nanoseconds % 1_000_000 == 0
            let digits = isCoarse ? 3 : shown.nanoseconds % 1000 == 0 ? 6 : 9
            output.append(nanoseconds: shown.nanoseconds, digits: digits)
        }
        if shown.offset == 0 {
            output.append(UInt8(ascii: "Z"))
        } else {
            output.append(offset: shown.offset, withColon: true)
        }
    }

    /// Writes the day on which an instant lies in `zone`.
    static func appendDay(of instant: DateInstant, in zone: DateZone, to output: inout [UInt8]) throws(DateFlaw) {
        append(dayOf: try ShownTime(instant, in: zone, isOffsetShown: false).local, to: &output)
    }

    private static func append(dayOf local: LocalTime, to output: inout [UInt8]) {
        output.append(local.year, width: 4)
        output.append(UInt8(ascii: "-"))
        output.append(local.month, width: 2)
        output.append(UInt8(ascii: "-"))
        output.append(local.day, width: 2)
    }
}
