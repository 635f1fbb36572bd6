/// Estimates the steps that md4c 0.4.8 takes where they are not linear in a text's length.
///
/// For every closing bracket it walks over the lines of the paragraph from its first one, and for every empty line over
/// the lists that are open. No text that people write comes near the limit; one that is made for it could keep a thread
/// busy for days.
struct ParserWork {
    /// Of what a text has too much.
    enum Excess {
        /// Lines with closing brackets in one paragraph.
        case links
        /// Lists in one another, for the number of empty lines.
        case lists
    }

    /// What makes the steps more than a multiple of the text's length; `nil` when nothing does.
    static func excess(of text: UnsafeRawBufferPointer) -> Excess? {
        // Below this length nothing can take long.
        guard text.count > harmlessSize else { return nil }
        var work = ParserWork(text: text)
        guard !work.isWithin(stepsPerByte * text.count) else { return nil }
        return work.linkSteps > work.listSteps ? .links : .lists
    }

    /// Whether the Markdown of HTML could be too much work, though what the HTML was made of was not: that may have had
    /// empty lines, definitions and comments by the thousand, which make no HTML.
    ///
    /// Most HTML is told from that in one pass over it.
    static func mayExceed(onTheWayBackFrom html: UnsafeRawBufferPointer) -> Bool {
        // No text is more than doubled by its escapes.
        guard html.count > harmlessSize / 2 else { return false }
        var steps = 0
        // Since the last empty line that there surely is, and in all.
        var (lines, allLines) = (1, 1)
        var (run, longestRun) = (0, 0)
        var (isTag, isCode) = (false, false)
        for index in html.indices {
            switch html[index] {
            case UInt8(ascii: "\n"):
                lines += 1
                allLines += 1
                run = 0
            case UInt8(ascii: "<"):
                isTag = true
                let isEnd = index + 1 < html.count && html[index + 1] == UInt8(ascii: "/")
                let name = index + (isEnd ? 2 : 1)
                if html.hasName("a", at: name) || html.hasName("img", at: name) {
                    if !isEnd { steps += lines }
                } else if html.hasName("code", at: name) {
                    isCode = !isEnd
                } else if html.hasName("p", at: name) || html.hasHeadingName(at: name) {
                    lines = 1
                    allLines += 2
                } else if !inlineTags.contains(where: { html.hasName($0, at: name) }) {
                    lines += 1
                    allLines += 1
                }
            case UInt8(ascii: ">"):
                isTag = false
                run = 0
            case UInt8(ascii: "]"):
                // Elsewhere it is escaped.
                if isTag || isCode { steps += lines }
                run = .min
            case UInt8(ascii: "\t"): run += 4
            // What a line of lists may begin with, `&gt;` too.
            case UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "*"), UInt8(ascii: "."),
                UInt8(ascii: ")"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "&"), UInt8(ascii: "g"),
                UInt8(ascii: "t"), UInt8(ascii: ";"):
                run += 1
            default: run = .min
            }
            longestRun = max(longestRun, run)
        }
        let depth = (HTMLNesting.widestMarks + longestRun) / 2 + 1
        return steps + allLines * depth > stepsPerByte * harmlessSize
    }

    /// The other tags of which no Markdown begins a line.
    private static let inlineTags: [StaticString] = ["em", "strong", "del", "input"]
    private static let harmlessSize = 16_384
    private static let stepsPerByte = 500

    private let text: UnsafeRawBufferPointer
    private var linkSteps = 0
    private var listSteps = 0
    /// How many lines the paragraph has so far at most; none after an empty line.
    private var lines = 0
    /// How many lists can be open at most.
    private var depth = 0
    private var isItem = false
    private var isDefinition = false
    private var isTable = false

    private init(text: UnsafeRawBufferPointer) {
        self.text = text
    }

    private mutating func isWithin(_ limit: Int) -> Bool {
        var start = 0
        while start < text.count {
            let line = start..<text.lineEnd(from: start)
            let content = text.contentStart(line)
            if content == line.upperBound {
                listSteps += depth
                lines = 0
                (isItem, isTable, isDefinition) = (false, false, false)
            } else {
                add(line, content)
            }
            if linkSteps + listSteps > limit { return false }
            start = text.nextLine(after: line.upperBound)
        }
        return true
    }

    private mutating func add(_ line: Range<Int>, _ content: Int) {
        // After an empty line, only those lists stay open that the line is indented for.
        depth = max(lines == 0 ? 0 : depth, listDepth(line))
        isTable = text[content] == UInt8(ascii: "|") && (isTable || lines == 0 && isTableHeader(line))
        isItem = !isTable && startsBlock(line, content)
        // Definitions at its start are no lines of a paragraph.
        isDefinition = (lines == 0 || isDefinition) && self.isDefinition(content..<line.upperBound)
        lines = isTable || isItem || isDefinition ? 1 : lines + 1
        guard lines > 1 else { return }
        var index = content
        while index < line.upperBound {
            switch text[index] {
            case UInt8(ascii: "]"): linkSteps += lines
            // A bracket after it is text.
            case UInt8(ascii: "\\"): index += 1
            default: break
            }
            index += 1
        }
    }

    /// Whether a table begins there, and nothing else can.
    private func isTableHeader(_ line: Range<Int>) -> Bool {
        let next = text.nextLine(after: line.upperBound)
        guard text[line.lowerBound] == UInt8(ascii: "|"), next < text.count, text[next] == UInt8(ascii: "|"),
            let columns = text.delimiterColumns(next..<text.lineEnd(from: next))
        else { return false }
        return text.cellCount(line) == columns.count
    }

    /// Whether a heading or a list item begins there, and nothing else can.
    private func startsBlock(_ line: Range<Int>, _ content: Int) -> Bool {
        var indentation = 0
        for index in (line.lowerBound..<content).reversed() {
            if text[index] == UInt8(ascii: ">") { break }
            indentation += text[index] == UInt8(ascii: "\t") ? 4 : 1
        }
        guard indentation < 4 else { return false }
        if text.isHeading(at: content) { return true }
        guard text.isItemMark(at: content) else { return false }
        guard text[content].isLetterOrDigit, !text.hasTag("1. ", at: content) else { return true }
        // > [§5.2] In order for such a list item to interrupt a paragraph, it must start with 1.
        return content < line.lowerBound + 2 && content == line.lowerBound + indentation && (isItem || lines == 0)
    }

    /// Whether the line is a link definition on its own, and nothing else can be.
    private func isDefinition(_ line: Range<Int>) -> Bool {
        let limit = min(line.upperBound, line.lowerBound + 500)
        guard text[line.lowerBound] == UInt8(ascii: "["),
            let colon = text.first(":", from: line.lowerBound, before: limit), text[colon - 1] == UInt8(ascii: "]")
        else { return false }
        let label = (line.lowerBound + 1)..<max(line.lowerBound + 1, colon - 1)
        guard label.allSatisfy({ text[$0].isLetterOrDigit || text[$0] == UInt8(ascii: "-") }), !label.isEmpty else {
            return false
        }
        var index = colon + 1
        while index < line.upperBound, text[index] == UInt8(ascii: " ") { index += 1 }
        let address = index..<line.upperBound
        return !address.isEmpty
            && address.allSatisfy { text[$0].isLetterOrDigit || ":/.-_?=#%&+~@,".utf8.contains(text[$0]) }
    }

    /// How many lists can be open at most after the line, each of which takes two columns.
    private func listDepth(_ line: Range<Int>) -> Int {
        var columns = 0
        for index in line {
            switch text[index] {
            case UInt8(ascii: "\t"): columns += 4
            case UInt8(ascii: " "), UInt8(ascii: ">"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "*"),
                UInt8(ascii: "."), UInt8(ascii: ")"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                columns += 1
            default: return columns / 2
            }
        }
        return columns / 2
    }
}

extension UnsafeRawBufferPointer {
    /// Whether a tag's name in lower case begins there, and ends with that.
    fileprivate func hasName(_ name: StaticString, at start: Int) -> Bool {
        let end = start + name.utf8CodeUnitCount
        guard end < count, !self[end].isLetterOrDigit else { return false }
        return (start..<end).allSatisfy { self[$0] == name.utf8Start[$0 - start] }
    }

    /// Whether a heading's name begins there.
    fileprivate func hasHeadingName(at start: Int) -> Bool {
        start + 1 < count && self[start] == UInt8(ascii: "h")
            && UInt8(ascii: "1")...UInt8(ascii: "6") ~= self[start + 1]
    }
}
