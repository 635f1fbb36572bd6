import FerryCore
import FerryHTTP
import FerryJSON

// How requests are made of their templates.
extension HTTPService {
    /// The address of a request.
    func url(of template: RequestTemplate, scope: TemplateScope) -> String {
        var url = endpoint(template.host).base + (scope.text(template.path) ?? "")
        var separator = url.contains("?") ? "&" : "?"
        for (name, value) in template.query {
            guard let text = scope.text(value) else { continue }
            url += "\(separator)\(PercentEncoding.segment(name))=\(PercentEncoding.segment(text))"
            separator = "&"
        }
        return url
    }

    /// The scheme and host that a request goes to.
    func origin(of template: RequestTemplate) -> String {
        let base = endpoint(template.host).base
        guard let end = base.firstRange(of: "://")?.upperBound else { return base }
        return String(base.prefix(upTo: base[end...].firstIndex { "/?#".contains($0) } ?? base.endIndex))
    }

    /// A host by its name; the description's checks rule out one that is not there.
    func endpoint(_ name: String?) -> ServiceEndpoint {
        name.flatMap { hosts[$0] } ?? main
    }

    /// The setting without which a request cannot be made.
    func missing(for template: RequestTemplate) -> String? {
        let scope = TemplateScope(settings: settings)
        for case .expression(let expression) in template.path.pieces
        where expression.references.allSatisfy({ $0.scope == .settings }) {
            if let name = scope.missingReference(in: Template(pieces: [.expression(expression)])) { return name }
        }
        return endpoint(template.host).credentials.missing
    }

    /// A request as it goes out.
    func request(
        _ template: RequestTemplate,
        to url: String?,
        scope: TemplateScope,
        body: [UInt8]?,
        credential: Credentials.Credential?
    ) -> HTTPRequest {
        var headers = [HTTPHeader(name: "Accept", value: "application/json")]
        var body = body ?? template.body.flatMap { scope.value($0) }.map { Array($0.serialized.utf8) }
        if case .member(let name)? = credential?.place { body = Self.body(body, with: name, credential?.value ?? "") }
        if body != nil { headers.append(HTTPHeader(name: "Content-Type", value: "application/json")) }
        for (name, value) in description.headers + template.headers {
            if let text = scope.text(value) { headers.append(HTTPHeader(name: name, value: text)) }
        }
        if let credential, case .header(let name) = credential.place {
            headers.append(HTTPHeader(name: name, value: credential.value))
        }
        if let least = template.gzipMinimum, let plain = body, plain.count >= least, let small = Gzip.compress(plain) {
            body = small
            headers.append(HTTPHeader(name: "Content-Encoding", value: "gzip"))
        }
        return HTTPRequest(
            method: template.method.rawValue,
            url: url ?? self.url(of: template, scope: scope),
            headers: headers,
            body: body,
            timeout: template.timeout
        )
    }

    /// An object with one more member, its first.
    private static func body(_ body: [UInt8]?, with name: String, _ value: String) -> [UInt8] {
        var whole = Array("{\(JSONValue.string(name).serialized):\(JSONValue.string(value).serialized)".utf8)
        // The description's checks rule out a body that is no object.
        let rest = (body ?? Array("{}".utf8)).dropFirst()
        if rest.first != UInt8(ascii: "}") { whole.append(UInt8(ascii: ",")) }
        return whole + rest
    }
}
