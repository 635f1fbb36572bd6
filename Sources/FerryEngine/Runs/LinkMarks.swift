import FerryCore

/// What stands in a link for a payload hash when there is none to be had: no payload has such a hash.
extension RecordHash {
    /// Both sides changed the record: a push leaves it alone until a pull finds it settled (design §4.4).
    static let held = RecordHash(low: 1, high: 0)

    /// Whether it is a mark: this one, or ``undetermined``.
    var isMark: Bool { self == .held || self == .undetermined }

    /// The hash under which a record that could not be mapped is set aside.
    ///
    /// It must differ from that of any payload: what is left of such a record may look just like the payload it makes
    /// once it is mended (a missing field counts as null), which would then be taken for refused.
    var asUnmapped: RecordHash { RecordHash(low: ~low, high: ~high) }
}
