/// An empty table for articles: what the demo pushes to.
public enum SeededArticles {
    /// The articles' table, at `agent-demo/config-demo/articles` with the keys `demo-articles-primary` and `-secondary`.
    public static let definition = TableDefinition(
        collectionID: "articles",
        primaryKeyColumn: "slug",
        columns: [
            .init("slug", .text, isRequired: true),
            .init("title", .text),
            .init("title_upper", .text),
            .init("author", .text),
            .init("body_html", .text),
            .init("summary", .text),
            .init("published", .boolean),
            .init("reading_minutes", .number),
            .init("published_on", .date),
        ],
        primarySecret: "demo-articles-primary",
        secondarySecret: "demo-articles-secondary"
    )
}
