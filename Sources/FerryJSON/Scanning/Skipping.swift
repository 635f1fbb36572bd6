extension ByteScanner {
    /// Skips the value at `start`, around which `depth` containers are open.
    @inline(__always)
    func skip(_ start: Int, depth: Int) throws(Fault) -> Int {
        switch peek(start) {
        case Byte.quote: try string(start).end
        case Byte.openBrace, Byte.openBracket: try container(start, depth: depth)
        default: try scalar(start).end
        }
    }

    /// Skips the object or array at `start`.
    func container(_ start: Int, depth: Int) throws(Fault) -> Int {
        isTrusted ? try trustedContainer(start) : try checkedContainer(start, depth: depth)
    }

    /// Finds the closing bracket by counting: what is between has been validated before.
    private func trustedContainer(_ start: Int) throws(Fault) -> Int {
        var open = 0
        var offset = start
        while offset < end {
            switch base[offset] {
            case Byte.quote:
                offset = try string(offset).end
            case Byte.openBrace, Byte.openBracket:
                open += 1
                offset += 1
            case Byte.closeBrace, Byte.closeBracket:
                open -= 1
                offset += 1
                if open == 0 { return offset }
            default:
                offset += 1
            }
        }
        throw Fault(.unexpectedEnd, at: end)
    }

    private func checkedContainer(_ start: Int, depth: Int) throws(Fault) -> Int {
        let limit = maximumDepth - depth
        var stack = ContainerStack()
        var offset = start
        while true {
            // A value, in front of which white space has been skipped.
            let byte = peek(offset)
            if byte == Byte.quote {
                offset = try string(offset).end
            } else if byte == Byte.openBrace || byte == Byte.openBracket {
                guard stack.depth < limit else { throw Fault(.tooDeep, at: offset) }
                let isObject = byte == Byte.openBrace
                stack.push(isObject: isObject)
                offset = skipSpace(offset + 1)
                // In ASCII a closing bracket stands two after its opening one.
                guard peek(offset) == byte + 2 else {
                    if isObject { offset = try memberName(offset) }
                    continue
                }
                stack.pop()
                offset += 1
            } else {
                offset = try scalar(offset).end
            }
            // What follows a value: any number of closing brackets, then a comma or the end.
            while true {
                if stack.depth == 0 { return offset }
                offset = skipSpace(offset)
                let byte = peek(offset)
                let isObject = stack.isInObject
                if byte == Byte.comma {
                    offset = skipSpace(offset + 1)
                    if isObject { offset = try memberName(offset) }
                    break
                }
                guard byte == (isObject ? Byte.closeBrace : Byte.closeBracket) else {
                    throw unexpected(.expectedCommaOrEnd, at: offset)
                }
                stack.pop()
                offset += 1
            }
        }
    }

    /// Skips a member's name and colon; returns where its value starts.
    @inline(__always)
    private func memberName(_ start: Int) throws(Fault) -> Int {
        guard peek(start) == Byte.quote else { throw unexpected(.expectedKey, at: start) }
        return try colon(try string(start).end)
    }

    /// Skips the colon after a member's name; returns where the value starts.
    @inline(__always)
    func colon(_ start: Int) throws(Fault) -> Int {
        let offset = skipSpace(start)
        guard peek(offset) == Byte.colon else { throw unexpected(.expectedColon, at: offset) }
        return skipSpace(offset + 1)
    }

    /// Where the document starts: behind a byte order mark, which RFC 8259, §8.1 lets a reader ignore, and white
    /// space.
    var documentStart: Int {
        let hasMark = end >= 3 && base[0] == 0xEF && base[1] == 0xBB && base[2] == 0xBF
        return skipSpace(hasMark ? 3 : 0)
    }

    /// Checks that nothing but white space follows.
    func expectEnd(_ start: Int) throws(Fault) {
        let offset = skipSpace(start)
        guard offset >= end else { throw Fault(.trailingBytes, at: offset) }
    }
}
