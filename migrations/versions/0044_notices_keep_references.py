"""Notifications refer to what they tell of, and no longer store its words; organisers may turn SMS of joiners off."""

import sqlalchemy as sa
from alembic import op

revision = "0044_notices_keep_references"
down_revision = "0046_proofs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "join_sms_off",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_join_sms_off_run_id_runs"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_join_sms_off_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_join_sms_off")),
        sa.UniqueConstraint("run_id", "person_id", name=op.f("uq_join_sms_off_run_id_person_id")),
    )
    op.create_index("ix_join_sms_off_person_id", "join_sms_off", ["person_id"])
    # Messages stand on the page of a run from now on; the column spares the other runs a statement.
    op.add_column("runs", sa.Column("announced_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE runs SET announced_at = sent.at FROM (SELECT run_id, max(sent_at) AS at FROM run_messages "
        "WHERE sent_at > now() - interval '60 days' GROUP BY run_id) AS sent WHERE runs.id = sent.run_id"
    )
    # The words are emptied by a job, batch by batch. Their keys stay for the release that is being replaced, which
    # would fail without them; it shows what it reads then as an empty text.
    op.execute(
        "INSERT INTO jobs (id, name, args, queue, status, due_at, attempts) "
        "SELECT gen_random_uuid(), 'notifications.blank_words', '{}', 'normal', 'waiting', now(), 0 "
        "WHERE EXISTS (SELECT FROM notifications)"
    )


def downgrade() -> None:
    op.execute("DELETE FROM jobs WHERE name = 'notifications.blank_words' AND status IN ('waiting', 'running')")
    op.drop_column("runs", "announced_at")
    op.drop_index("ix_join_sms_off_person_id", table_name="join_sms_off")
    op.drop_table("join_sms_off")
