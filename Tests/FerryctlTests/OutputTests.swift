import FerryAPI
import Testing

@testable import ferryctl

struct OutputTests {
    @Test func tablesAlignTheirColumnsAndHaveNoSpacesAtTheEnd() {
        var table = Table("A", "LONG", "END")
        table.add("wide cell", "x", "")
        table.add("é", "yy", "z")
        let console = Console(descriptor: -1)
        #expect(table.lines(for: console) == ["A          LONG  END", "wide cell  x", "é          yy    z"])
    }

    @Test func cellsCannotCommandTheTerminal() {
        #expect(Table.Cell("a\u{1B}[31mb\nc").text == "a [31mb c")
    }

    @Test(arguments: [
        (0, "just now"), (-999, "just now"), (999, "now"), (-1500, "1.5 s ago"), (12_000, "in 12 s"),
        (-180_000, "3 min ago"), (7_200_000, "in 2 h"), (-172_800_000, "2 d ago"),
    ])
    func timesAreSaidAsPeopleSayThem(distance: Int64, text: String) {
        #expect(RelativeTime.text(1_000_000_000 + distance, now: 1_000_000_000) == text)
    }

    @Test func globalOptionsMayStandBeforeTheCommand() {
        #expect(
            FerryctlMain.hoistingGlobalOptions(["--socket", "/s", "--json", "list", "x"])
                == ["list", "--socket", "/s", "--json", "x"]
        )
        #expect(FerryctlMain.hoistingGlobalOptions(["--json"]) == ["--json"])
        #expect(FerryctlMain.hoistingGlobalOptions(["--socket"]) == ["--socket"])
    }

    @Test func numbersHaveCommasBetweenTheirThousands() {
        #expect([0, 999, 1000, 1_234_567, -1000].map(JobText.grouped) == ["0", "999", "1,000", "1,234,567", "-1,000"])
    }

    @Test func pathsAndQueriesAreEscaped() {
        #expect(DaemonClient.escape("a/b é&~") == "a%2Fb%20%C3%A9%26~")
    }

    @Test func exitCodesFollowTheErrorCode() {
        #expect(ExitStatus(code: "permission.denied") == .notPermitted)
        #expect(ExitStatus(code: "config.syntax") == .configuration)
        #expect(ExitStatus(code: "something.new") == .failed)
    }
}
