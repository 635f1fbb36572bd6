import FerryAPI
import FerryCore
import FerryTesting
import Foundation
import Synchronization
import Testing

/// What is sent to a dynamic table, compared with the requests of the vendor's page on its Integration API, by the real
/// program over real HTTP.
@Suite struct DynamicTableRequestTests {
    private static let laptop =
        #"{"id":"3f0c2a9e-7d39-4f0e-9b0c-2f4c6f7f1a10","rowNumber":1,"data":{"sku":"LP-14","product_name":"Laptop Pro 14","price":4500,"in_stock":true}}"#
    private static let mouse =
        #"{"id":"9be4d7c1-51c2-4a0d-8a6f-0b0d9a4f2b77","rowNumber":2,"data":{"sku":"WM-01","product_name":"Wireless Mouse","price":89,"in_stock":null}}"#
    private static let base = "/api/dynamic-table/integration/agent-123/config-456/collection-789"

    private static let products = """
        CREATE TABLE product (sku TEXT PRIMARY KEY, product_name TEXT, price INTEGER, in_stock BOOLEAN);
        INSERT INTO product VALUES ('LP-14', 'Laptop Pro 14', 4500, TRUE), ('WM-01', 'Wireless Mouse', 89, TRUE);
        """

    private static let config =
        "agent_id: agent-123\n  configuration_id: config-456\n  collection_id: collection-789\n  page_size: 2"

    private static func with(
        _ direction: Direction,
        config: String = config,
        _ sql: String = products,
        answer: @escaping @Sendable (LoopbackService.Request) -> LoopbackService.Answer,
        _ body: (FerryWorld, LoopbackService) async throws -> Void
    ) async throws {
        try await LoopbackService.with(answer) { service async throws in
            try await FerryWorld.with { world async throws in
                try world.writeShop(sql)
                try world.write(
                    integration: "items",
                    """
                    type: dynamic_table
                    store: shop
                    config:
                      plugin_host: "\(service.url)/"
                      \(config)
                      primary_key: sku
                      key: dt_primary_0001
                      secondary_key: dt_secondary_0002
                    entities:
                      - type: product
                        resource: rows
                        key: sku
                        deletes: propagate
                        field_mappings:
                          - { source: fields.sku, target: sku, direction: \(direction.rawValue) }
                          - { source: fields.product_name, target: product_name, direction: \(direction.rawValue) }
                          - { source: fields.price, target: price, direction: \(direction.rawValue) }
                          - { source: fields.in_stock, target: in_stock, direction: \(direction.rawValue) }
                    """
                )
                try await body(world, service)
                for request in service.requests {
                    #expect(request.headers["accept"] == "application/json")
                    #expect(request.headers["authorization"] == nil)
                    #expect(request.headers["content-type"] == (request.body.isEmpty ? nil : "application/json"))
                }
            }
        }
    }

