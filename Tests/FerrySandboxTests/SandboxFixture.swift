import FerrySandbox

/// Runs a test against a sandbox of its own with a small table of products.
func withSandbox(
    rows: [SandboxRow.Data] = SeededProducts.rows(count: 50, seed: 7),
    _ body: (Sandbox, LoopbackClient) async throws -> Void
) async throws {
    let sandbox = try await Sandbox.start()
    sandbox.tables.addTable(SeededProducts.definition, rows: rows)
    do {
        try await body(sandbox, LoopbackClient(port: sandbox.port ?? 0))
    } catch {
        await sandbox.stop()
        throw error
    }
    await sandbox.stop()
}

/// A product with the required columns and nothing else.
func product(_ sku: String, name: String = "Lamp", price: String = "1.50") -> SandboxRow.Data {
    [("sku", "\"\(sku)\""), ("product_name", "\"\(name)\""), ("price", price)]
}
