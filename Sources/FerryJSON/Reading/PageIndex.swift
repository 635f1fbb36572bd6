public import FerryCore

/// Where the records of a response body stand in it.
public struct PageIndex: Sendable {
    /// The response body.
    public let page: [UInt8]
    /// Each record's bytes, in the order of the page.
    public let records: [Range<Int>]
    /// Each record's identifier: a number's literal or a string's content.
    public let ids: PackedStrings
    /// The bytes of each record that tell whether it has changed.
    public let hashed: [Range<Int>]
    /// What stands in the body at the reader's further paths, one for each in order; `nil` where nothing does.
    public let values: [JSONValue?]

    /// A page without records.
    public static let empty = PageIndex(page: [], records: [], ids: PackedStrings(), hashed: [], values: [])

    /// The hash of the record at `index`, by which an unchanged record is known without extracting it.
    ///
    /// Object members in another order, or other white space, give another hash: the record is then compared by its
    /// values, which costs time but changes nothing.
    public func hash(at index: Int, seed: UInt64) -> RecordHash {
        let range = hashed[index]
        return page.withUnsafeBytes { RecordHash.of(UnsafeRawBufferPointer(rebasing: $0[range]), seed: seed) }
    }
}
