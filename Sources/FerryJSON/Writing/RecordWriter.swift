public import FerryCore

/// Writes rows of a batch as JSON objects.
///
/// Made once per resource; writing a row allocates nothing but the output's growth.
public struct RecordWriter: Sendable {
    private let tree: WriterTree

    /// A writer that puts column `n` at `paths[n]`.
    ///
    /// Members come in the order in which the paths name them first.
    ///
    /// - Throws: ``JSONFailure`` when the paths do not make one object: the root or an array as the record itself,
    ///   two paths to one place, a path through another's value, a place that is both object and array, or array
    ///   indices that do not run from 0 without a gap.
    public init(_ paths: [FieldPath]) throws(JSONFailure) {
        tree = try WriterTree(paths)
    }

    /// Appends the object of one row.
    ///
    /// Missing cells are left out, and so are objects and arrays that hold nothing else; a missing element beside
    /// others is written as `null`. The batch has at least as many columns as there are paths. Strings must be
    /// well-formed UTF-8; numbers and JSON are written as they are.
    public func write(row: Int, of batch: RecordBatch, into output: inout [UInt8]) {
        if !writeObject(tree.nodes[0], row, batch, &output) { JSONText.append("{}", into: &output) }
    }

    /// Writes a node's value; returns whether there was one, and leaves the output as it was if there was none.
    private func writeValue(
        _ node: WriterTree.Node,
        _ row: Int,
        _ batch: RecordBatch,
        _ output: inout [UInt8]
    ) -> Bool {
        switch node.shape {
        case .value(let column):
            let cell = batch[row, column]
            guard cell.kind != .missing else { return false }
            JSONText.appendCell(cell, of: batch, into: &output)
            return true
        case .object: return writeObject(node, row, batch, &output)
        case .array: return writeArray(node, row, batch, &output)
        }
    }

    private func writeObject(
        _ node: WriterTree.Node,
        _ row: Int,
        _ batch: RecordBatch,
        _ output: inout [UInt8]
    ) -> Bool {
        let start = output.count
        output.append(Byte.openBrace)
        var isEmpty = true
        var next = node.firstChild
        while next >= 0 {
            let child = tree.nodes[next]
            next = child.nextSibling
            let mark = output.count
            if !isEmpty { output.append(Byte.comma) }
            output.append(contentsOf: tree.keys[child.key])
            if writeValue(child, row, batch, &output) {
                isEmpty = false
            } else {
                output.removeLast(output.count - mark)
            }
        }
        guard !isEmpty else {
            output.removeLast(output.count - start)
            return false
        }
        output.append(Byte.closeBrace)
        return true
    }

    private func writeArray(
        _ node: WriterTree.Node,
        _ row: Int,
        _ batch: RecordBatch,
        _ output: inout [UInt8]
    ) -> Bool {
        let start = output.count
        output.append(Byte.openBracket)
        var isEmpty = true
        var next = node.firstChild
        while next >= 0 {
            let child = tree.nodes[next]
            if next != node.firstChild { output.append(Byte.comma) }
            next = child.nextSibling
            if writeValue(child, row, batch, &output) {
                isEmpty = false
            } else {
                JSONText.append("null", into: &output)
            }
        }
        guard !isEmpty else {
            output.removeLast(output.count - start)
            return false
        }
        output.append(Byte.closeBracket)
        return true
    }
}
