import FerryCore
import Testing

@Suite struct PackedStringsTests {
    @Test func givesBackItsStringsInOrder() {
        var strings = PackedStrings(["a", "", "größe", "😹"])
        strings.append(bytes: Array("last".utf8))
        #expect(strings.count == 5)
        #expect(strings.strings == ["a", "", "größe", "😹", "last"])
        #expect(strings[1].isEmpty)
        #expect(strings.range(at: 0) == 0..<1)
        #expect(strings.range(at: 1) == 1..<1)
        #expect(strings.withBytes(at: 2) { Array($0) } == Array("größe".utf8))
    }

    @Test func tellsListsApartWhoseBytesAreTheSame() {
        #expect(PackedStrings(["ab", "c"]) != PackedStrings(["a", "bc"]))
        #expect(PackedStrings(["ab", "c"]) == PackedStrings(["ab", "c"]))
        #expect(PackedStrings([""]) != PackedStrings())
    }

    @Test func isEmptyUntilAStringComesEvenAnEmptyOne() {
        var strings = PackedStrings(reserving: 10)
        #expect(strings.isEmpty)
        strings.append("")
        #expect(!strings.isEmpty)
    }
}
