import FerryCore
import Testing

@Suite struct SyncFailureTests {
    @Test func readsAsASentenceWithItsCodeAndHint() {
        let failure = SyncFailure(.config, .serviceNotFound, "it is not there", hint: "look elsewhere")
        #expect("\(failure)" == "it is not there [service.not_found] (look elsewhere)")
        #expect("\(SyncFailure(.local, .diskFull, "no space"))" == "no space [disk.full]")
    }

    @Test func hasNoEffectUnlessItSaysSo() {
        #expect(SyncFailure(.transient, .networkTimeout, "").effect == SyncFailure.Effect.none)
    }

    @Test func givesEachCodeAFormOfItsOwn() {
        let codes = ErrorCode.allCases.map(\.rawValue)
        #expect(Set(codes).count == codes.count)
        for code in codes {
            #expect(code.split(separator: ".").count == 2, "\(code)")
            #expect(code.allSatisfy { $0.isLowercase || $0 == "." || $0 == "_" }, "\(code)")
        }
    }
}
