import FerryCore
import Glibc
import Testing

/// Four times the text takes about four times as long, whatever it is made of.
///
/// What is measured is the thread's own time, so that other work on the machine does not count.
@Suite(.disabled(if: isSanitized, "the time that a sanitizer takes for itself is not linear"))
struct LinearTimeTests {
    @Test(arguments: PathologicalText.markdown)
    func markdownTakesLinearTime(text: PathologicalText) throws {
        try expectLinearTime(text, builtIn("markdown_to_html"))
    }

    @Test(arguments: PathologicalText.html)
    func htmlTakesLinearTime(text: PathologicalText) throws {
        try expectLinearTime(text, builtIn("html_to_markdown"))
    }

    /// Where each step is short, only a long text shows that there are too many.
    @Test func aParagraphOfManyLinesTakesLinearTime() throws {
        let lines = try #require(PathologicalText.markdown.first { $0.name.hasPrefix("\"(a\\n)") })
        try expectLinearTime(lines, builtIn("markdown_to_html"), 500_000)
    }

    /// Tildes in tildes cannot be written, and every choice for the elements before could be tried to find that out.
    @Test func theSearchForMarksOfEmphasisEnds() throws {
        let html = String(repeating: "<i>!</i>", count: 20) + "<del><del>a</del></del>"
        #expect(try seconds(of: builtIn("html_to_markdown"), html) < 20)
    }

    /// A quadratic transform takes sixteen times as long; caches and memory make some linear ones take up to seven.
    private func expectLinearTime(_ text: PathologicalText, _ transform: any Transform) throws {
        // Little work is measured badly.
        var size = 10_000
        while seconds(of: transform, text.make(size)) < 0.004, size < 1_000_000 { size *= 2 }
        try expectLinearTime(text, transform, size)
    }

    private func expectLinearTime(_ text: PathologicalText, _ transform: any Transform, _ size: Int) throws {
        var ratio = Double.infinity
        for _ in 0..<3 where ratio > 10 {
            ratio = seconds(of: transform, text.make(4 * size)) / max(seconds(of: transform, text.make(size)), 0.000_2)
        }
        #expect(ratio < 10, "\(size) bytes")
    }

    private func seconds(of transform: any Transform, _ text: String) -> Double {
        let bytes = Array(text.utf8)
        var output: [UInt8] = []
        let start = threadSeconds()
        // What is refused has to be refused soon.
        _ = try? transform.apply(.string, bytes.span, into: &output)
        return threadSeconds() - start
    }

    private func threadSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

extension PathologicalText: CustomTestStringConvertible {
    var testDescription: String { name }
}

#if SANITIZED
    private let isSanitized = true
#else
    private let isSanitized = false
#endif
