import FerryCore
import Testing

struct AccountKeyTests {
    private let accounts = AccountFingerprint(salt: Array(repeating: 7, count: 32))

    @Test(arguments: [
        ("https://api.example.com/v1/x?y=1", "https://api.example.com:443"),
        ("HTTPS://API.Example.com", "https://api.example.com:443"),
        ("http://api.example.com:8080/a:b", "http://api.example.com:8080"),
        ("http://user:pass@host/", "http://host:80"),
        ("http://[::1]/x", "http://[::1]:80"),
        ("http://[::1]:9/x", "http://[::1]:9"),
    ])
    func isOfTheAddressUpToThePort(url: String, origin: String) {
        let key = accounts.key(url: url, credential: "k")
        #expect(key.rawValue.hasPrefix(origin + " "))
        #expect(key == accounts.key(url: origin, credential: "k"))
    }

    @Test func tellsTheSameCredentialFromAnotherAndNothingElse() {
        let url = "https://api.example.com"
        let key = accounts.key(url: url, credential: "a-secret-key")
        #expect(key == accounts.key(url: url, credential: "a-secret-key"))
        #expect(key != accounts.key(url: url, credential: "a-secret-kez"))
        #expect(key != accounts.key(url: "https://api.example.org", credential: "a-secret-key"))
        #expect(!key.rawValue.contains("secret"))
        #expect(key.rawValue.split(separator: " ").last?.count == 16)
        // What one ledger knows says nothing in another.
        #expect(key != AccountFingerprint(salt: []).key(url: url, credential: "a-secret-key"))
    }

    @Test func isTheBeginningOfASHA256Digest() {
        // printf '%s' '21 https://e.example:443abc' | sha256sum.
        let key = AccountFingerprint(salt: []).key(url: "https://e.example", credential: "abc")
        #expect(key.rawValue == "https://e.example:443 \(Self.digest)")
    }

    private static let digest = "9687d025e8bc5b1a"
}
