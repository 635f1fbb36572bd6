import FerrySandbox
import Foundation
import Testing

@Suite struct DynamicTableWriteTests {
    @Test func insertsFlatRowsAndAnswersThemWhole() async throws {
        try await withSandbox(rows: []) { sandbox, client async throws in
            let body = #"{"rows":[{"price":19.90,"sku":"A","product_name":"Äpfel","in_stock":true,"weight":null}]}"#
            let answer = try client.send("POST", "/bulk", body)
            #expect(answer.status == 200)
            let row = try #require(sandbox.tables.rows(of: "products").first)
            #expect(UUID(uuidString: row.id) != nil)
            #expect(row["price"] == "19.90")
            #expect(row["brand"] == nil)
            #expect(row["weight"] == "null")
            #expect(answer.body.contains("\"id\":\"\(row.id)\",\"rowNumber\":1,"))
            #expect(answer.body.contains(#""product_name":"Äpfel""#))
        }
    }

    @Test func insertsNothingWhenOneRowIsWrongAndSaysWhatIs() async throws {
        try await withSandbox(rows: [product("taken")]) { sandbox, client async throws in
            let body = """
                {"rows":[{"sku":"ok","product_name":"x","price":1},{"sku":"p","product_name":"x","price":"1"},
                {"sku":"ok","product_name":"","price":1,"colour":"red"},{"sku":"taken","product_name":"x"},
                {"sku":"d","product_name":"x","price":1,"released_on":"2024-02-30","email":"me","phone":"x","in_stock":1}]}
                """
            let answer = try client.send("POST", "/bulk", body)
            #expect(answer.status == 400)
            let json = try #require(try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any])
            #expect(json["message"] as? String == "Validation failed")
            let errors = try #require(json["errors"] as? [String: [String]])
            #expect(errors["rows[1].price"] == ["must be a number"])
            #expect(errors["rows[2].sku"] == ["must be unique within the request"])
            #expect(errors["rows[2].product_name"] == ["is required"])
            #expect(errors["rows[2].colour"] == ["is not a column of this table"])
            #expect(errors["rows[3].sku"] == ["already exists in the table"])
            #expect(errors["rows[3].price"] == ["is required"])
            #expect(
                Set(errors.keys).isSuperset(of: ["released_on", "email", "phone", "in_stock"].map { "rows[4].\($0)" })
            )
            #expect(sandbox.tables.count(of: "products") == 1)
        }
    }

    @Test func updatesOnlyTheColumnsGiven() async throws {
        try await withSandbox(rows: [product("A"), product("B")]) { sandbox, client async throws in
            let id = sandbox.tables.rows(of: "products")[1].id
            let answer = try client.send("PUT", "/bulk", #"{"rows":[{"id":"\#(id)","data":{"price":2.00}}]}"#)
            #expect(answer.status == 200)
            let row = sandbox.tables.rows(of: "products")[1]
            #expect(row["price"] == "2.00")
            #expect(row["product_name"] == "\"Lamp\"")
            #expect(row.rowNumber == 2)
        }
    }

    @Test func updatesNothingWhenARowIsUnknownOrAKeyIsTaken() async throws {
        try await withSandbox(rows: [product("A"), product("B")]) { sandbox, client async throws in
            let rows = sandbox.tables.rows(of: "products")
            let change = #"{"id":"\#(rows[0].id)","data":{"price":7}}"#
            #expect(try client.send("PUT", "/bulk", #"{"rows":[\#(change),{"id":"gone","data":{}}]}"#).status == 404)
            let taken = #"{"rows":[\#(change),{"id":"\#(rows[1].id)","data":{"sku":"A"}}]}"#
            #expect(try client.send("PUT", "/bulk", taken).status == 400)
            let cleared = #"{"rows":[{"id":"\#(rows[1].id)","data":{"price":null}}]}"#
            #expect(try client.send("PUT", "/bulk", cleared).status == 400)
            #expect(sandbox.tables.rows(of: "products") == rows)
        }
    }

    @Test func letsTwoRowsSwapTheirKeysInOneRequest() async throws {
        try await withSandbox(rows: [product("A"), product("B")]) { sandbox, client async throws in
            let ids = sandbox.tables.rows(of: "products").map(\.id)
            let swap = #"{"rows":[{"id":"\#(ids[0])","data":{"sku":"B"}},{"id":"\#(ids[1])","data":{"sku":"A"}}]}"#
            #expect(try client.send("PUT", "/bulk", swap).status == 200)
            #expect(sandbox.tables.rows(of: "products").map { $0["sku"] } == ["\"B\"", "\"A\""])
            // Both keys must still be known as taken.
            for sku in ["A", "B"] {
                let body = #"{"rows":[{"sku":"\#(sku)","product_name":"x","price":1}]}"#
                #expect(try client.send("POST", "/bulk", body).status == 400)
            }
        }
    }

    @Test func deletesByABodyAndOnlyWithOne() async throws {
        try await withSandbox(rows: [product("A"), product("B")]) { sandbox, client async throws in
            let ids = sandbox.tables.rows(of: "products").map(\.id)
            #expect(try client.send("DELETE", "/bulk").status == 400)
            #expect(try client.send("DELETE", "/bulk", "").status == 400)
            #expect(try client.send("DELETE", "/bulk", #"{"rowIds":["\#(ids[0])","gone"]}"#).status == 404)
            #expect(sandbox.tables.count(of: "products") == 2)
            let answer = try client.send("DELETE", "/bulk", #"{"rowIds":["\#(ids[0])"]}"#)
            #expect(answer.status == 204)
            #expect(answer.body.isEmpty)
            #expect(sandbox.tables.rows(of: "products").map(\.id) == [ids[1]])
            // The key is free again, the row number is not.
            let again = try client.send("POST", "/bulk", #"{"rows":[{"sku":"A","product_name":"x","price":1}]}"#)
            #expect(again.body.contains("\"rowNumber\":3"))
        }
    }

    @Test(arguments: ["{", #"{"rows":{}}"#, "[]", #"{"rows":[{"sku":"\ud800"}]}"#, #"{"rows":[{"price":01}]}"#])
    func refusesABodyThatIsNoListOfRows(body: String) async throws {
        try await withSandbox { _, client async throws in
            #expect(try client.send("POST", "/bulk", body).status == 400)
        }
    }

    @Test func refusesOtherContentTypesAndTooManyRows() async throws {
        try await withSandbox { sandbox, client async throws in
            #expect(try client.send("POST", "/bulk", #"{"rows":[]}"#, contentType: "text/plain").status == 415)
            sandbox.tables.setLimits(maximumBatchSize: 1, of: "products")
            #expect(try client.send("POST", "/bulk", #"{"rows":[{},{}]}"#).status == 413)
        }
    }

    @Test func takesALargeBodyThatWasAnnounced() async throws {
        try await withSandbox(rows: []) { sandbox, client async throws in
            let rows = (0..<2_000).map {
                #"{"sku":"S\#($0)","product_name":"x","price":1,"description":"\#(String(repeating: "é", count: 500))"}"#
            }
            let body = "{\"rows\":[\(rows.joined(separator: ","))]}"
            let answer = try client.send("POST", "/bulk", body, extraHeaders: "Expect: 100-continue\r\n")
            #expect(answer.status == 200)
            #expect(sandbox.tables.count(of: "products") == 2_000)
        }
    }

    @Test func logsWhatWasSentButNoSecret() async throws {
        try await withSandbox(rows: []) { sandbox, client async throws in
            let body = #"{"rows":[{"sku":"A","product_name":"x","price":1}]}"#
            _ = try client.send("POST", "/bulk", body)
            _ = try client.get("?take=1")
            let requests = sandbox.tables.requests(of: "products")
            #expect(requests.map(\.method) == ["POST", "GET"])
            #expect(requests[0].body == body)
            #expect(requests[0].bodyBytes == body.utf8.count)
            #expect(requests[0].headerNames.contains("X-Secret-Key"))
            #expect(requests[1].query == "take=1")
            #expect(requests[1].status == 200)
            let listed = try client.get("/_sandbox/requests").body
            #expect(!listed.contains("demo-products-primary"))
            sandbox.tables.clearRequests()
            #expect(sandbox.requests.isEmpty)
        }
    }
}
