/// Rows of tables, as lines of a text.
extension UnsafeRawBufferPointer {
    /// Where the content of a line begins, behind indentation and marks of quotes.
    func contentStart(_ line: Range<Int>) -> Int {
        var index = line.lowerBound
        while index < line.upperBound, self[index].isSpace || self[index] == UInt8(ascii: ">") { index += 1 }
        return index
    }

    /// How many marks of quotes stand before the content of a line.
    func quoteDepth(_ line: Range<Int>) -> Int {
        (line.lowerBound..<contentStart(line)).count { self[$0] == UInt8(ascii: ">") }
    }

    /// How many cells a row has.
    func cellCount(_ line: Range<Int>) -> Int {
        var index = contentStart(line)
        // A header can stand beside the mark of a list item.
        while index < line.upperBound, isItemMark(at: index) {
            while index < line.upperBound, !self[index].isSpace { index += 1 }
            while index < line.upperBound, self[index].isSpace || self[index] == UInt8(ascii: ">") { index += 1 }
            if hasTag("[ ] ", at: index) || hasTag("[x] ", at: index) { index += 4 }
        }
        var end = line.upperBound
        while end > index, self[end - 1].isSpace { end -= 1 }
        if index < end, self[index] == UInt8(ascii: "|") { index += 1 }
        if end > index, self[end - 1] == UInt8(ascii: "|"), !isEscaped(end - 1) { end -= 1 }
        var count = 1
        while index < end {
            if self[index] == UInt8(ascii: "|"), !isEscaped(index) { count += 1 }
            index += 1
        }
        return count
    }

    /// Where the hyphens and colons of each cell stand; `nil` unless the line is a delimiter row.
    func delimiterColumns(_ line: Range<Int>) -> [Range<Int>]? {
        var index = contentStart(line)
        // A list item.
        if hasTag("- ", at: index) { return nil }
        var columns: [Range<Int>] = []
        if hasTag("|", at: index) { index += 1 }
        while true {
            while index < line.upperBound, self[index].isSpace { index += 1 }
            if index == line.upperBound { return columns.isEmpty ? nil : columns }
            let cell = index
            if self[index] == UInt8(ascii: ":") { index += 1 }
            let hyphen = index
            while index < line.upperBound, self[index] == UInt8(ascii: "-") { index += 1 }
            guard index > hyphen else { return nil }
            if index < line.upperBound, self[index] == UInt8(ascii: ":") { index += 1 }
            columns.append(cell..<index)
            while index < line.upperBound, self[index].isSpace { index += 1 }
            if index == line.upperBound { return columns }
            guard self[index] == UInt8(ascii: "|") else { return nil }
            index += 1
        }
    }
}
