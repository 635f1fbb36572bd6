/// Lists, whose items stand close together or apart by whether any of them has a paragraph.
extension MarkdownWriter {
    func list(_ node: Int, isOrdered: Bool, after previous: UInt8?) -> Block {
        let items = items(of: node)
        let contents = items.map { blocks(in: $0) }
        let boxes = items.map(checkBox)
        let isTight = contents.allSatisfy(canBeTight)
        let isLoosened = isTight || isLoosened(contents)
        var texts: [[UInt8]] = []
        for (item, blocks) in contents.enumerated() {
            let isLast = item + 1 == contents.count
            var lines = blocks.enumerated().map { index, block in
                let previous = index > 0 ? blocks[index - 1] : block.isBesideBox ? nil : boxes[item].map(Block.text)
                let next = index + 1 < blocks.count ? blocks[index + 1] : nil
                var text = isTight ? block.text(before: next) : block.text
                // Before an empty line, an empty item ends the list around it too for md4c.
                if !isTight, block.endsBare, next != nil || !isLast { text += Array(" ".utf8) + Block.nothing }
                let isJoined = (isTight || index == 0) && previous.map { !block.canTouch($0) } ?? false
                let isSeparated = isJoined || !isLoosened && (item > 0 || index > 0)
                return isSeparated ? Block.separator + [UInt8(ascii: "\n")] + text : text
            }
            if !isTight, blocks.isEmpty, boxes[item] == nil, !isLast || !isLoosened && item > 0 {
                lines = [Block.nothing]
            }
            // md4c sees no check box right after a quote.
            if isTight, blocks.last?.endsInQuote == true, !isLast, boxes[item + 1] != nil {
                lines.append(Block.separator)
            }
            let text = join(lines, isTight: isTight)
            texts.append(boxes[item].map { boxed(text, blocks.first, $0) } ?? text)
        }
        if !isLoosened, contents.count == 1, contents[0].count == 1 { texts[0] += Array("\n\n".utf8) + Block.nothing }
        let last = contents.last?.last
        let endsEmpty = texts.last?.isEmpty == true
        let mark = listMark(of: texts, isOrdered: isOrdered, after: previous)
        var number = tree.attribute("start", of: node).flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? 1
        for index in texts.indices {
            // > [§5.2] a sequence of 1–9 arabic digits (0-9)
            let digits = Array(String(min(max(number, 0), 999_999_999)).utf8)
            let marker = isOrdered ? digits + [mark] : [mark]
            number = min(number, 999_999_999) + 1
            texts[index] = marker + indented(texts[index], by: marker.count + 1)
        }
        return Block(
            text: join(texts, isTight: isTight),
            kind: .list,
            listMark: mark,
            endsInText: last?.endsInText ?? !endsEmpty,
            endsInQuote: last?.endsInQuote ?? false,
            endsBare: last?.endsBare ?? endsEmpty
        )
    }

    /// The content of each item; what is in no item belongs to the one before.
    private func items(of node: Int) -> [[Int]] {
        var items: [[Int]] = []
        for child in tree.nodes[node].children {
            if tree.name(child) == "li" {
                items.append(tree.nodes[child].children)
            } else if !items.isEmpty {
                items[items.count - 1].append(child)
            } else if !tree.isBlank(child) {
                items.append([child])
            }
        }
        return items
    }

    /// Whether no block is a paragraph, and none needs an empty line before it.
    private func canBeTight(_ blocks: [MarkdownBlock]) -> Bool {
        for (index, block) in blocks.enumerated() {
            if block.isParagraph || index > 0 && block.needsEmptyLine(after: blocks[index - 1]) { return false }
        }
        return true
    }

    /// Whether an empty line stands before something that is not empty; md4c does not see it before an empty item.
    private func isLoosened(_ contents: [[Block]]) -> Bool {
        for (item, blocks) in contents.enumerated() {
            for (index, block) in blocks.enumerated() where (item > 0 || index > 0) && !block.beginsEmpty {
                return true
            }
        }
        return false
    }

    /// An item's text behind its check box.
    ///
    /// What follows that on its line is text or a table's, whatever it looks like.
    private func boxed(_ text: [UInt8], _ first: Block?, _ box: [UInt8]) -> [UInt8] {
        guard let first else { return box }
        return box + Array((first.isBesideBox ? " " : "\n").utf8) + text
    }

    /// A mark that is not that of the list before, and does not make a line of nothing but marks, which is a rule.
    private func listMark(of items: [[UInt8]], isOrdered: Bool, after previous: UInt8?) -> UInt8 {
        if isOrdered { return previous == UInt8(ascii: ".") ? UInt8(ascii: ")") : UInt8(ascii: ".") }
        let marks = Array("-*+".utf8).filter { $0 != previous }
        return marks.first { mark in
            mark == UInt8(ascii: "+")
                || !items.contains { item in
                    let line = item.prefix { $0 != UInt8(ascii: "\n") }
                    return line.count { $0 == mark } > 1 && line.allSatisfy { $0 == mark || $0.isSpace }
                }
        } ?? marks[0]
    }

    /// > [GFM §5.3] The task list item marker […] consists of an optional number of spaces, a left bracket ([), either a
    /// > whitespace character or the letter x in either lowercase or uppercase, and then a right bracket (]).
    private func checkBox(_ item: [Int]) -> [UInt8]? {
        var first = item.first { !tree.isBlank($0) }
        if let paragraph = first, tree.name(paragraph) == "p" {
            first = tree.nodes[paragraph].children.first { !tree.isBlank($0) }
        }
        guard let first, tree.name(first) == "input",
            tree.attribute("type", of: first).map({ $0.elementsEqual("checkbox".utf8) }) == true
        else { return nil }
        return Array((tree.attribute("checked", of: first) == nil ? "[ ]" : "[x]").utf8)
    }

    /// The text with that many spaces before each line, and one before the first.
    private func indented(_ text: [UInt8], by count: Int) -> [UInt8] {
        guard take(count, beforeLinesOf: text) else { return [] }
        var result: [UInt8] = []
        var spaces = 1
        Self.forEachLine(of: text) { line in
            if spaces > 1 { result.append(UInt8(ascii: "\n")) }
            if !line.isEmpty {
                for _ in 0..<spaces { result.append(UInt8(ascii: " ")) }
                result.append(contentsOf: line)
            }
            spaces = count
        }
        return result
    }
}
