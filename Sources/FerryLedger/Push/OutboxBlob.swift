internal import FerryCore

/// The records of an outbox batch as bytes, in order: they are written and cleared as one, and read again only when their
/// outcome is not known.
enum OutboxBlob {
    static func bytes(of records: [OutboxRecord]) -> [UInt8] {
        var blob = BlobWriter(reserving: 256 * records.count)
        for record in records {
            blob.append(record.localID)
            blob.append(record.remoteID)
            blob.append(record.matchValue)
            blob.append(record.payloadHash)
            blob.append(record.localHash)
            blob.append(record.fieldHashes)
            blob.append(record.content)
        }
        return blob.bytes
    }

    /// - Throws: ``DamagedValue`` when the bytes are not such as ``bytes(of:)`` makes.
    static func records(in bytes: some Sequence<UInt8>) throws -> [OutboxRecord] {
        var blob = BlobReader(Array(bytes), of: "an outbox batch")
        var records: [OutboxRecord] = []
        while !blob.isAtEnd {
            records.append(
                OutboxRecord(
                    localID: try blob.text(),
                    remoteID: try blob.textIfPresent(),
                    matchValue: try blob.textIfPresent(),
                    payloadHash: try blob.hash(),
                    localHash: try blob.hash(),
                    fieldHashes: try blob.numbers(),
                    content: Array(try blob.content())
                )
            )
        }
        return records
    }
}
