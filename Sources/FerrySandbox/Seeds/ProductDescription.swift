/// A product's description in Markdown, 300 to 600 bytes long.
enum ProductDescription {
    static func markdown(name: String, brand: String, material: String, random: inout SeededGenerator) -> String {
        var text = "## \(name)\n\n\(random.pick(openings)) **\(material)** by *\(brand)*, \(random.pick(promises))\n\n"
        var blocks = [
            list(&random),
            "Read the [care guide](https://shop.example/care/\(material.split(separator: " ").joined(separator: "-"))) "
                + "before first use.",
            "> \(random.pick(quotes))",
            "Order code: `\(material.prefix(3).uppercased())-\(100 + random.next(below: 900))`",
            "1. Unpack it.\n2. \(random.pick(steps))\n3. Enjoy it for years.",
            "~~\(20 + random.next(below: 80)).00~~ now for less, *while stocks last*.",
        ]
        if random.nextIsOne(in: 5) { blocks.insert(table(&random), at: 0) }
        text += blocks.remove(at: 0)
        while text.utf8.count < 300 || (text.utf8.count < 430 && !blocks.isEmpty && !random.nextIsOne(in: 3)) {
            let next = blocks.isEmpty ? random.pick(quotes) : blocks.remove(at: random.next(below: blocks.count))
            guard text.utf8.count + next.utf8.count + 2 <= 600 else { break }
            text += "\n\n" + next
        }
        return text
    }

    private static func list(_ random: inout SeededGenerator) -> String {
        let start = random.next(below: features.count)
        return (0..<3).map { "- \(features[(start + $0) % features.count])" }.joined(separator: "\n")
    }

    private static func table(_ random: inout SeededGenerator) -> String {
        "| Size | cm | g |\n| --- | ---: | ---: |\n"
            + "| S | \(10 + random.next(below: 9)) | \(100 + random.next(below: 99)) |\n"
            + "| L | \(20 + random.next(below: 9)) | \(200 + random.next(below: 99)) |"
    }

    private static let openings = [
        "Made to be used every day from", "A quiet classic in", "Hand-finished", "Our best seller, now in",
        "Built to last in",
    ]

    private static let promises = [
        "and it ages well: no coatings, no glue, nothing to peel.",
        "with a ten-year guarantee & spare parts on request.",
        "tested by people who cook, dig and write for a living.",
        "packed without plastic and shipped on the day you order it.",
    ]

    private static let features = [
        "dishwasher-safe up to 70 °C", "weighs less than it looks", "**two** sizes that nest",
        "spare parts: `SP-10` to `SP-14`",
        "made in small batches", "costs <5 minutes to assemble", "works left- and right-handed",
    ]

    private static let quotes = [
        "“The one I reach for first.” — Zoë, Kraków", "“Bought it twice: one to use, one to give.”",
        "“Étonnant. Solide et beau.” — Renée", "“Good value & no fuss.”",
    ]

    private static let steps = [
        "Rinse it with warm water.", "Oil it *thinly*.", "Let it rest overnight.", "Check all four screws.",
    ]
}
