"""What publishers' files hold and how they are read: one package or module a publisher, parsers beside contracts.

Parsers are pure functions from bytes to rows; nothing here knows Dagster. How rows become a staging table is in
`assets.factories.staging`.
"""
