/// What is wrong with the rows of a bulk request, in the order found.
struct ValidationErrors {
    private(set) var messages: [(place: String, message: String)] = []

    var isEmpty: Bool { messages.isEmpty }

    mutating func add(_ message: String, row: Int, column: String? = nil) {
        messages.append((column.map { "rows[\(row)].\($0)" } ?? "rows[\(row)]", message))
    }

    /// The 400 with one list of messages per place.
    var response: SandboxResponse {
        var places: [String] = []
        var grouped: [String: [String]] = [:]
        for (place, message) in messages {
            if grouped[place] == nil { places.append(place) }
            grouped[place, default: []].append(jsonLiteral(message))
        }
        let errors = places.map { "\(jsonLiteral($0)):[\((grouped[$0] ?? []).joined(separator: ","))]" }
        return SandboxResponse(
            status: 400,
            json: "{\"message\":\"Validation failed\",\"errors\":{\(errors.joined(separator: ","))}}"
        )
    }
}

extension TableState {
    /// Reads the columns of one row and checks each value against its column.
    ///
    /// - Returns: One literal per column, `nil` where the row says nothing.
    func readValues(
        _ object: JSONSlice,
        row: Int,
        isComplete: Bool,
        errors: inout ValidationErrors
    ) -> [ArraySlice<UInt8>?] {
        var values = [ArraySlice<UInt8>?](repeating: nil, count: definition.columns.count)
        guard let members = object.members else {
            errors.add("must be an object of column names and values", row: row)
            return values
        }
        for (name, value) in members {
            guard let index = columnIndexes[name] else {
                errors.add("is not a column of this table", row: row, column: name)
                continue
            }
            guard values[index] == nil else {
                errors.add("is given twice", row: row, column: name)
                continue
            }
            values[index] = value.literal
            let column = definition.columns[index]
            if isRequired(column), !value.hasValue {
                errors.add("is required", row: row, column: name)
            } else if let message = column.type.complaint(about: value) {
                errors.add(message, row: row, column: name)
            }
        }
        if isComplete {
            for (index, column) in definition.columns.enumerated() where isRequired(column) && values[index] == nil {
                errors.add("is required", row: row, column: column.name)
            }
        }
        return values
    }

    private func isRequired(_ column: TableDefinition.Column) -> Bool {
        column.isRequired || column.name == definition.primaryKeyColumn
    }
}

extension JSONSlice {
    fileprivate var hasValue: Bool {
        kind != .null && !(kind == .string && literal.count == 2)
    }
}

extension TableDefinition.ColumnType {
    /// Why a value cannot stand in a column of this type, `nil` when it can; null always can.
    fileprivate func complaint(about value: JSONSlice) -> String? {
        guard value.kind != .null else { return nil }
        switch self {
        case .text: return value.kind == .string ? nil : "must be a string"
        case .number: return value.kind == .number ? nil : "must be a number"
        case .boolean: return value.kind == .boolean ? nil : "must be true or false"
        case .email: return value.string.map(isEmailAddress) == true ? nil : "must be an e-mail address"
        case .phone:
            return value.string.map(isPhoneNumber) == true ? nil : "must be a phone number such as +60123456789"
        case .date: return value.string.map(isCalendarDate) == true ? nil : "must be a date such as 2024-01-15"
        }
    }
}

private func isEmailAddress(_ text: String) -> Bool {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    return parts.count == 2 && !parts[0].isEmpty && parts[1].contains(".") && !parts[1].hasPrefix(".")
        && !parts[1].hasSuffix(".") && !text.contains(where: \.isWhitespace)
}

private func isPhoneNumber(_ text: String) -> Bool {
    let digits = text.utf8.filter { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.count
    let allowed = text.dropFirst(text.hasPrefix("+") ? 1 : 0).utf8.allSatisfy { byte in
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || " -()".utf8.contains(byte)
    }
    return allowed && (5...15).contains(digits)
}

private func isCalendarDate(_ text: String) -> Bool {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard text.utf8.count == 10, parts.count == 3, parts[0].count == 4, parts[1].count == 2, parts[2].count == 2,
        parts.allSatisfy({ $0.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } }),
        let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]), (1...12).contains(month)
    else { return false }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return (1...days[month - 1]).contains(day)
}
