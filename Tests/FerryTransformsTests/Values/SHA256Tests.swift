import FerryCore
import Testing

@Suite struct SHA256Tests {
    /// NIST's examples with SHA-256 (FIPS 180-4 and the Cryptographic Algorithm Validation Program).
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
        ),
        (String(repeating: "a", count: 1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ])
    func theDigestsAreThoseOfTheStandard(text: String, expected: String) throws {
        #expect(try apply(builtIn("sha256"), to: text) == expected)
    }

    /// Lengths around the ends of blocks; the digests are those of `sha256sum`.
    @Test(arguments: [
        (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        (55, "0ce3c38e6892ad6da62f55377c2c108450ccc8c03368dd8808032d931833751b"),
        (56, "5dfc1df14d83a68182178d2b969afca930560b7039b17f35404fe26655564071"),
        (57, "189a6f00da9cb03eeef0e618d37f222fdbaedf2def0fcaf81634bc2bfd09962d"),
        (63, "37621d2597c648b64dab0696bdd6b39fe84e7aa1f97848c37b4fdb6bffd943e4"),
        (64, "cb386dbefb43c76b3b871f337ef3f7966f977b44f276e74a1d59a6b48ba7a85e"),
        (65, "ff3ee31de2ef7da544230c894cd782cb9d03910f52781f0fb8d2652c63715eb1"),
        (119, "0a2fa05b8f5f140726dc13fc104d9ca5fff611b86aa22d12324c5d95b7cfaf08"),
        (120, "5d77fb822844a1b08e79a1dcbde9a09e33fb9bb234af385c4ed3197cf745ec08"),
        (127, "bab144684943f4b8fbdf9910a699c6738165e1508aa75601502f933ec243b500"),
        (128, "975f890a3236fafb3dc373f832902f24c36e6d0c8f365ffa1a086776e20f2dd0"),
    ])
    func theDigestIsRightWhereverTheLastBlockEnds(count: Int, expected: String) throws {
        let text = String(decoding: (0..<count).map { UInt8($0 * 7 % 128) }, as: UTF8.self)
        #expect(try apply(builtIn("sha256"), to: text) == expected)
    }

    @Test func otherKindsAreRefused() throws {
        #expect(try refusal("sha256", .number, "1") == "'sha256' expects a string, and the value is a number")
    }
}
