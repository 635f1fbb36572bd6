import CMD4C

/// Writes HTML while md4c parses, in the layout of CommonMark's reference renderer.
struct HTMLRenderer {
    var output: [UInt8] = []
    /// The parser's status when links or tables expand to much more than the text: below zero, so that it ends there.
    static let overrun: Int32 = -2
    private let start: Int
    let rawHTML: RawHTML
    /// How many images the parser is inside: their content becomes the `alt` text, without tags.
    var imageDepth = 0
    /// Where the content of the heading begins whose first text has not come yet.
    var headingStart = -1
    /// Where the last plain text ended.
    var plainEnd = -1
    /// How many links the parser is inside: it makes links of bare addresses even there, which HTML does not allow.
    var linkDepth = 0
    var isInCell = false
    /// Of each list and quote that is open, whether paragraphs in it have no tags of their own.
    private var tightness: [Bool] = []
    private var paragraphStart = -1
    /// Where the text began of what is nested too deeply.
    private var hiddenStart = -1
    var codeStart = -1
    /// Where the content of the list item begins whose first text has not come yet.
    private var itemStart = -1
    /// Whether raw HTML was shown without tags of its own, so that text after it begins a line.
    var endsShownHTML = false
    var attributes = MarkdownAttribute()
    var nesting: HTMLNesting
    /// How many more bytes of addresses and titles, and cells of tables, may come; below zero, the document is refused.
    ///
    /// Those of links in place fit into the text's own size. A definition that is referred to again and again could
    /// grow without bounds.
    var budget: Int
    /// Where the raw HTML began that is being written, without the line end before it.
    private var htmlStart = 0
    private var htmlContentStart = 0
    /// > [§5.3] you can insert a blank HTML comment
    ///
    /// between lists. Of that there is nothing to show.
    private static let emptyComment = "&lt;!-- --&gt;".utf8
    /// Whether that is a line that only ends a paragraph for the parser.
    var isInterruption = false
    /// Whether nothing of the line has been written yet.
    var isAtLineStart = false
    /// Whether links are made of bare addresses.
    var findsAutolinks = false
    /// What the text is part of that is written: of the copy that md4c reads, or of the original when that is edited.
    var text = UnsafeRawBufferPointer(start: nil, count: 0)
    /// What text and addresses are restored from, when md4c reads an edited copy.
    var origin: Origin?

    /// An edited copy; it outlives the parser's run.
    struct Origin {
        var source: MarkdownSource
        let copy: UnsafeRawBufferPointer
    }

    /// A renderer of a text of `count` bytes for the end of `output`, which the caller swaps in.
    init(_ rawHTML: RawHTML, _ nesting: HTMLNesting, count: Int, after output: [UInt8]) {
        self.nesting = nesting
        start = output.count
        budget = count + 100_000
        self.rawHTML = rawHTML
    }

    /// Calls `body` with the renderer that md4c hands back.
    ///
    /// - Returns: what md4c wants: zero to go on; ``overrun`` when links or tables expand beyond measure.
    @inline(__always)
    static func with(_ state: UnsafeMutableRawPointer?, _ body: (inout HTMLRenderer) -> Void) -> Int32 {
        guard let state else { return -1 }
        let renderer = state.assumingMemoryBound(to: HTMLRenderer.self)
        body(&renderer.pointee)
        return renderer.pointee.budget < 0 ? overrun : 0
    }

    // MARK: Blocks

