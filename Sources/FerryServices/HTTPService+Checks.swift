import FerryCore
import FerryHTTP
import FerryJSON

// How the connection is tried.
extension HTTPService {
    /// Makes the description's check requests, those whose settings are given.
    public func check() async throws {
        let possible = description.checks.filter { missing(for: $0.request) == nil }
        // Of several that lack something, the first says what.
        for check in possible.isEmpty ? Array(description.checks.prefix(1)) : possible { try await make(check) }
    }

    /// Makes a check request, and looks at the body as well: a status alone proves little.
    private func make(_ check: CheckDescription) async throws {
        let response = try await send(
            check.request,
            scope: TemplateScope(settings: settings),
            body: nil,
            isWrite: false,
            doneStatuses: check.goodStatuses
        )
        guard !check.goodStatuses.contains(response.status) else { return }
        try requireShape(check.shape, of: response)
        if let listing = check.listing { try require(listing, in: response) }
    }

    private func requireShape(_ shape: CheckDescription.Shape, of response: HTTPResponse) throws {
        guard shape != .any else { return }
        let opening: Unicode.Scalar?
        do throws(JSONFailure) {
            opening = try JSONText.opening(of: response.body, maximumDepth: maximumDepth)
        } catch {
            throw contractFailure(error, of: response.body)
        }
        switch (shape, opening) {
        case (.array, "["), (.object, "{"): return
        default:
            throw SyncFailure(
                .contract,
                .contractShape,
                "\(description.title) answered, but not with an \(shape.rawValue)",
                hint: "check the address in 'config': something else may answer there"
            )
        }
    }

    /// Checks that an answer lists what it must.
    private func require(_ listing: ListingDescription, in response: HTTPResponse) throws {
        let body: JSONValue
        do throws(JSONFailure) {
            body = try JSONValue(parsing: response.body, maximumDepth: maximumDepth)
        } catch {
            throw contractFailure(error, of: response.body)
        }
        var listed: [String] = []
        if case .array(let elements)? = body.value(at: listing.records) {
            let isRefused = { (element: JSONValue) in
                listing.refused.contains { path, value in
                    element.value(at: path)?.string.map { Self.folded($0) == Self.folded(value) } ?? false
                }
            }
            listed = elements.lazy.filter { !isRefused($0) }.compactMap { $0.value(at: listing.id)?.string }
        }
        let missing = TemplateScope(settings: settings).texts(listing.all).filter { name in
            !listed.contains { $0.utf8.elementsEqual(name.utf8) }
        }
        guard !missing.isEmpty else { return }
        let setting = listing.all.references.first?.path.first ?? ""
        throw SyncFailure(
            .config,
            .serviceNotFound,
            "\(description.title) does not list \(missing.map { "'\($0)'" }.joined(separator: ", ")) for these credentials",
            hint: "check the spelling in '\(setting)', and who may use it at the service"
        )
    }

    /// A word as it is compared: some services write one `siteOwner` here and `SITE_OWNER` there.
    private static func folded(_ word: String) -> String { word.lowercased().filter { $0 != "_" } }
}
