import FerryCore
import FerryHTTP
import FerryServices
import Synchronization
import Testing

/// What an endpoint asks of its gate, and what it tells it.
@Suite struct GateTests {
    @Test func everyExchangePassesTheGateTheSecondKeysOfTheSameAccount() async throws {
        let gate = WatchedGate()
        let client = ScriptedClient { request in
            request.header("X-Secret-Key") == "s-key-0002" ? .ok("[]") : HTTPResponse(status: 401)
        }
        try await tableService(client, gate: gate).check()
        #expect(client.requests.count == 2)
        #expect(gate.events == [.admitted, .settled(.silent), .admitted, .settled(.silent)])
        #expect(Set(gate.accounts).count == 1)
    }

    @Test func anotherKeyOrAnotherHostIsAnotherAccount() async throws {
        let gate = WatchedGate()
        let client = ScriptedClient(200, "[]")
        try await tableService(client, gate: gate).check()
        try await tableService(client, settings: ["collection_id": "another"], gate: gate).check()
        try await tableService(client, vault: Vault(["primary": "x", "secondary": "y"]), gate: gate).check()
        try await tableService(client, settings: ["plugin_host": "https://b.example"], gate: gate).check()
        #expect(gate.accounts[0] == gate.accounts[1])
        #expect(Set(gate.accounts).count == 3)
    }

    @Test func aRequestThatFailsGivesItsPermitBackToo() async throws {
        let gate = WatchedGate()
        let client = ScriptedClient { _ in
            throw HTTPFailure(kind: .connect, message: "no way", mayHaveBeenSent: false)
        }
        #expect(await failure { try await tableService(client, gate: gate).check() }?.code == .networkUnreachable)
        #expect(gate.events == [.admitted, .settled(.silent)])
    }

    @Test func noRequestIsMadeThatTheGateDoesNotLetPass() async throws {
        let gate = WatchedGate()
        gate.refusal.withLock { $0 = SyncFailure(.rateLimited, .serviceRateLimited, "not now") }
        let client = ScriptedClient(200, "[]")
        #expect(await failure { try await tableService(client, gate: gate).check() }?.code == .serviceRateLimited)
        #expect(client.requests.isEmpty)
    }

    @Test func aKeyThatWasRenewedDuringTheWaitIsUsed() async throws {
        let vault = Vault()
        let gate = WatchedGate()
        gate.onAdmission.withLock { hook in hook = { vault["primary"] = "p-key-0003" } }
        let client = ScriptedClient(200, "[]")
        try await tableService(client, vault: vault, gate: gate).check()
        #expect(client.requests.map { $0.header("X-Secret-Key") } == ["p-key-0003"])
        // It is of another account, which must be asked as well.
        #expect(gate.accounts.count == 2 && Set(gate.accounts).count == 2)
        #expect(gate.events == [.admitted, .settled(.silent), .admitted, .settled(.silent)])
    }

    @Test func drawsFromTheBudgetsOfAllRequestsAndFromThoseThatARequestNames() async throws {
        let gate = WatchedGate()
        let limits = LimitsDescription(budgets: [
            BudgetDescription(period: .seconds(1), requests: Template(literal: "20"), burst: Template(literal: "5")),
            BudgetDescription(name: "mutate", period: .seconds(1), requests: Template(literal: "3")),
            // A setting that is 0.
            BudgetDescription(period: .seconds(60), requests: try Template(parsing: "${settings.none}")),
        ])
        let client = ScriptedClient(200, "[]")
        try await tableService(client, settings: ["none": 0], gate: gate, limits: limits).check()
        #expect(gate.drawn == [[RequestBudget(period: .seconds(1), requests: 20, burst: 5)]])
    }

    @Test(arguments: [
        (429, ["Retry-After": "7"], RateSignal(isRefusal: true, pause: .seconds(7))),
        (429, ["Retry-After": "Sun, 06 Nov 1994 08:49:47 GMT"], RateSignal(isRefusal: true, pause: .seconds(10))),
        (429, [:], RateSignal(isRefusal: true)),
        (
            429, ["X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9"],
            RateSignal(isRefusal: true, pause: .seconds(9), remaining: 0, reset: .seconds(9))
        ),
        (503, ["Retry-After": "7"], RateSignal(pause: .seconds(7))),
        // Some say it in every answer.
        (200, ["Retry-After": "7"], .silent),
        (
            200, ["X-RateLimit-Remaining": "4", "X-RateLimit-Reset": "9"],
            RateSignal(remaining: 4, reset: .seconds(9))
        ),
        (
            403, ["X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9"],
            RateSignal(isRefusal: true, pause: .seconds(9), remaining: 0, reset: .seconds(9))
        ),
    ])
    func tellsTheGateWhatAnAnswerSays(status: Int, headers: [String: String], signal: RateSignal) async throws {
        let gate = WatchedGate()
        let list = headers.map { HTTPHeader(name: $0.key, value: $0.value) }
        let service = try tableService(ScriptedClient(status, "[]", headers: list), gate: gate)
        let failure = await failure { try await service.check() }
        #expect(gate.events == [.admitted, .settled(signal)])
        #expect((failure?.kind == .rateLimited) == signal.isRefusal)
        if signal.isRefusal { #expect(failure?.retryAfter == signal.pause) }
    }

    @Test func aForbiddenRequestWithRequestsLeftIsNoRateLimit() async throws {
        let headers = [HTTPHeader(name: "X-RateLimit-Remaining", value: "1")]
        let service = try tableService(ScriptedClient(403, "no", headers: headers))
        #expect(await failure { try await service.check() }?.kind == .auth)
    }
}

/// A gate that everybody passes after a wait, and that keeps what it was told.
private final class WatchedGate: RequestGate {
    enum Event: Equatable {
        case admitted
        case settled(RateSignal)
    }

    let refusal = Mutex<SyncFailure?>(nil)
    let onAdmission = Mutex<(@Sendable () -> Void)?>(nil)
    private let kept = Mutex<(events: [Event], accounts: [AccountKey], drawn: [[RequestBudget]])>(([], [], []))

    var events: [Event] { kept.withLock { $0.events } }
    var accounts: [AccountKey] { kept.withLock { $0.accounts } }
    var drawn: [[RequestBudget]] { kept.withLock { $0.drawn } }

    func admit(_ account: AccountKey, drawing budgets: [RequestBudget]) throws -> RequestPermit {
        if let failure = refusal.withLock({ $0 }) { throw failure }
        onAdmission.withLock { $0 }?()
        kept.withLock { kept in
            kept.events.append(.admitted)
            kept.accounts.append(account)
            kept.drawn.append(budgets)
        }
        return RequestPermit(account: account, budgets: budgets, hasWaited: true)
    }

    func settle(_ permit: RequestPermit, _ signal: RateSignal) {
        kept.withLock { $0.events.append(.settled(signal)) }
    }
}
