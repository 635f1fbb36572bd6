import FerryCore
import FerryHTTP
import FerryJSON
import FoundationEssentials

/// Decides what an answer, or the lack of one, means (design §4.6).
///
/// The description's rules come first; then: network errors, 408, 425 and 5xx are transient, 429 asks to wait, 401
/// and 403 refuse the credentials, 404 and redirects are a wrong address, 413 is too large, what no other data would
/// change is a wrong configuration, other 4xx refuse the data.
struct AnswerClassifier: Sendable {
    let title: String
    let messagePaths: [FieldPath]
    let rules: [ErrorRule]
    /// How deeply an answer's JSON may nest for its body to be looked into.
    var maximumDepth = JSONDepth.standard

    /// The longest body with a good status that rules look into, in bytes.
    private static let largestGoodBody = 64 << 10

    /// The failure that an answer stands for; `nil` for success.
    ///
    /// - Parameters:
    ///   - isWrite: whether the request changes something at the service.
    ///   - isExhausted: whether the answer says that no more requests are left: services refuse with 403 then, too.
    ///   - scrubber: what takes the secrets out that the service may echo; made only when something is said.
    func failure(
        of response: HTTPResponse,
        isWrite: Bool,
        isExhausted: Bool = false,
        now: Date,
        scrubber: () -> SecretScrubber
    ) -> SyncFailure? {
        let rules = rules.filter { $0.statuses.contains(response.status) }
        let isGood = Self.defaultVerdict(of: response.status) == .done
        guard !rules.isEmpty || !isGood else { return nil }
        // An error page may be anything. A large page of records says no such thing, and is read once as it is.
        let isReadable = !isGood || response.body.count <= Self.largestGoodBody
        let body = isReadable ? try? JSONValue(parsing: response.body, maximumDepth: maximumDepth) : nil
        let rule = rules.first { rule in
            rule.body.allSatisfy { body?.value(at: $0.path) == $0.value }
                && rule.has.allSatisfy { body?.value(at: $0)?.isNull == false }
                && (rule.text.map { isReadable && response.body.firstRange(of: Array($0.utf8)) != nil } ?? true)
        }
        var verdict = rule?.verdict ?? Self.defaultVerdict(of: response.status)
        if rule == nil, response.status == 403, isExhausted { verdict = .rate }
        guard verdict != .done else { return nil }
        let said = ErrorMessage(paths: messagePaths, scrubber: scrubber()).text(of: response, body: body)
        let answer = "\(title) answered \(response.status)" + (said.isEmpty ? "" : ": \(said)")
        switch verdict {
        case .done: return nil
        case .retry:
            return SyncFailure(
                .transient,
                .serviceUnavailable,
                answer,
                retryAfter: RateHeaders.retryAfter(of: response, now: now),
                effect: isWrite ? .unknown : .none
            )
        case .rate:
            return SyncFailure(
                .rateLimited,
                .serviceRateLimited,
                answer,
                // Waiting for a limit spends no attempt, so that a wait of nothing would ask again and again.
                retryAfter: RateHeaders.retryAfter(of: response, now: now).map { max($0, .seconds(1)) }
            )
        case .auth: return SyncFailure(.auth, .authRejected, answer)
        // A page is too large only where the description knows of such an answer.
        case .batch where isWrite || rule != nil:
            return SyncFailure(
                .batchTooLarge,
                .serviceBatchTooLarge,
                answer,
                hint: isWrite ? nil : "ask for smaller pages ('page_size')"
            )
        case .gone where isWrite: return SyncFailure(.gone, .serviceNotFound, said.isEmpty ? answer : said)
        case .record where isWrite: return SyncFailure(.record, .recordRefused, said.isEmpty ? answer : said)
        case .part:
            return SyncFailure(
                .part,
                .serviceRefused,
                answer,
                hint: "see at the service who may use it; the rest is in place"
            )
        case .batch, .gone, .record, .config: return configFailure(of: response.status, answer)
        }
    }

