/// One row, kept as the bytes it is answered with.
///
/// One array per row and the places of its values: 100,000 rows of 900 bytes take some 120 MB.
struct StoredRow: Sendable {
    /// Where a value stands in `bytes`; empty when the row has none.
    struct Place: Sendable {
        var start: UInt32 = 0
        var end: UInt32 = 0
    }

    let id: String
    let rowNumber: Int
    /// The whole row object as JSON.
    let bytes: [UInt8]
    private let places: [Place]

    /// A row of the given values, one per column, `nil` where there is none.
    init(id: String, rowNumber: Int, values: [ArraySlice<UInt8>?], memberNames: [[UInt8]]) {
        self.id = id
        self.rowNumber = rowNumber
        var bytes: [UInt8] = []
        bytes.reserveCapacity(
            values.reduce(80 + String(rowNumber).utf8.count) { $0 + ($1?.count ?? 0) }
                + memberNames.reduce(0) { $0 + $1.count + 1 }
        )
        bytes += "{\"id\":\(jsonLiteral(id)),\"rowNumber\":\(rowNumber),\"data\":{".utf8
        var places = [Place](repeating: Place(), count: values.count)
        var isFirst = true
        for (column, value) in values.enumerated() {
            guard let value else { continue }
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            bytes += memberNames[column]
            places[column] = Place(start: UInt32(bytes.count), end: UInt32(bytes.count + value.count))
            bytes += value
        }
        bytes += "}}".utf8
        self.bytes = bytes
        self.places = places
    }

    /// The literal in a column, `nil` when the row has none.
    func literal(_ column: Int) -> ArraySlice<UInt8>? {
        let place = places[column]
        return place.end == 0 ? nil : bytes[Int(place.start)..<Int(place.end)]
    }

    /// The literals of all columns.
    var literals: [ArraySlice<UInt8>?] { places.indices.map(literal) }

    /// Calls `body` with the bytes of a column's literal, empty when there is none.
    func withLiteral<Result>(_ column: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let place = places[column]
        return bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[Int(place.start)..<Int(place.end)])) }
    }
}

/// What makes two primary key values the same: a string's text, a number's value whatever its spelling.
///
/// - Returns: `nil` for null, which is no value.
func primaryKeyIdentity(_ literal: ArraySlice<UInt8>) -> String? {
    guard literal.first != UInt8(ascii: "n") else { return nil }
    if literal.first == UInt8(ascii: "\"") { return "\"" + decodedString(literal) }
    let text = String(decoding: literal, as: UTF8.self)
    // Integers by their digits: a double would call neighbours beyond 2^53 the same.
    if Int64(text) != nil { return text }
    guard let number = Double(text) else { return text }
    if let integer = Int64(exactly: number) { return String(integer) }
    return String(number)
}
