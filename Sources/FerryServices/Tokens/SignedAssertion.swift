import CryptoExtras
import FerryCore
import FerryJSON
import FoundationEssentials

/// What is claimed to be given a token, signed with a private key (RFC 7523, §2.1).
struct SignedAssertion: Sendable {
    /// The private key, as PEM.
    let key: String
    let keyID: String?
    /// The claims, but for the times.
    let claims: [JSONValue.Member]
    let lifetime: Duration

    /// How long before its end a token that was given for one is no longer used, in seconds.
    static let margin = 120.0

    /// What tells one claimant from another.
    var credential: String {
        [key, keyID ?? "", JSONValue.object(claims).serialized].map { "\($0.utf8.count) \($0)" }.joined()
    }

    /// The assertion as it is sent: a JSON Web Token (RFC 7519) with the signature RS256 (RFC 7518, §3.3).
    ///
    /// - Throws: ``SyncFailure`` with the code `secret.unavailable` when the key is none; nothing of it is in the message.
    func text(at date: Date) throws -> String {
        var header: [JSONValue.Member] = [.init(key: "alg", value: "RS256"), .init(key: "typ", value: "JWT")]
        if let keyID { header.append(.init(key: "kid", value: .string(keyID))) }
        let now = Int(date.timeIntervalSince1970)
        let times: [JSONValue.Member] = [
            .init(key: "iat", value: .integer(now)),
            .init(key: "exp", value: .integer(now + Int(lifetime.components.seconds))),
        ]
        let signed = [JSONValue.object(header), .object(claims + times)]
            .map { Self.base64URL(Data($0.serialized.utf8)) }.joined(separator: ".")
        // What the library says of a key that it cannot read may quote it.
        guard let key = try? _RSA.Signing.PrivateKey(pemRepresentation: key),
            let signature = try? key.signature(for: Data(signed.utf8), padding: .insecurePKCS1v1_5)
        else {
            throw SyncFailure(
                .auth,
                .secretUnavailable,
                "the private key cannot be used: it is no RSA key of 2048 bits or more in PEM (PKCS #8)",
                hint: "give the key file as it was downloaded, and the whole of it"
            )
        }
        return "\(signed).\(Self.base64URL(signature.rawRepresentation))"
    }

    /// Base 64 with the alphabet for addresses, without padding (RFC 7515, §2).
    private static func base64URL(_ data: Data) -> String {
        var text = ""
        for character in data.base64EncodedString() {
            switch character {
            case "+": text.append("-")
            case "/": text.append("_")
            case "=": break
            default: text.append(character)
            }
        }
        return text
    }
}