    /// The failure that the lack of an answer stands for.
    func failure(of failure: HTTPFailure, isWrite: Bool) -> SyncFailure {
        let effect: SyncFailure.Effect = isWrite && failure.mayHaveBeenSent ? .unknown : .none
        switch failure.kind {
        case .resolve, .connect:
            return SyncFailure(
                .transient,
                .networkUnreachable,
                failure.message,
                hint: "check the address in 'config', the network and the service itself"
            )
        case .tls:
            return SyncFailure(
                .config,
                .tlsRefused,
                failure.message,
                hint: Self.hint(for: failure.tlsCause)
            )
        case .unencrypted:
            return SyncFailure(
                .config,
                .tlsRequired,
                failure.message,
                hint: "write https:// in 'config'; if the network may be trusted with the credentials, "
                    + "'connection: { plain_http: true }' lets it be"
            )
        case .timeout: return SyncFailure(.transient, .networkTimeout, failure.message, effect: effect)
        case .interrupted: return SyncFailure(.transient, .networkInterrupted, failure.message, effect: effect)
        case .tooLarge:
            return SyncFailure(
                isWrite ? .contract : .batchTooLarge,
                isWrite ? .contractShape : .serviceBatchTooLarge,
                failure.message,
                hint: "ask for smaller pages ('page_size')",
                effect: effect
            )
        case .notTaken: return SyncFailure(.local, .storeUnavailable, failure.message, effect: effect)
        case .invalidRequest:
            return SyncFailure(.config, .configInvalidValue, failure.message, hint: "check the values in 'config'")
        case .cancelled, .shutDown:
            return SyncFailure(.transient, .networkInterrupted, failure.message, effect: effect)
        }
    }

    /// What to do where no TLS session came about.
    private static func hint(for cause: TLSCause?) -> String {
        switch cause {
        case .expired:
            "the service's certificate has expired: whoever runs it has to renew it, unless this machine's clock is wrong "
                + "('timedatectl' shows it)"
        case .notYetValid: "this machine's clock is behind, or the certificate's is ahead: 'timedatectl' shows it"
        case .selfSigned:
            "if it is a service of your own, name its certificate as 'ca_file' under 'connection'; else somebody is in "
                + "between"
        case .unknownAuthority:
            "if the service's authority is your own, name its certificate as 'ca_file' under 'connection'; else the "
                + "service has to send the certificates between its own and the root"
        case .wrongHost: "check the host in 'config': the certificate is another one's"
        case .oldVersion: "the service has to speak TLS 1.2 or later"
        case .noTLS: "check the port in 'config': what answers there speaks no TLS"
        case .authorityFile:
            "check that the 'ca_file' under 'connection' is there, is PEM, and may be read by ferryd's user"
        case .clientCertificate:
            "the service wants a certificate that it knows: name it as 'client_certificate' under 'connection'"
        case .clientFile:
            "check that the files of the 'client_certificate' under 'connection' belong together, have no passphrase and "
                + "may be read by ferryd's user"
        case nil: "check the host name, the clock and the certificate authorities of this machine"
        }
    }

    private static func defaultVerdict(of status: Int) -> ErrorRule.Verdict {
        switch status {
        case 200..<300: .done
        case 408, 425, 500...: .retry
        case 429: .rate
        case 401, 403: .auth
        case 300..<400, 402, 404...407, 411, 415, 421, 426, 431, 451: .config
        case 413: .batch
        default: .record
        }
    }

    private func configFailure(of status: Int, _ answer: String) -> SyncFailure {
        switch status {
        case 300..<400:
            SyncFailure(
                .config,
                .serviceRedirect,
                "\(answer): it points to another address, which credentials are never sent to",
                hint: "write the final address into 'config'"
            )
        case 404, 405:
            SyncFailure(
                .config,
                .serviceNotFound,
                answer,
                hint: "check the address and the identifiers in 'config'"
            )
        default:
            SyncFailure(.config, .serviceRefused, answer, hint: "check the settings in 'config'")
        }
    }
}
