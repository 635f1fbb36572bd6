/// One host of a service: its address, and what requests to it prove themselves with.
///
/// What is for one host never goes to another.
struct ServiceEndpoint: Sendable {
    let base: String
    let credentials: Credentials
}
