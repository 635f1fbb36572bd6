import FerryAPI
import FerryCore
import FerryLedger
import FoundationEssentials

// How what is kept of an integration is written down for other daemons, and read again.

extension StateOrigin {
    init(_ entity: KeptEntity) {
        let origin = entity.origin
        self.init(
            entityType: origin.entityType,
            resource: origin.resource,
            remoteIdentity: origin.remoteIdentity,
            links: entity.links,
            isPulled: origin.isPulled,
            pullCursor: origin.pullCursor?.value,
            pullFingerprint: origin.pullCursor.map { Hexadecimal.text($0.fingerprint) },
            sweptAt: origin.sweptAt.map(UnixTime.milliseconds),
            layouts: origin.layouts.map { layout in
                Layout(
                    fingerprint: Hexadecimal.text(layout.fingerprint),
                    remotePaths: layout.remotePaths,
                    localPaths: layout.localPaths
                )
            }
        )
    }

    /// The origin as the ledger keeps it.
    ///
    /// - Throws: ``SyncFailure`` for what no daemon has written.
    func checked() throws -> EntityOrigin {
        guard (pullCursor == nil) == (pullFingerprint == nil) else {
            throw Self.invalid("a cursor of '\(entityType)' lacks its fingerprint")
        }
        return EntityOrigin(
            entityType: entityType,
            resource: resource,
            remoteIdentity: remoteIdentity,
            isPulled: isPulled,
            pullCursor: try pullCursor.map { cursor in
                PullCursor(value: cursor, fingerprint: try Hexadecimal.number(pullFingerprint ?? ""))
            },
            sweptAt: sweptAt.map { Date(timeIntervalSince1970: Double($0) / 1000) },
            layouts: try layouts.map { layout in
                FieldLayout(
                    fingerprint: try Hexadecimal.number(layout.fingerprint),
                    remotePaths: layout.remotePaths,
                    localPaths: layout.localPaths
                )
            }
        )
    }

    static func invalid(_ what: String) -> SyncFailure {
        SyncFailure(.config, .stateInvalid, "the state is not as Ferry writes it: \(what)", hint: "export it again")
    }
}

extension StateLinks.Link {
    init(_ link: TransferredLink) {
        self.init(
            localId: link.localID,
            remoteId: link.remoteID,
            remoteHash: Hexadecimal.text(link.remoteHash),
            localHash: Hexadecimal.text(link.localHash),
            payloadHash: Hexadecimal.text(link.payloadHash),
            fieldHashes: link.fieldHashes.map(Hexadecimal.text).joined(),
            missingScans: link.missingScans
        )
    }

    /// The link as the ledger keeps it.
    ///
    /// - Throws: ``SyncFailure`` for what no daemon has written.
    func checked() throws -> TransferredLink {
        guard !localId.isEmpty, !remoteId.isEmpty, missingScans >= 0 else {
            throw StateOrigin.invalid("the link of the row '\(localId)' and the record '\(remoteId)' lacks a part")
        }
        return TransferredLink(
            localID: localId,
            remoteID: remoteId,
            remoteHash: try Hexadecimal.hash(remoteHash),
            localHash: try Hexadecimal.hash(localHash),
            payloadHash: try Hexadecimal.hash(payloadHash),
            missingScans: missingScans,
            fieldHashes: try Hexadecimal.numbers(fieldHashes)
        )
    }
}

/// Numbers of 64 bits as 16 hexadecimal digits each.
private enum Hexadecimal {
    static func text(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    /// Both halves, the higher one first; empty where nothing is known.
    static func text(_ hash: RecordHash) -> String {
        hash == .unknown ? "" : text(hash.high) + text(hash.low)
    }

    static func number(_ text: String) throws -> UInt64 {
        let numbers = try numbers(text)
        guard let number = numbers.first, numbers.count == 1 else { throw invalid(text) }
        return number
    }

    static func hash(_ text: String) throws -> RecordHash {
        let numbers = try numbers(text)
        switch numbers.count {
        case 0: return .unknown
        case 2: return RecordHash(low: numbers[1], high: numbers[0])
        default: throw invalid(text)
        }
    }

    static func numbers(_ text: String) throws -> [UInt64] {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 16) else { throw invalid(text) }
        return try stride(from: 0, to: digits.count, by: 16).map { start in
            var number: UInt64 = 0
            for digit in digits[start..<start + 16] { number = number << 4 | UInt64(try value(of: digit, text)) }
            return number
        }
    }

    private static func value(of digit: UInt8, _ text: String) throws -> UInt8 {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: throw invalid(text)
        }
    }

    private static func invalid(_ text: String) -> SyncFailure {
        StateOrigin.invalid("'\(text.prefix(64))' is no hash of it")
    }
}
