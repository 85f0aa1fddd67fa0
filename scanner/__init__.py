"""missedbcc: looks back through sent mail for messages that showed many outsiders to one another.

The root of this package holds nouns: `address`, `envelope`, `exposure`, `incident`, `coverage`, `case`, small frozen
records that need only the standard library; read them in that order and you know the product. The folders hold verbs:
`connectors` open and read, the `detector` detects, the `store` records, `cli` commands. The sister package `reports`
writes.

    account ─ open_mailbox ─▶ Mailbox.read ─▶ Envelope | Unreadable | Skipped
    candidates ─▶ store (with the cursor, one transaction a batch)
    Case: stored candidates ─▶ detect ─▶ Exposure ─▶ group ─▶ Incident ─▶ workbook
"""

__version__ = "0.1.0"
