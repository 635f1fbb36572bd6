import FerryAPI
import FerryCore
import FerryTesting
import Testing

/// What a service of one's own is proven by is bound to its host: neither a redirect nor the address of a next page takes
/// it elsewhere.
@Suite struct AuthHostTests {
    @Test(arguments: AuthKind.all.keys.sorted())
    func nothingIsAskedOfAnotherHost(_ name: String) async throws {
        let elsewhere: @Sendable (LoopbackService.Request) -> LoopbackService.Answer = { _ in
            LoopbackService.Answer(#"{"access_token":"stolen","books":[{"id":"b2"}],"next":null}"#)
        }
        try await LoopbackService.with(elsewhere) { other async throws in
            try await GuardedShelf.with(name) { world, shelf, service async throws in
                for status in [301, 302, 303, 307, 308] {
                    shelf.mode = .moved(status, other.url)
                    let job = try await world.once("books", .pull).job
                    #expect(job.error?.code == "service.redirect", "\(status): \(job)")
                }
                let push = try await world.once("books", .push).job
                #expect(push.error?.code == "service.redirect", "\(push)")
                if shelf.kind.isGrant {
                    shelf.mode = .tokensMoved(other.url)
                    #expect(try await world.once("books", .pull).job.error?.code == "service.redirect")
                }
                shelf.mode = .continued(other.url)
                for integration in ["followed", "linked"] {
                    let job = try await world.once(integration, .pull).job
                    #expect(job.error?.code == "contract.next_elsewhere", "\(integration): \(job)")
                }
                #expect(other.requests.isEmpty, "\(other.requests)")
                // By another scheme it is another host as well.
                shelf.mode = .continued(service.url.replacing("http:", with: "https:"))
                #expect(try await world.once("followed", .pull).job.error?.code == "contract.next_elsewhere")
                shelf.mode = .good
                #expect(try await world.once("books", .pull).job.state == .succeeded)
                #expect(try await world.once("books", .push).job.state == .succeeded)
            }
        }
    }
}
