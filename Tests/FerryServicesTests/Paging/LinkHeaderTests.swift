import Testing

@testable import FerryServices

@Suite struct LinkHeaderTests {
    @Test(arguments: [
        (#"<https://a.example/?page=2>; rel="next""#, "https://a.example/?page=2"),
        (#"</p>;rel=next"#, "/p"),
        (#"<a>; rel="prev", <b>; rel="next", <c>; rel="last""#, "b"),
        (#"<a>; rel="last next""#, "a"),
        (#"<a>; rel=NEXT"#, "a"),
        (#"<a>; REL="Next""#, "a"),
        (#"<a,b;c>; rel="next""#, "a,b;c"),
        (#"<a>; title="no, \"this\"; rel=next"; rel=prev, <b> ; title*=UTF-8''x ; rel = "next""#, "b"),
        (#" , ,<a>;rel=next"#, "a"),
        (#"<>; rel="next""#, ""),
        // The first of several counts, and a link about another page does not.
        (#"<a>; rel="prev"; rel="next", <b>; rel=next"#, "b"),
        (#"<a>; rel="next"; anchor="/other", <b>; rel=next"#, "b"),
    ])
    func findsTheNextPage(header: String, target: String) {
        #expect(LinkHeader.target(of: "next", in: [header]) == target)
    }

    @Test(arguments: [
        "", "<a>", "<a>; rel=prev", #"<a>; rel="nexthop""#, "a; rel=next", "<a; rel=next", "<a>; title=next",
        "<a>;;=,;",
        #"<a>; rel="prev"#, ";", ">",
    ])
    func findsNothingWhereThereIsNone(header: String) {
        #expect(LinkHeader.target(of: "next", in: [header]) == nil)
    }

    @Test func readsOneHeaderAfterTheOther() {
        let headers = ["<a>; rel=prev", "<b>; rel=next", "<c>; rel=next"]
        #expect(LinkHeader.target(of: "next", in: headers) == "b")
        #expect(LinkHeader.target(of: "prev", in: headers) == "a")
        #expect(LinkHeader.target(of: "next", in: []) == nil)
    }
}
