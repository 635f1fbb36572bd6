import FerryConfiguration
import Testing

struct SpellingTests {
    @Test(
        "the nearest spelling is found, and nothing that is too far",
        arguments: [
            ("stroe", "store"), ("maxFailed", "max_failed"), ("max-failed", "max_failed"), ("Type", "type"),
            ("entites", "entities"), ("xyz", nil), ("id2", "id"), ("idd", "id"), ("", nil),
        ]
    )
    func findsTheNearest(_ word: String, _ expected: String?) {
        let keys = ["add", "id", "name", "type", "store", "entities", "max_failed"]
        #expect(Spelling.nearest(to: word, in: keys) == expected)
    }
}