    mutating func enter(block type: MD_BLOCKTYPE, _ detail: UnsafeMutableRawPointer?) {
        isAtLineStart = true
        endsShownHTML = false
        let wasHidden = nesting.isHidden
        let number = type == MD_BLOCK_OL ? detail.map { Int($0.load(as: MD_BLOCK_OL_DETAIL.self).start) } : nil
        guard nesting.enter(type, number: number) else { return wasHidden ? startHiddenLine() : enterHidden() }
        switch type {
        case MD_BLOCK_QUOTE:
            tightness.append(false)
            open("<blockquote>\n")
        case MD_BLOCK_UL:
            tightness.append(detail?.load(as: MD_BLOCK_UL_DETAIL.self).is_tight != 0)
            open("<ul>\n")
        case MD_BLOCK_OL: enterOrderedList(detail?.load(as: MD_BLOCK_OL_DETAIL.self))
        case MD_BLOCK_LI: enterItem(detail?.load(as: MD_BLOCK_LI_DETAIL.self))
        case MD_BLOCK_HR: open("<hr />\n")
        case MD_BLOCK_H:
            startLine()
            heading("<h", detail?.load(as: MD_BLOCK_H_DETAIL.self))
            headingStart = output.count
        case MD_BLOCK_CODE: enterCode(detail?.load(as: MD_BLOCK_CODE_DETAIL.self))
        case MD_BLOCK_HTML: enterHTML()
        case MD_BLOCK_P:
            open("<p>")
            paragraphStart = output.count
        case MD_BLOCK_TABLE: open("<table>\n")
        case MD_BLOCK_THEAD: open("<thead>\n")
        case MD_BLOCK_TBODY: open("<tbody>\n")
        case MD_BLOCK_TR: open("<tr>\n")
        case MD_BLOCK_TH: enterCell("<th", detail?.load(as: MD_BLOCK_TD_DETAIL.self))
        case MD_BLOCK_TD: enterCell("<td", detail?.load(as: MD_BLOCK_TD_DETAIL.self))
        default: break
        }
    }

    mutating func leave(block type: MD_BLOCKTYPE, _ detail: UnsafeMutableRawPointer?) {
        endsShownHTML = false
        guard nesting.leave(type) else { return nesting.isHidden ? startHiddenLine() : leaveHidden() }
        switch type {
        case MD_BLOCK_QUOTE: leaveContainer("</blockquote>\n")
        case MD_BLOCK_UL: leaveContainer("</ul>\n")
        case MD_BLOCK_OL: leaveContainer("</ol>\n")
        case MD_BLOCK_LI: output.append("</li>\n")
        case MD_BLOCK_H:
            trimHeading()
            heading("</h", detail?.load(as: MD_BLOCK_H_DETAIL.self))
            output.append("\n")
        case MD_BLOCK_CODE: output.append("</code></pre>\n")
        case MD_BLOCK_HTML: leaveHTML()
        case MD_BLOCK_P: leaveParagraph()
        case MD_BLOCK_TABLE: output.append("</table>\n")
        case MD_BLOCK_THEAD: output.append("</thead>\n")
        case MD_BLOCK_TBODY: output.append("</tbody>\n")
        case MD_BLOCK_TR: output.append("</tr>\n")
        case MD_BLOCK_TH: leaveCell("</th>\n")
        case MD_BLOCK_TD: leaveCell("</td>\n")
        default: break
        }
    }

    /// Begins a line unless one has just begun.
    mutating func startLine() {
        if output.count > start, output[output.count - 1] != UInt8(ascii: "\n") { output.append(UInt8(ascii: "\n")) }
    }

    mutating func open(_ tag: StaticString) {
        startLine()
        output.append(tag)
    }

    private mutating func leaveContainer(_ tag: StaticString) {
        _ = tightness.popLast()
        open(tag)
    }

    /// A check box on its own is followed by a paragraph in which nothing is.
    private mutating func leaveParagraph() {
        guard output.count == paragraphStart else { return output.append("</p>\n") }
        output.removeLast(3)
    }

    private mutating func heading(_ tag: StaticString, _ detail: MD_BLOCK_H_DETAIL?) {
        output.append(tag)
        output.append(UInt8(ascii: "0") + UInt8(clamping: detail?.level ?? 1))
        output.append(UInt8(ascii: ">"))
    }

