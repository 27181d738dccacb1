"""People mute a run or a series, and stop SMS to their number; notifications that say the same are found."""

import sqlalchemy as sa
from alembic import op

revision = "0059_mutes_and_stops"
down_revision = "0058_notification_choices"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_notifications_person_id_subject_id_type", "notifications", ["person_id", "subject_id", "type"])
    op.create_table(
        "mutes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_mutes_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mutes")),
        sa.UniqueConstraint(
            "person_id", "subject_kind", "subject_id", name=op.f("uq_mutes_person_id_subject_kind_subject_id")
        ),
    )
    op.create_table(
        "sms_stops",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_stops")),
        sa.UniqueConstraint("number_hash", name=op.f("uq_sms_stops_number_hash")),
    )


def downgrade() -> None:
    op.drop_table("sms_stops")
    op.drop_table("mutes")
    op.drop_index("ix_notifications_person_id_subject_id_type", "notifications")
