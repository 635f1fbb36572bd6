import FerryConfiguration
import FerryCore
import Foundation
import Testing

struct ExamplesTests {
    private let directory = World.repository + "/etc/ferry"

    @Test("everything in etc/ferry loads without a word")
    func loadsTheExamples() throws {
        let loaded = try World.load(directory)
        #expect(loaded.diagnostics == [])
        #expect(!loaded.hasErrors)
        #expect(loaded.integrations.count >= 1)
        #expect(loaded.integrations.allSatisfy { $0.integration != nil })
    }

    @Test("the example of ferry.yaml says the defaults")
    func saysTheDefaults() throws {
        let settings = try World.load(directory).settings
        #expect(settings.workers == 4)
        #expect(settings.stores == ["main": .embedded])
        #expect(settings.jobRetention == .seconds(30 * 86400))
        #expect(settings.maximumJobs == 10_000)
        #expect(settings.socketGroup == nil)
        #expect(settings.adminGroup == nil)
        #expect(settings.logLevel == "info")
    }

    @Test("the products example is decoded to the last value")
    func decodesProducts() throws {
        let loaded = try World.load(directory)
        let products = try #require(loaded.integrations.first { $0.id == "products" }?.integration)
        #expect(products.name == "Products in the assistant's table")
        #expect(products.type == "dynamic_table")
        #expect(!products.isEnabled)
        #expect(products.store == "main")
        #expect(products.settings["plugin_host"] == "https://plugins.example.com")
        #expect(products.settings["page_size"] == 1000)
        #expect(products.settings["batch_size"] == 500)
        #expect(products.settings["key"] == nil)
        #expect(products.secrets["key"] == .credential("dynamic-table-primary"))
        #expect(products.secrets["secondary_key"] == .credential("dynamic-table-secondary"))
        #expect(products.schedules[.push] == SyncSchedule(timing: .every(.seconds(600)), jitter: .seconds(30)))
        #expect(
            products.schedules[.pull]
                == SyncSchedule(
                    timing: .calendar(try CalendarExpression(parsing: "Mon..Fri 02:00")),
                    timeZone: "Europe/Berlin"
                )
        )
        #expect(products.conflicts == .hold)
        #expect(products.maximumFailures == .share(0.05))
        #expect(products.expectations == [.pull: 1])
        #expect(products.deleteGuard == DeleteGuard(share: 0.2, count: 10))
        let entity = try #require(products.entities.first)
        #expect(entity.type == "product")
        #expect(entity.resource == "rows")
        #expect(entity.key == "id")
        #expect(entity.deletes == .propagate)
        #expect(
            entity.match
                == EntityMapping.Match(
                    source: try FieldPath(parsing: "fields.sku"),
                    target: try FieldPath(parsing: "sku")
                )
        )
        #expect(entity.mappings.map(\.target.description) == ["sku", "product_name", "slug", "body_html", "price"])
        #expect(entity.mappings.map { $0.transforms.map(\.name) } == [[], [], ["slugify"], ["markdown_to_html"], []])
        #expect(entity.mappings.map(\.isRequired) == [false, false, false, false, true])
    }

    @Test(
        "every YAML file begins with the line by which editors find its schema, and the schema is there",
        arguments: [
            "ferry.yaml", "integrations/products.yaml", "integrations/newsletter.yaml", "integrations/entities.yaml",
        ]
    )
    func namesItsSchema(_ name: String) throws {
        let text = try String(contentsOfFile: directory + "/" + name, encoding: .utf8)
        let line = try #require(text.split(separator: "\n").first)
        let prefix = "# yaml-language-server: $schema="
        #expect(line.hasPrefix(prefix))
        let folder = URL(filePath: directory + "/" + name).deletingLastPathComponent().path
        let schema = folder + "/" + line.dropFirst(prefix.count)
        #expect(FileManager.default.fileExists(atPath: schema))
    }

    @Test("the schemas in etc/ferry/schema are the ones that the code makes")
    func shipsTheSchemas() throws {
        let schemas = [
            "ferry": ConfigurationSchema.ferry(),
            "integration": ConfigurationSchema.integration(),
            "service": ConfigurationSchema.service(),
        ]
        for (name, text) in schemas {
            let file = directory + "/schema/\(name).schema.json"
            #expect(try String(contentsOfFile: file, encoding: .utf8) == text, "\(file) is out of date")
            _ = try JSONSerialization.jsonObject(with: Data(text.utf8))
        }
    }
}