    /// > [§4.2] The raw contents of the heading are stripped of leading and trailing spaces or tabs before being parsed.
    ///
    /// md4c leaves tabs there.
    private mutating func trimHeading() {
        guard output.count == plainEnd else { return }
        while let last = output.last, last == UInt8(ascii: "\t") || last == UInt8(ascii: " ") { output.removeLast() }
    }

    private mutating func enterOrderedList(_ detail: MD_BLOCK_OL_DETAIL?) {
        tightness.append(detail?.is_tight != 0)
        guard let first = detail?.start, first != 1 else { return open("<ol>\n") }
        open("<ol start=\"")
        output.append(contentsOf: String(first).utf8)
        output.append("\">\n")
    }

    /// > [GFM §5.3] When rendered, the task list item marker is replaced with a semantic checkbox element.
    private mutating func enterItem(_ detail: MD_BLOCK_LI_DETAIL?) {
        open("<li>")
        defer { itemStart = output.count }
        guard let detail, detail.is_task != 0 else { return }
        let isChecked = UInt8(bitPattern: detail.task_mark) != UInt8(ascii: " ")
        output.append("<input ")
        if isChecked { output.append("checked=\"\" ") }
        output.append("disabled=\"\" type=\"checkbox\"> ")
    }

    private mutating func enterCode(_ detail: MD_BLOCK_CODE_DETAIL?) {
        open("<pre><code")
        if let detail, detail.lang.size > 0 {
            output.append(" class=\"language-")
            attributes.read(detail.lang, origin?.source) { HTMLEscaping.append(text: $0, to: &output) }
            output.append("\"")
        }
        output.append(">")
    }

    private mutating func enterCell(_ tag: StaticString, _ detail: MD_BLOCK_TD_DETAIL?) {
        startLine()
        isInCell = true
        // Cells that a short row lacks are made up; those that are written have a byte each at least.
        budget -= 1
        output.append(tag)
        switch detail?.align {
        case MD_ALIGN_LEFT: output.append(" align=\"left\">")
        case MD_ALIGN_CENTER: output.append(" align=\"center\">")
        case MD_ALIGN_RIGHT: output.append(" align=\"right\">")
        default: output.append(">")
        }
    }

    private mutating func leaveCell(_ tag: StaticString) {
        isInCell = false
        output.append(tag)
    }

    private mutating func enterHTML() {
        htmlStart = output.count
        isInterruption = false
        guard rawHTML == .shown else { return startLine() }
        // Like any other text in such a list.
        if tightness.last != true {
            open("<p>")
        } else if output.count != itemStart {
            startLine()
        }
        htmlContentStart = output.count
    }

    private mutating func leaveHTML() {
        if isInterruption { return output.removeSubrange(htmlStart...) }
        guard rawHTML == .shown else { return startLine() }
        while output.last == UInt8(ascii: "\n") { output.removeLast() }
        if output[htmlContentStart...].elementsEqual(Self.emptyComment) { return output.removeSubrange(htmlStart...) }
        guard tightness.last != true else { return endsShownHTML = true }
        output.append("</p>\n")
    }

    // MARK: What is too deep

    private mutating func enterHidden() {
        if tightness.last != true {
            open("<p>")
            paragraphStart = output.count
        } else if output.count != itemStart {
            startLine()
        }
        hiddenStart = output.count
    }

    mutating func startHiddenLine() {
        if output.count != hiddenStart { startLine() }
    }

    private mutating func leaveHidden() {
        while output.count > hiddenStart, let last = output.last, last.isSpace { output.removeLast() }
        if tightness.last != true { leaveParagraph() } else { endsShownHTML = true }
    }

    /// Text of any kind, as lines of a paragraph.
    mutating func hiddenText(_ bytes: UnsafeRawBufferPointer) {
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            if line.offset > 0 { startHiddenLine() }
            let isAtStart = output.count == hiddenStart || output.last == UInt8(ascii: "\n")
            let rest = isAtStart ? line.element.drop(while: \.isSpace) : line.element
            HTMLEscaping.append(text: UnsafeRawBufferPointer(rebasing: rest), to: &output)
        }
    }
}
