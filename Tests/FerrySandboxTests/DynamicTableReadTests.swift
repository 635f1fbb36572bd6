import FerrySandbox
import Foundation
import Testing

@Suite struct DynamicTableReadTests {
    @Test func answersTwentyRowsUnlessAskedForAnotherNumber() async throws {
        try await withSandbox { _, client async throws in
            #expect(try client.get().objects.count == 20)
            #expect(try client.get("?skip=48").objects.count == 2)
            #expect(try client.get("?take=1000").objects.count == 50)
            #expect(try client.get("?skip=50&take=10").body == "[]")
        }
    }

    @Test func keepsEveryLiteralAsItWasWritten() async throws {
        let row = product("A", price: "19.90") + [("weight", "12345678901234567890.10"), ("brand", "\"a\\u00e9\\/b\"")]
        try await withSandbox(rows: [row]) { sandbox, client async throws in
            let body = try client.get().body
            #expect(body.contains("\"price\":19.90,"))
            #expect(body.contains("\"weight\":12345678901234567890.10"))
            #expect(body.contains("\"brand\":\"a\\u00e9\\/b\""))
            let stored = try #require(sandbox.tables.rows(of: "products").first)
            #expect(stored["price"] == "19.90")
        }
    }

    @Test func sortsNumbersByValueAndStringsByBytes() async throws {
        let rows = [product("b", price: "9.5"), product("Z", price: "10"), product("é", price: "9.50")]
        try await withSandbox(rows: rows) { _, client async throws in
            #expect(try skus(client, "sortColumn=sku&sortDirection=asc") == ["Z", "b", "é"])
            #expect(try skus(client, "sortColumn=sku&sortDirection=desc") == ["é", "b", "Z"])
            // Equal values stay in the order of their row numbers, up and down.
            #expect(try skus(client, "sortColumn=price") == ["b", "é", "Z"])
            #expect(try skus(client, "sortColumn=price&sortDirection=desc") == ["Z", "b", "é"])
        }
    }

    @Test func searchesSubstringsInUpperAndLowerCaseAlike() async throws {
        let rows = [product("A", name: "Äpfel"), product("B", name: "Red lamp"), product("C-lamp")]
        try await withSandbox(rows: rows) { _, client async throws in
            #expect(try skus(client, "searchTerm=LAMP&searchColumn=product_name") == ["B", "C-lamp"])
            #expect(try skus(client, "searchTerm=c-l") == ["C-lamp"])
            #expect(try skus(client, "searchTerm=%C3%A4PFEL&searchColumn=product_name") == ["A"])
            #expect(try skus(client, "searchTerm=lamp&searchColumn=category") == [])
        }
    }

    @Test func sortsAnewAfterAChange() async throws {
        try await withSandbox(rows: [product("m"), product("q")]) { sandbox, client async throws in
            #expect(try skus(client, "sortColumn=sku") == ["m", "q"])
            sandbox.tables.upsert(product("a"), in: "products")
            #expect(try skus(client, "sortColumn=sku") == ["a", "m", "q"])
            let first = try #require(sandbox.tables.rows(of: "products").first)
            sandbox.tables.setData([("sku", "\"z\"")], of: first.id, in: "products")
            #expect(try skus(client, "sortColumn=sku") == ["a", "q", "z"])
            sandbox.tables.delete(first.id, in: "products")
            #expect(try skus(client, "sortColumn=sku") == ["a", "q"])
        }
    }

    @Test func refusesParametersThatMakeNoSense() async throws {
        try await withSandbox { _, client async throws in
            #expect(try client.get("?take=many").status == 400)
            #expect(try client.get("?skip=-1").status == 400)
            #expect(try client.get("?sortColumn=rowNumber").status == 400)
            #expect(try client.get("?sortDirection=up").status == 400)
        }
    }

    @Test func acceptsEitherKeyAndNoOther() async throws {
        try await withSandbox { sandbox, client async throws in
            var other = client
            other.key = "demo-products-secondary"
            #expect(try other.get().status == 200)
            other.key = "demo-articles-primary"
            #expect(try other.get().status == 401)
            other.key = nil
            #expect(try other.get().status == 401)
            sandbox.tables.rotateKey(.primary, of: "products", to: "fresh")
            #expect(try client.get().status == 401)
            other.key = "fresh"
            #expect(try other.get().status == 200)
        }
    }

    @Test func answersOneRowAndNotFoundForWhatIsNotThere() async throws {
        try await withSandbox { sandbox, client async throws in
            let row = try #require(sandbox.tables.rows(of: "products").last)
            let answer = try client.get("/\(row.id)")
            #expect(answer.status == 200)
            #expect(answer.body.hasPrefix("{\"id\":\"\(row.id)\",\"rowNumber\":50,\"data\":{\"sku\":"))
            #expect(try client.get("/no-such-row").status == 404)
            var elsewhere = client
            elsewhere.path = client.path.replacing("config-demo", with: "config-other")
            #expect(try elsewhere.get().status == 404)
        }
    }

    @Test func clampsPagesToTheTablesMaximum() async throws {
        try await withSandbox { sandbox, client async throws in
            sandbox.tables.setLimits(maximumTake: 7, of: "products")
            #expect(try client.get("?take=30").objects.count == 7)
        }
    }

    private func skus(_ client: LoopbackClient, _ query: String) throws -> [String] {
        try client.get("?take=100&\(query)").objects.compactMap { ($0["data"] as? [String: Any])?["sku"] as? String }
    }
}
