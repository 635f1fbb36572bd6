/// The files that tests change: both are right as they stand.
enum BaseFile {
    static let integration = """
        type: dynamic_table
        config:
          plugin_host: https://plugins.example.com
          agent_id: agent-123
          configuration_id: config-456
          collection_id: collection-789
          primary_key: sku
          key: { env: KEY }
        entities:
          - type: product
            resource: rows
            field_mappings:
              - { source: fields.sku, target: sku }

        """

    static let service = """
        service: shelf
        settings:
          host: { required: true }
          token: { secret: true, required: true }
          size: { type: integer, default: 50 }
        base: "${settings.host}/api"
        auth:
          bearer: { token: "${settings.token}" }
        check:
          request: { method: GET, path: /ping }
        streams:
          books:
            request: { method: GET, path: /books, query: { from: "${page.offset}" } }
            id: id
            paginate: { offset: { size: "${settings.size}" } }
            find: { method: GET, path: "/books/${path(match.value)}" }
        sinks:
          books:
            create:
              request: { method: POST, path: /books }
              repeatable: false
              after_unknown: { find: books }
              batch: { max: 1, item: "${record.fields}" }

        """
}
