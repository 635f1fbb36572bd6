import FerryAPI
import FerryCore
import FerryJSON
import FerrySandbox
import FerryTesting
import Foundation
import Testing

/// What a service of one's own is proven by is nowhere but where it belongs, though the service says aloud all that it is
/// sent: passwords, keys, clients' secrets, refresh tokens, signatures and the tokens that they are good for.
@Suite struct AuthSecretTests {
    @Test(arguments: AuthKind.all.keys.sorted())
    func noSecretIsLeftAnywhere(_ name: String) async throws {
        try await GuardedShelf.with(name) { world, shelf, service async throws in
            try world.write(
                settings: "stores: { shop: { type: sqlite, path: \(world.shop) } }\nlog: { level: trace }\n"
            )
            let watch = SecretWatch(world, integration: "books")
            let daemon = try await world.startDaemon()
            #expect(try await world.sync("books", .push).state == .succeeded)
            #expect(try await world.sync("books", .pull).state == .succeeded)
            try await watch.askSocket()
            try await watch.tryStream("books", of: "guarded")

            try world.changeShop("INSERT INTO book VALUES ('2')")
            shelf.mode = .refusing(400)
            #expect(try await world.sync("books", .push).progress.quarantined == 1)
            #expect(try await world.sync("books", .pull).state == .failed)
            try world.changeShop("INSERT INTO book VALUES ('3')")
            shelf.mode = .refusing(401)
            #expect(try await world.sync("books", .push).error?.code == "auth.rejected")
            shelf.mode = .refusingAll
            #expect(try await world.sync("books", .pull).state == .failed)
            try await watch.askEverything()
            try await watch.tryStream("books", of: "guarded")

            shelf.mode = .stalling
            let count = service.requests.count
            _ = try await world.enqueue("books", .push)
            try await eventually("a request is under way") { service.requests.count > count }
            try await daemon.terminate()
            let signed = service.requests.compactMap { request in
                request.body.split(separator: "&").first { $0.hasPrefix("assertion=") }.map { String($0.dropFirst(10)) }
            }
            let key = try JSONValue(parsing: world.sandbox.searchConsole.keyFile(at: service.url))
            let lines = try #require(key["private_key"]?.string).split(separator: "\n").filter {
                !$0.hasPrefix("-----")
            }
            let secrets =
                [AuthKind.secretMark, AuthKind.accessMark, AuthKind.basicOfUser, AuthKind.basicOfClient]
                + [try #require(key["private_key_id"]?.string)] + lines.map(String.init) + signed
            try watch.expectNone(of: secrets, kept: [AuthKind.refreshMark], saidBy: [daemon])

            shelf.mode = .good
            let second = try await world.startDaemon()
            let job = try #require(try await world.jobs().first)
            _ = try await world.job(job.id)
            try await watch.askSocket()
            try await world.stop(second)
            try watch.expectNone(of: secrets, kept: [AuthKind.refreshMark], saidBy: [daemon, second])
            #expect((name == "jwt_grant") == !signed.isEmpty)
        }
    }
}
