import FerryTesting
import Foundation
import Testing

/// `ferryctl services`: the list, one service, and the check of a description.
@Suite struct ServicesCommandTests {
    private static let shelf = """
        service: shelf
        title: Shelf
        base: https://api.example.com
        check: { request: { method: GET, path: /books } }
        streams:
          books: { request: { method: GET, path: /books }, id: id }
        """

    private func ferryctl(_ arguments: String..., in folder: TemporaryDirectory) async throws -> Program.Result {
        try await Program.run("ferryctl", arguments, in: folder)
    }

    @Test func aDescriptionWithoutMistakesPasses() async throws {
        try await TemporaryDirectory.with { folder in
            try folder.write(Self.shelf, to: "shelf.yaml")
            let result = try await ferryctl("services", "check", "\(folder.path)/shelf.yaml", in: folder)
            #expect(result.exitCode == 0)
            #expect(result.output == "1 description, 0 errors, 0 warnings\n")
            #expect(result.errors == "")
        }
    }

    @Test func everyMistakeIsPrintedWithItsPlace() async throws {
        try await TemporaryDirectory.with { folder in
            let wrong = Self.shelf.replacingOccurrences(of: "path: /books }, id", with: "path: books }, idd")
            try folder.write(wrong, to: "shelf.yaml")
            let file = "\(folder.path)/shelf.yaml"
            let result = try await ferryctl("services", "check", file, in: folder)
            #expect(result.exitCode == 3)
            #expect(result.output == "1 description, 3 errors, 0 warnings\n")
            let lines = result.errors.split(separator: "\n")
            #expect(lines.contains("\(file):6:51: error: unknown key 'idd' [config.unknown_key]"))
            #expect(lines.contains("  hint: did you mean 'id'?"))
            #expect(lines.contains("  hint: write '/books'"))

            let json = try await ferryctl("--json", "services", "check", file, in: folder)
            #expect(json.exitCode == 3)
            let report = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
            let data = report?["data"] as? [String: Any]
            #expect(data?["ok"] as? Bool == false)
            let findings = data?["diagnostics"] as? [[String: Any]]
            #expect(findings?.count == 3)
            #expect(findings?.allSatisfy { $0["file"] as? String == file && $0["line"] is Int } == true)
        }
    }

    @Test func servicesOfOnesOwnAreListedAndShownBesideThoseBuiltIn() async throws {
        try await TemporaryDirectory.with { folder in
            try folder.write(Self.shelf, to: "etc/services/shelf.yaml")
            let list = try await ferryctl("services", "--config", "\(folder.path)/etc", in: folder)
            let lines = list.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
            #expect(list.exitCode == 0)
            #expect(lines.contains { $0.starts(with: ["loops", "Loops", "built", "in"]) })
            #expect(lines.contains(["shelf", "Shelf", "\(folder.path)/etc/services/shelf.yaml", "books"]))
            let short = try await ferryctl("services", "shelf", "--config", "\(folder.path)/etc", in: folder)
            let long = try await ferryctl("services", "show", "shelf", "--config", "\(folder.path)/etc", in: folder)
            #expect(short.exitCode == 0 && short.output == long.output)
            #expect(short.output.hasPrefix("shelf: Shelf (\(folder.path)/etc/services/shelf.yaml)\n"))
            let yaml = try await ferryctl("services", "show", "dynamic_table", "--yaml", in: folder)
            try folder.write(yaml.output.replacingOccurrences(of: "dynamic_table", with: "copy"), to: "copy.yaml")
            let copy = try await ferryctl("services", "check", "\(folder.path)/copy.yaml", in: folder)
            #expect(copy.exitCode == 0, "what is printed is a description of its own: \(copy.errors)")
            let unknown = try await ferryctl("services", "show", "shelv", in: folder)
            #expect(unknown.exitCode == 3 && unknown.errors.contains("there is no service 'shelv'"))
        }
    }
}
