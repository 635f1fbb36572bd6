/// A WISEROWS project as somebody who tries it would have it.
public enum SeededProject {
    /// Adds a type of posts, so many of them, and two integrations.
    public static func fill(_ project: WiserowsProject, posts count: Int = 3) {
        project.add(
            WiserowsType(
                id: "et_post",
                fields: [
                    ("slug", "text"), ("title", "text"), ("body", "richText"), ("published", "boolean"),
                    ("words", "formula"),
                ],
                required: ["title"]
            )
        )
        let known = [("hello", "Hello"), ("second-post", "Second post"), ("ten-years", "Ten years")]
        for number in 0..<max(count, 0) {
            let (slug, title) = number < known.count ? known[number] : ("post-\(number + 1)", "Post \(number + 1)")
            project.create(
                "et_post",
                [("slug", jsonLiteral(slug)), ("title", jsonLiteral(title)), ("published", "true")]
            )
        }
        var blog = WiserowsIntegration(id: "int_01", type: "sanity", name: "Blog", lastSyncAt: 1_795_312_800_000)
        blog.config = #"{"projectId":"zp7mbokg","dataset":"production"}"#
        blog.fieldMappings =
            #"[{"source":"fields.title","target":"title","transform":null},"#
            + #"{"source":"fields.title","target":"slug.current","transform":"slugify"}]"#
        project.add(blog)
        project.add(WiserowsIntegration(id: "int_02", type: "loops", name: "Newsletter", status: "pending"))
    }
}
