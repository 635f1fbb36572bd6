/// A Sanity dataset as a small magazine would have it.
public enum SeededDataset {
    /// Adds three authors and so many posts, the first of which has a draft.
    public static func fill(_ dataset: SanityDataset, posts count: Int = 5) {
        for (id, name) in [("author-ada", "Ada"), ("author-bo", "Bo"), ("author-cy", "Cy")] {
            dataset.put(id, type: "author", [("name", jsonLiteral(name))])
        }
        for number in 1...max(count, 1) where number <= count {
            let digits = String(number)
            let padded = String(repeating: "0", count: max(0, 6 - digits.count)) + digits
            let block =
                #"{"_type":"block","_key":"b1","style":"normal","markDefs":[],"#
                + #""children":[{"_type":"span","_key":"s1","text":"Post \#(number)","marks":[]}]}"#
            let fields = [
                ("title", "\"Post \(number)\""),
                ("slug", "{\"_type\":\"slug\",\"current\":\"post-\(number)\"}"),
                ("author", "{\"_type\":\"reference\",\"_ref\":\"author-\(["ada", "bo", "cy"][number % 3])\"}"),
                ("tags", "[\"news\"]"),
                ("body", "[\(block)]"),
            ]
            dataset.put("post-\(padded)", type: "post", fields)
            if number == 1 { dataset.put("drafts.post-\(padded)", type: "post", fields) }
        }
    }
}
