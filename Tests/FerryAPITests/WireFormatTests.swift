import FerryCore
import FoundationEssentials
import Testing

@testable import FerryAPI

struct WireFormatTests {
    private func text(_ value: some Encodable) throws -> String {
        String(decoding: try WireFormat.encode(value), as: UTF8.self)
    }

    @Test func keepsTheOrderOfKeysAndWritesAbsentValuesAsNull() throws {
        struct Sample: Encodable {
            var zebra: Int64?
            var apple: String?
            var flag: Bool?
            var list: [String]?
            var nested: [Double] = [1.5, 2]
        }
        #expect(try text(Sample()) == #"{"zebra":null,"apple":null,"flag":null,"list":null,"nested":[1.5,2]}"#)
    }

    @Test func escapesWhatJSONDemandsAndNothingElse() throws {
        #expect(try text(["a/\"\\\n\u{1}é\u{1F600}"]) == #"["a/\"\\\n\u0001é😀"]"#)
    }

    @Test func keepsNumberLiterals() throws {
        let document: JSONValue = ["price": .number("12345678901234567890.10"), "count": 3]
        #expect(try text(document) == #"{"price":12345678901234567890.10,"count":3}"#)
    }

    @Test func refusesANumberThatJSONLacks() {
        #expect(throws: EncodingError.self) { try WireFormat.encode([Double.infinity]) }
    }

    @Test func indentsForPeople() {
        #expect(
            WireFormat.text(["a": [1], "b": [:], "c": []], indentation: 2)
                == "{\n  \"a\": [\n    1\n  ],\n  \"b\": {},\n  \"c\": []\n}"
        )
    }

    @Test func readsBackWhatItWrites() throws {
        var job = FerryCore.Job(
            id: "job_1",
            integration: "shop",
            direction: .push,
            entityIDs: [],
            trigger: .retry,
            queuedAt: Date(timeIntervalSince1970: 1.2345)
        )
        job.state = .partial
        job.startedAt = Date(timeIntervalSince1970: 2)
        job.wait = .init(reason: "backoff", until: Date(timeIntervalSince1970: 3))
        job.progress.quarantined = 2
        job.progress.total = 9
        job.progress.refusals = [
            JobRefusals(
                entityType: "product",
                field: "fields.name",
                destination: "slug",
                policy: .skipField,
                count: 2,
                examples: [.init(recordID: "7", message: "the text is empty")]
            )
        ]
        job.failure = JobFailure(code: .recordRefused, message: "Two were refused.")
        let shown = FerryAPI.Job(job)
        #expect(shown.queuedAt == 1235)
        #expect(shown.entityIds == [])
        #expect(try WireFormat.decode(FerryAPI.Job.self, from: try WireFormat.encode(shown)) == shown)
    }

    @Test func aSyncOfAllEntitiesLeavesTheirListOut() throws {
        #expect(try text(SyncRequest(direction: .pull)) == #"{"direction":"pull"}"#)
        #expect(try text(SyncRequest(direction: .push, entityIds: [])) == #"{"direction":"push","entityIds":[]}"#)
    }

    @Test func tellsSeveralTransformsAndTheirOptions() throws {
        let options: JSONValue = ["max_length": 40]
        let mapping = FieldMapping(
            source: try FieldPath(parsing: "fields.name"),
            target: try FieldPath(parsing: "slug"),
            transforms: [TransformReference(name: "trim"), TransformReference(name: "slugify", options: options)]
        )
        let expected =
            #"{"source":"fields.name","target":"slug","transform":"trim","#
            + #""transforms":["trim",{"slugify":{"max_length":40}}],"entity":"product"}"#
        #expect(try text(FieldMappingDetails(mapping, entity: "product")) == expected)
    }
}
