import CryptoExtras
import FoundationEssentials
import Synchronization

/// A service account with a throw-away key: what it signs is verified as the vendor's token endpoint would.
final class SandboxServiceAccount: Sendable {
    /// What a token is asked for.
    struct Claims {
        let scope: String
    }

    static let email = "ferry@sandbox.iam.gserviceaccount.com"
    static let keyID = "5a4d0b0c7f1e4c0e9f6a2b3c4d5e6f708192a3b4"
    private static let audience = "https://oauth2.googleapis.com/token"
    private static let grantType = "urn:ietf:params:oauth:grant-type:jwt-bearer"

    // Made when it is first wanted, since that takes a while.
    private let made = Mutex<_RSA.Signing.PrivateKey?>(nil)

    private var key: _RSA.Signing.PrivateKey? {
        made.withLock { made in
            if made == nil { made = try? _RSA.Signing.PrivateKey(keySize: .bits2048) }
            return made
        }
    }

    var publicKey: String { key?.publicKey.pemRepresentation ?? "" }

    func keyFile(tokenURL: String) -> String {
        """
        {
          "type": "service_account",
          "project_id": "sandbox",
          "private_key_id": \(jsonLiteral(Self.keyID)),
          "private_key": \(jsonLiteral(key?.pkcs8PEMRepresentation ?? "")),
          "client_email": \(jsonLiteral(Self.email)),
          "client_id": "100000000000000000001",
          "auth_uri": "https://accounts.google.com/o/oauth2/auth",
          "token_uri": \(jsonLiteral(tokenURL)),
          "universe_domain": "googleapis.com"
        }

        """
    }

    /// Checks what a token is asked for with.
    ///
    /// - Parameter now: seconds since 1970.
    /// - Throws: `TokenRefusal`.
    func claims(grantType: String?, assertion: String?, tokenURL: String, now: Int) throws(TokenRefusal) -> Claims {
        guard grantType == Self.grantType else {
            throw TokenRefusal("unsupported_grant_type", "Invalid grant_type: \(grantType ?? "")")
        }
        let parts = (assertion ?? "").split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Self.document(parts[0]), let claims = Self.document(parts[1]),
            let signature = Self.decoded(parts[2])
        else { throw TokenRefusal("invalid_request", "Bad Request: the assertion is no JSON Web Token") }
        guard header.root["alg"]?.string == "RS256", header.root["typ"]?.string == "JWT",
            header.root["kid"]?.string == Self.keyID
        else { throw TokenRefusal("invalid_grant", "Invalid JWT: header") }
        let signed = Data(parts[0].utf8 + [UInt8(ascii: ".")] + parts[1].utf8)
        let isGenuine = key?.publicKey.isValidSignature(
            _RSA.Signing.RSASignature(rawRepresentation: Data(signature)),
            for: signed,
            padding: .insecurePKCS1v1_5
        )
        guard isGenuine == true else { throw TokenRefusal("invalid_grant", "Invalid JWT Signature.") }
        guard claims.root["iss"]?.string == Self.email else {
            throw TokenRefusal("invalid_grant", "Invalid grant: account not found")
        }
        guard let audience = claims.root["aud"]?.string, [Self.audience, tokenURL].contains(audience) else {
            throw TokenRefusal("invalid_grant", "Invalid JWT: Failed audience check.")
        }
        guard let issued = claims.root["iat"]?.integer, let end = claims.root["exp"]?.integer,
            end > issued, end - issued <= 3600, abs(issued - now) <= 300, end > now
        else {
            throw TokenRefusal(
                "invalid_grant",
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
                    + "Check your iat and exp values in the JWT claim."
            )
        }
        guard let scope = claims.root["scope"]?.string, !scope.isEmpty else {
            throw TokenRefusal("invalid_scope", "Invalid OAuth scope or ID token audience provided.")
        }
        return Claims(scope: scope)
    }

    private static func document(_ part: Substring) -> JSONDocument? {
        decoded(part).flatMap { bytes in
            guard let document = try? JSONDocument(bytes), document.root.kind == .object else { return nil }
            return document
        }
    }

    /// Undoes base 64 with the alphabet for addresses, which has no padding.
    static func decoded(_ text: Substring) -> [UInt8]? {
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for byte in text.utf8 {
            let value: UInt8
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = byte - UInt8(ascii: "A")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = byte - UInt8(ascii: "a") + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = byte - UInt8(ascii: "0") + 52
            case UInt8(ascii: "-"): value = 62
            case UInt8(ascii: "_"): value = 63
            default: return nil
            }
            bits = bits << 6 | UInt32(value)
            count += 6
            guard count >= 8 else { continue }
            count -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
        }
        return bytes
    }
}

/// A refusal of the token endpoint, in its shape: the error is a word, not an object.
struct TokenRefusal: Error {
    let error: String
    let description: String

    init(_ error: String, _ description: String) {
        self.error = error
        self.description = description
    }

    var response: SandboxResponse {
        SandboxResponse(
            status: 400,
            json: "{\"error\":\(jsonLiteral(error)),\"error_description\":\(jsonLiteral(description))}"
        )
    }
}
