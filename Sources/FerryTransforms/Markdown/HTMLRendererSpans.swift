import CMD4C

/// Emphasis, code, links and images.
extension HTMLRenderer {
    mutating func enter(span type: MD_SPANTYPE, _ detail: UnsafeMutableRawPointer?) {
        guard !nesting.isHidden else { return }
        if type == MD_SPAN_IMG {
            endShownHTML()
            imageDepth += 1
            if imageDepth == 1, let detail { enterImage(detail.load(as: MD_SPAN_IMG_DETAIL.self)) }
            return
        }
        guard imageDepth == 0 else { return }
        endShownHTML()
        if type == MD_SPAN_A { linkDepth += 1 }
        guard nesting.enterSpan() else { return }
        switch type {
        case MD_SPAN_EM: output.append("<em>")
        case MD_SPAN_STRONG: output.append("<strong>")
        case MD_SPAN_CODE:
            output.append("<code>")
            codeStart = output.count
        case MD_SPAN_DEL: output.append("<del>")
        case MD_SPAN_A:
            guard linkDepth == 1 else { return }
            guard let detail = detail?.load(as: MD_SPAN_A_DETAIL.self) else { return output.append("<a>") }
            output.append("<a href=\"")
            address(detail.href, isImage: false)
            title(detail.title)
            output.append("\">")
        default: break
        }
    }

    mutating func leave(span type: MD_SPANTYPE, _ detail: UnsafeMutableRawPointer?) {
        guard !nesting.isHidden else { return }
        if type == MD_SPAN_IMG {
            imageDepth -= 1
            if imageDepth == 0, let detail {
                output.append("\"")
                title(detail.load(as: MD_SPAN_IMG_DETAIL.self).title, opensQuote: false)
                output.append(" />")
            }
            return
        }
        guard imageDepth == 0 else { return }
        if type == MD_SPAN_A { linkDepth -= 1 }
        guard nesting.leaveSpan() else { return }
        switch type {
        case MD_SPAN_EM: output.append("</em>")
        case MD_SPAN_STRONG: output.append("</strong>")
        case MD_SPAN_CODE: leaveCode()
        case MD_SPAN_DEL: output.append("</del>")
        case MD_SPAN_A where linkDepth == 0: output.append("</a>")
        default: break
        }
    }

    /// > [§6.1] First, line endings are converted to spaces.
    ///
    /// md4c takes a line end that is all for one at the start and one at the end, and leaves both out.
    private mutating func leaveCode() {
        if output.count == codeStart { output.append(" ") }
        output.append("</code>")
    }

    mutating func endShownHTML() {
        guard endsShownHTML else { return }
        startLine()
        endsShownHTML = false
    }

    private mutating func enterImage(_ detail: MD_SPAN_IMG_DETAIL) {
        output.append("<img src=\"")
        address(detail.src, isImage: true)
        output.append("\" alt=\"")
    }

    private mutating func address(_ attribute: MD_ATTRIBUTE, isImage: Bool) {
        budget -= Int(attribute.size)
        attributes.read(attribute, origin?.source) { address in
            guard rawHTML != .shown || LinkPolicy.isSafe(address, isImage: isImage) else { return }
            HTMLEscaping.append(address: address, to: &output)
        }
    }

    /// Writes the attribute if there is a title; the quotation mark that ends it is left to the caller of a link.
    private mutating func title(_ attribute: MD_ATTRIBUTE, opensQuote: Bool = true) {
        guard attribute.text != nil else { return }
        budget -= Int(attribute.size)
        output.append(opensQuote ? "\" title=\"" : " title=\"")
        attributes.read(attribute, origin?.source) { HTMLEscaping.append(text: $0, to: &output) }
        if !opensQuote { output.append("\"") }
    }
}
