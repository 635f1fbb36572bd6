/// A WISEROWS project as somebody who tries it would have it.
public enum SeededProject {
    /// Adds a type of posts, three of them, and two integrations.
    public static func fill(_ project: WiserowsProject) {
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
        for (slug, title) in [("hello", "Hello"), ("second-post", "Second post"), ("ten-years", "Ten years")] {
            project.create(
                "et_post",
                [("slug", jsonLiteral(slug)), ("title", jsonLiteral(title)), ("published", "true")]
            )
        }
        project.add(
            WiserowsIntegration(id: "int_01", type: "sanity", name: "Blog", lastSyncAt: 1_795_312_800_000)
        )
        project.add(WiserowsIntegration(id: "int_02", type: "loops", name: "Newsletter", status: "pending"))
    }
}
