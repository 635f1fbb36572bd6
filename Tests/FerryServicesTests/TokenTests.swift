import FerryCore
import FerryHTTP
import FerryJSON
import Foundation
import Synchronization
import Testing

@testable import FerryServices

@Suite struct TokenTests {
    private struct NoAnswer: Error {}

    private final class Counter: Sendable {
        private let value = Mutex(0)
        var count: Int { value.withLock { $0 } }

        func next() -> Int {
            value.withLock { value in
                value += 1
                return value
            }
        }
    }

    private static func answer(
        _ number: Int,
        lifetime: Int? = nil,
        refresh: String? = nil,
        at date: Date = Date(timeIntervalSince1970: 0)
    ) throws -> TokenAnswer {
        var members: [JSONValue.Member] = [.init(key: "access_token", value: .string("token-\(number)"))]
        if let lifetime { members.append(.init(key: "expires_in", value: .integer(lifetime))) }
        if let refresh { members.append(.init(key: "refresh_token", value: .string(refresh))) }
        return try TokenAnswer(.object(members), askedAt: date)
    }

    @Test func aTokenIsUsedUntilShortlyBeforeItExpires() async throws {
        let holder = TokenHolder(file: nil)
        var given: [String] = []
        for (number, second) in [0.0, 3500, 3539, 3541, 3600, 7079].enumerated() {
            let now = Date(timeIntervalSince1970: second)
            let token = try await holder.token(isFresh: { $0.isFresh(at: now) }) {
                try Self.answer(number, lifetime: 3600, at: now)
            }
            given.append(token.text)
        }
        #expect(given == ["token-0", "token-0", "token-0", "token-3", "token-3", "token-3"])
    }

    @Test func ofManyWhoWantATokenOneAsks() async throws {
        let holder = TokenHolder(file: nil)
        let asked = Counter()
        let tokens = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    try await holder.token(isFresh: { (_: AccessToken) in true }) {
                        let number = asked.next()
                        for _ in 0..<100 { await Task.yield() }
                        return try Self.answer(number)
                    }.text
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(tokens == Array(repeating: "token-1", count: 50))
        #expect(asked.count == 1)
    }

    @Test func whereTheOneWhoAsksFailsTheNextAsks() async throws {
        let holder = TokenHolder(file: nil)
        let asked = Counter()
        let failures = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    let token = try? await holder.token(isFresh: { _ in true }) {
                        let number = asked.next()
                        for _ in 0..<10 { await Task.yield() }
                        guard number > 3 else { throw NoAnswer() }
                        return try Self.answer(number)
                    }
                    return token == nil
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(failures == 3)
        #expect(asked.count == 4)
    }

    @Test func aRefusedTokenIsForgottenUnlessThereIsAnotherByNow() async throws {
        let holder = TokenHolder(file: nil)
        let first = try await holder.token(isFresh: { _ in true }) { try Self.answer(1) }
        holder.forget(first.text)
        let second = try await holder.token(isFresh: { _ in true }) { try Self.answer(2) }
        holder.forget(first.text)
        let third = try await holder.token(isFresh: { _ in true }) { try Self.answer(3) }
        #expect([first.text, second.text, third.text] == ["token-1", "token-2", "token-2"])
    }

    @Test func aRefreshTokenThatCannotBeKeptIsKeptLaterAndNotAskedForAgain() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "ferry-\(UUID().uuidString)").path
        // A file stands where the directory is to be.
        try Data().write(to: URL(filePath: folder))
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = RefreshTokenFile(directory: folder, name: "a")
        let holder = TokenHolder(file: file)
        let failure = await failure {
            _ = try await holder.token(isFresh: { _ in true }) { try Self.answer(1, refresh: "refresh-1") }
        }
        #expect(failure?.kind == .local)
        try FileManager.default.removeItem(atPath: folder)
        let token = try await holder.token(isFresh: { _ in true }) { throw NoAnswer() }
        #expect(token.text == "token-1")
        #expect(try file.load() == "refresh-1")
    }

    @Test(arguments: [
        #"{}"#, #"{"access_token":""}"#, #"{"access_token":"a\nb"}"#, #"{"access_token":"a","token_type":"mac"}"#,
        #"{"access_token":5}"#,
    ])
    func whatIsNoTokenIsNotTakenForOne(_ text: String) throws {
        let body = try JSONValue(parsing: text)
        #expect(throws: TokenAnswerError.self) { try TokenAnswer(body, askedAt: Date(timeIntervalSince1970: 0)) }
    }
}
