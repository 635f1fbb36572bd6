import FerrySandbox
import Foundation
import Testing

@Suite struct SeededProductsTests {
    @Test func areTheSameForTheSameSeedOnly() {
        let rows = SeededProducts.rows(count: 40, seed: 5).map { $0.map(\.json) }
        #expect(rows == SeededProducts.rows(count: 40, seed: 5).map { $0.map(\.json) })
        #expect(rows != SeededProducts.rows(count: 40, seed: 6).map { $0.map(\.json) })
    }

    @Test func keysThatRiseComeInTheOrderOfTheRows() async throws {
        let skus = SeededProducts.rows(count: 1_200, keysRise: true).map { $0[0].json }
        #expect(skus == skus.sorted() && Set(skus).count == 1_200)
        let sandbox = try await Sandbox.start(port: 0, services: [.dynamicTable])
        SandboxSeeds.fill(sandbox, products: 1_200, keysRise: true)
        let ids = sandbox.tables.rows(of: "products").map(\.id)
        #expect(ids == ids.sorted() && Set(ids).count == 1_200)
        #expect(ids.allSatisfy { UUID(uuidString: $0) != nil })
        await sandbox.stop()
    }

    @Test func haveUniqueKeysOutOfOrderAndHalfTheirNamesAccented() throws {
        let rows = SeededProducts.rows(count: 5_000)
        let skus = rows.compactMap { $0.first?.json }
        #expect(Set(skus).count == 5_000)
        #expect(skus != skus.sorted())
        let accented = rows.filter { !$0[1].json.utf8.allSatisfy { $0 < 0x80 } }
        #expect((2_000...3_000).contains(accented.count))
    }

    @Test func haveDescriptionsBetween300And600Bytes() {
        let lengths = SeededProducts.rows(count: 2_000).compactMap { row in
            (try? JSONDecoder().decode(String.self, from: Data(row[4].json.utf8)))?.utf8.count
        }
        #expect(lengths.count == 2_000)
        #expect(lengths.min() ?? 0 >= 300)
        #expect(lengths.max() ?? 0 <= 600)
    }

    @Test func passTheTablesOwnValidation() async throws {
        try await withSandbox(rows: []) { sandbox, client async throws in
            let rows = SeededProducts.rows(count: 300).map { row in
                "{\(row.map { "\"\($0.column)\":\($0.json)" }.joined(separator: ","))}"
            }
            let answer = try client.send("POST", "/bulk", "{\"rows\":[\(rows.joined(separator: ","))]}")
            #expect(answer.status == 200, "\(answer.body.prefix(300))")
            var other = SeededProducts.definition
            other.collectionID = "others"
            sandbox.tables.addTable(other, rows: SeededProducts.rows(count: 300).reversed())
            #expect(sandbox.tables.digest(of: "products") == sandbox.tables.digest(of: "others"))
        }
    }

    @Test func liveEditsChangeRowsInTheSameWayForTheSameSeed() async throws {
        var digests: [String?] = []
        for _ in 0..<2 {
            try await withSandbox { sandbox, _ async throws in
                let before = sandbox.tables.digest(of: "products")
                var edits = LiveEdits(seed: 2)
                for _ in 0..<5 { edits.step(sandbox.tables) }
                digests.append(sandbox.tables.digest(of: "products"))
                #expect(digests.last != before)
            }
        }
        #expect(digests[0] == digests[1])
    }
}
