import FerryCore

/// What the two sides of a record looked like when they last agreed, field by field: hashes of their values.
struct Agreement: Sendable, Equatable {
    /// Stands for a value that is not known: no value's hash, as far as a hash can promise that.
    static let unknown: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// The remote values, by the layout's remote paths.
    var remote: [UInt64]
    /// The local values, by the layout's local paths.
    var local: [UInt64]

    /// No agreement: the two sides meet for the first time.
    init(unknownIn layout: AgreementLayout) {
        remote = Array(repeating: Self.unknown, count: layout.remotePaths.count)
        local = Array(repeating: Self.unknown, count: layout.localPaths.count)
    }

    /// Whether nothing is known of both sides of a shared field.
    func isFirstContact(remote column: Int, local: Int) -> Bool {
        remote[column] == Self.unknown && self.local[local] == Self.unknown
    }

    /// The field hashes as a link keeps them: the fingerprint of their paths first.
    func kept(under layout: AgreementLayout) -> [UInt64] { [layout.fingerprint] + remote + local }
}

/// Reads what links have kept, also under the paths of an earlier configuration.
struct AgreementReader: Sendable {
    let layout: AgreementLayout
    /// For each earlier layout, where the values of today's remote and local paths stand in what is kept.
    private let earlier: [UInt64: (remote: [Int?], local: [Int?])]

    init(_ layout: AgreementLayout, layouts: [FieldLayout] = []) {
        self.layout = layout
        let (remote, local) = (layout.kept.remotePaths, layout.kept.localPaths)
        var earlier: [UInt64: (remote: [Int?], local: [Int?])] = [:]
        for old in layouts where old.fingerprint != layout.fingerprint {
            earlier[old.fingerprint] = (
                remote.map { path in old.remotePaths.firstIndex { $0.utf8.elementsEqual(path.utf8) } },
                local.map { path in
                    old.localPaths.firstIndex { $0.utf8.elementsEqual(path.utf8) }.map { $0 + old.remotePaths.count }
                }
            )
        }
        self.earlier = earlier
    }

    /// The agreement that a link has kept, or none.
    func agreement(_ kept: [UInt64]?) -> Agreement {
        var agreement = Agreement(unknownIn: layout)
        guard let kept, let fingerprint = kept.first else { return agreement }
        let remoteCount = layout.remotePaths.count
        if fingerprint == layout.fingerprint, kept.count == 1 + remoteCount + layout.localPaths.count {
            agreement.remote = Array(kept[1..<1 + remoteCount])
            agreement.local = Array(kept[(1 + remoteCount)...])
        } else if let places = earlier[fingerprint] {
            let value = { (place: Int?) in
                place.flatMap { $0 + 1 < kept.count ? kept[$0 + 1] : nil } ?? Agreement.unknown
            }
            agreement.remote = places.remote.map(value)
            agreement.local = places.local.map(value)
        }
        return agreement
    }
}