    @Test func rowsAreReadPageByPageInTheOrderOfThePrimaryKeyUntilOneIsEmpty() async throws {
        try await Self.with(.pull, Self.products + "DELETE FROM product;") { request in
            let rows = [Self.laptop, Self.mouse].dropFirst(request.number("skip") ?? 0)
            return LoopbackService.Answer("[\(rows.joined(separator: ","))]")
        } _: { world, service async throws in
            #expect(try await world.once("items", .pull).job.progress.created == 2)
            #expect(
                try world.rows(world.shop, "SELECT sku, product_name, price, in_stock IS NULL FROM product") == [
                    "LP-14|Laptop Pro 14|4500|0", "WM-01|Wireless Mouse|89|1",
                ]
            )
            // Neighbouring pages have a row in common; what comes after the last row is asked for once.
            #expect(
                service.requests.map { "\($0.method) \($0.target) \($0.body)" }
                    == [0, 1, 2].map { "GET \(Self.base)?skip=\($0)&take=2&sortColumn=sku&sortDirection=asc " }
            )
            #expect(service.requests.allSatisfy { $0.headers["x-secret-key"] == "dt_primary_0001" })
        }
    }

    @Test func rowsAreInsertedFlatUpdatedByTheirIdAndDeletedWithABody() async throws {
        try await Self.with(.push) { request in
            switch request.method {
            // In another order than they were sent.
            case "POST": LoopbackService.Answer("[\(Self.mouse),\(Self.laptop)]")
            case "PUT": LoopbackService.Answer("[\(Self.laptop),\(Self.mouse)]")
            case "DELETE": LoopbackService.Answer("", status: 204)
            default: LoopbackService.Answer("[]")
            }
        } _: { world, service async throws in
            #expect(try await world.once("items", .push).job.progress.created == 2)
            try world.writeShop("UPDATE product SET price = 4400 WHERE sku = 'LP-14'")
            try world.writeShop("UPDATE product SET in_stock = FALSE, product_name = NULL WHERE sku = 'WM-01'")
            #expect(try await world.once("items", .push).job.progress.updated == 2)
            try world.writeShop("DELETE FROM product WHERE sku = 'LP-14'")
            #expect(try await world.once("items", .push).job.progress.deleted == 1)
            let writes = service.requests.filter { $0.method != "GET" }
            #expect(
                writes.map { "\($0.method) \($0.target)" }
                    == ["POST", "PUT", "DELETE"].map { "\($0) \(Self.base)/bulk" }
            )
            #expect(
                writes.map(\.body) == [
                    #"{"rows":[{"sku":"LP-14","product_name":"Laptop Pro 14","price":4500,"in_stock":true},"#
                        + #"{"sku":"WM-01","product_name":"Wireless Mouse","price":89,"in_stock":true}]}"#,
                    #"{"rows":[{"id":"3f0c2a9e-7d39-4f0e-9b0c-2f4c6f7f1a10","data":{"price":4400}},"#
                        + #"{"id":"9be4d7c1-51c2-4a0d-8a6f-0b0d9a4f2b77","data":{"product_name":null,"in_stock":false}}]}"#,
                    #"{"rowIds":["3f0c2a9e-7d39-4f0e-9b0c-2f4c6f7f1a10"]}"#,
                ]
            )
            #expect(writes.map { $0.headers["content-length"] } == writes.map { String($0.bytes.count) })
        }
    }

    @Test func everyPartOfAnAddressIsPercentEncoded() async throws {
        let landed = Mutex(false)
        let row = Self.laptop.replacing("LP-14", with: "A+1 &ü")
            .replacing("3f0c2a9e-7d39-4f0e-9b0c-2f4c6f7f1a10", with: "row/1 ü")
        try await Self.with(
            .push,
            config: "agent_id: agent 1/ä\n  configuration_id: c?d\n  collection_id: e%f",
            Self.products + "DELETE FROM product WHERE price < 100; UPDATE product SET sku = 'A+1 &ü';"
        ) { request in
            guard request.method == "GET" else {
                // It has landed, but nobody hears of it.
                landed.withLock { $0 = true }
                return LoopbackService.Answer(#"{"message":"gateway"}"#, status: 502)
            }
            if request.path.hasSuffix("/row%2F1%20%C3%BC") { return LoopbackService.Answer(row) }
            return LoopbackService.Answer(landed.withLock { $0 } && request.number("skip") == 0 ? "[\(row)]" : "[]")
        } _: { world, service async throws in
            let base = "/api/dynamic-table/integration/agent%201%2F%C3%A4/c%3Fd/e%25f"
            let job = try await world.once("items", .push).job
            #expect(job.state == .succeeded && job.progress.created == 1, "\(job)")
            let requests = service.requests.map { "\($0.method) \($0.target)" }
            let post = try #require(requests.firstIndex(of: "POST \(base)/bulk"))
            #expect(
                requests[(post + 1)...] == [
                    "GET \(base)?skip=0&take=100&searchColumn=sku&searchTerm=A%2B1%20%26%C3%BC"
                        + "&sortColumn=sku&sortDirection=asc"
                ],
                "\(requests)"
            )
            try world.writeShop("UPDATE product SET price = 2")
            let daemon = try await world.startDaemon()
            service.forgetRequests()
            _ = try await world.ferryctl("plan", "items", "--push")
            #expect(service.requests.map { "\($0.method) \($0.target)" } == ["GET \(base)/row%2F1%20%C3%BC"])
            try await world.stop(daemon)
        }
    }

    @Test func theConnectionIsTestedByOneRowAndBothKeys() async throws {
        let status = Mutex(200)
        try await Self.with(.pull) { request in
            LoopbackService.Answer("[]", status: status.withLock { $0 })
        } _: { world, service async throws in
            let daemon = try await world.startDaemon()
            for (code, keys, words) in [
                (200, ["dt_primary_0001"], "connected"), (404, ["dt_primary_0001"], "'config'"),
                (401, ["dt_primary_0001", "dt_secondary_0002"], "'key' and 'secondary_key'"),
                (403, ["dt_primary_0001", "dt_secondary_0002"], "'key' and 'secondary_key'"),
            ] {
                status.withLock { $0 = code }
                service.forgetRequests()
                let test = try await world.ferryctl("test", "items")
                #expect((test.exitCode == 0) == (code == 200), "\(code): \(test.output)\(test.errors)")
                #expect((test.output + test.errors).contains(words), "\(code): \(test.output)\(test.errors)")
                #expect(Set(service.requests.map { "\($0.method) \($0.target)" }) == ["GET \(Self.base)?skip=0&take=1"])
                #expect(Set(service.requests.compactMap { $0.headers["x-secret-key"] }) == Set(keys), "\(code)")
            }
            try await world.stop(daemon)
        }
    }

    /// "400 Bad Request with details" is all that the page says of refusals.
    @Test(arguments: [
        (#"{"message":"Column 'price' must be a number"}"#, "Column 'price' must be a number"),
        (#"{"type":"about:blank","title":"Validation errors occurred."}"#, "Validation errors occurred."),
        (#"{"detail":"'LP-14' exists already"}"#, "'LP-14' exists already"),
        (#"{"error":{"message":"sku is required"}}"#, "sku is required"), (#"{"error":"Bad row"}"#, "Bad row"),
        (#"{"title":"Invalid","errors":{"price":["must be a number"]}}"#, "Invalid: price: must be a number"),
        ("no such column", "no such column"),
    ])
    func aRefusalIsToldInTheServicesWords(body: String, words: String) async throws {
        try await Self.with(.push, Self.products + "DELETE FROM product WHERE price < 100;") { request in
            request.method == "GET" ? LoopbackService.Answer("[]") : LoopbackService.Answer(body, status: 400)
        } _: { world, _ async throws in
            let job = try await world.once("items", .push).job
            #expect(job.progress.quarantined == 1 && job.error?.message.contains(words) == true, "\(job)")
        }
    }

    @Test(arguments: [
        ("ROWS", true), ("{\"rows\":ROWS}", true), ("{\"data\":ROWS}", true), ("{\"items\":ROWS}", true),
        ("{\"list\":ROWS}", false),
    ])
    func aListInAnEnvelopeThatServersCommonlyHaveIsReadAndNoOther(envelope: String, isRead: Bool) async throws {
        try await Self.with(.pull, Self.products + "DELETE FROM product;") { request in
            let rows = [Self.laptop, Self.mouse].dropFirst(request.number("skip") ?? 0)
            return LoopbackService.Answer(envelope.replacing("ROWS", with: "[\(rows.joined(separator: ","))]"))
        } _: { world, _ async throws in
            let job = try await world.once("items", .pull).job
            #expect(job.error?.code == (isRead ? nil : "contract.unexpected_answer"), "\(job)")
            #expect(job.progress.read == (isRead ? 2 : 0))
        }
    }
}
