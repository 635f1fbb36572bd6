import FerryCore
import FoundationEssentials

/// A token that requests prove themselves with for a while.
struct AccessToken: Sendable, Equatable {
    let text: String
    /// When another one is to be asked for; `nil` when nobody says how long it is good for.
    let renewal: Date?

    /// How long before its end a token is no longer used, in seconds: a request takes its time.
    static let margin = 60.0

    /// A token that was asked for at `date`.
    init(_ text: String, lifetime: Int?, askedAt date: Date, margin: Double = margin) {
        self.text = text
        renewal = lifetime.map { lifetime in
            let lifetime = Double(max(0, lifetime))
            return date.addingTimeInterval(lifetime - min(margin, lifetime / 4))
        }
    }

    /// Whether it can be used at `now`.
    func isFresh(at now: Date) -> Bool { renewal.map { now < $0 } ?? true }
}

/// What a service gives for a request for a token (RFC 6749, §5.1).
struct TokenAnswer: Sendable {
    let access: AccessToken
    /// The refresh token to use from now on, if it is another one.
    let refresh: String?

    /// Reads an answer.
    ///
    /// - Throws: `TokenAnswerError`.
    init(
        _ body: JSONValue,
        askedAt date: Date,
        margin: Double = AccessToken.margin
    ) throws(TokenAnswerError) {
        guard let text = body["access_token"]?.string, !text.isEmpty,
            text.unicodeScalars.allSatisfy({ (0x21...0x7E).contains($0.value) })
        else { throw TokenAnswerError(message: "it has no 'access_token'") }
        if let type = body["token_type"]?.string, type.lowercased() != "bearer" {
            throw TokenAnswerError(message: "its tokens are of another type than 'bearer'")
        }
        // A number as the standard has it; a text as some services write it.
        let lifetime = body["expires_in"].flatMap { $0.integer ?? $0.string.flatMap { Int($0) } }
        access = AccessToken(text, lifetime: lifetime, askedAt: date, margin: margin)
        refresh = body["refresh_token"]?.string.flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// An answer that is not what the standard says.
struct TokenAnswerError: Error {
    let message: String
}
