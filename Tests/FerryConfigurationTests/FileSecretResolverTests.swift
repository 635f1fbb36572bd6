import FerryConfiguration
import FerryCore
import Testing

struct FileSecretResolverTests {
    private let world: World

    init() throws {
        world = try World()
    }

    private func failure(_ reference: SecretReference, _ environment: [String: String] = [:]) -> SyncFailure? {
        #expect(throws: SyncFailure.self) {
            try FileSecretResolver(environment: environment).resolve(reference)
        }
    }

    @Test(
        "one line break at a secret's end is left out, and nothing else",
        arguments: [("key", "key"), ("key\n", "key"), ("key\r\n", "key"), ("key\n\n", "key\n"), (" key ", " key ")]
    )
    func stripsOneLineBreak(_ content: String, _ secret: String) throws {
        try world.write("key", content)
        let resolver = FileSecretResolver(environment: ["CREDENTIALS_DIRECTORY": world.directory, "KEY": content])
        #expect(try resolver.resolve(.credential("key")).exposed() == secret)
        #expect(try resolver.resolve(.file(world.directory + "/key")).exposed() == secret)
        #expect(try resolver.resolve(.environment("KEY")).exposed() == secret)
    }

    @Test("a secret that changes is read anew")
    func readsAnew() throws {
        let resolver = FileSecretResolver(environment: [:])
        try world.write("key", "one")
        #expect(try resolver.resolve(.file(world.directory + "/key")).exposed() == "one")
        try world.write("key", "two")
        #expect(try resolver.resolve(.file(world.directory + "/key")).exposed() == "two")
    }

    @Test("a literal is what it is")
    func resolvesALiteral() throws {
        #expect(try FileSecretResolver().resolve(.literal(Secret("key"))).exposed() == "key")
    }

    @Test("a secret that is not there is named, with what to do")
    func namesWhatIsMissing() throws {
        let credential = try #require(failure(.credential("key")))
        #expect(credential.kind == .auth)
        #expect(credential.code == .secretUnavailable)
        #expect(credential.message == "credential 'key' is not there: no credentials were handed over")
        #expect(
            credential.hint
                == "start it as a systemd service with LoadCredential=key:/path, or set CREDENTIALS_DIRECTORY"
        )
        let other = try #require(failure(.credential("key"), ["CREDENTIALS_DIRECTORY": world.directory]))
        #expect(other.message == "credential 'key' cannot be read")
        let file = try #require(failure(.file("/nowhere/key")))
        #expect(file.message == "file '/nowhere/key' cannot be read")
        let variable = try #require(failure(.environment("KEY"), ["KEY": ""]))
        #expect(variable.message == "environment variable 'KEY' is not set")
    }

    @Test("a credential's name cannot lead out of the credentials' directory", arguments: ["../key", "..", "a/b"])
    func staysInside(_ name: String) throws {
        let refusal = try #require(failure(.credential(name), ["CREDENTIALS_DIRECTORY": world.directory]))
        #expect(refusal.message == "credential '\(name)' has a name that is a path")
    }

    @Test("an empty secret and one that is no text are refused", arguments: [[], [0x0A], [0xFF]] as [[UInt8]])
    func refusesWhatIsNoSecret(_ bytes: [UInt8]) throws {
        try world.write("key", bytes: bytes)
        let refusal = try #require(failure(.file(world.directory + "/key")))
        #expect(refusal.code == .secretUnavailable)
    }
}
