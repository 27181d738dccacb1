"""Messages are found by their gateway's id, and counted by the day they were sent; the new checks hold for old rows."""

from alembic import op

revision = "0061_receipts"
down_revision = "0060_gateways"
branch_labels = None
depends_on = None

CHECKS = ("kind", "recipient", "receipt", "price")
INDEXES = {
    "ix_outbox_messages_provider_id": "(provider, provider_id) WHERE provider_id IS NOT NULL",
    "ix_outbox_messages_sent_at": "(sent_at)",
    "ix_outbox_messages_undelivered": "(created_at, id) WHERE receipt = 'undelivered'",
}


def upgrade() -> None:
    for name in CHECKS:
        op.execute(f"ALTER TABLE outbox_messages VALIDATE CONSTRAINT ck_outbox_messages_{name}")
    # A build that was interrupted leaves an index that is not valid; writers go on meanwhile.
    with op.get_context().autocommit_block():
        for name, columns in INDEXES.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE INDEX CONCURRENTLY {name} ON outbox_messages {columns}")


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, "outbox_messages")
