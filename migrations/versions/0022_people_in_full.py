"""People in full: names of their own, mail, privacy, a contact for emergencies, blocks."""

import sqlalchemy as sa
from alembic import op

revision = "0022_people_in_full"
down_revision = "0021_attendance"
branch_labels = None
depends_on = None

TYPES = [
    "interest_received",
    "interest_accepted",
    "interest_ended",
    "run_joined",
    "run_promoted",
    "run_changed",
    "run_cancelled",
    "account_security",
    "run_offered",
    "run_requested",
    "run_approved",
    "run_declined",
    "run_set",
    "run_reminder",
    "run_still_in",
    "organiser_message",
    "run_handed_over",
    "run_organiser",
    "run_comment",
    "series_changed",
    "home_safe",
    "export_ready",
    "phone_changed",
    "email_changed",
    "person_leaving",
    "contact_seen",
    "report_decided",
]
"""Of notifications. A check that is wider than today's code lets the next release's rows in."""
TEXTS = ("handle", "email", "avatar", "emergency_phone")
MOMENTS = ("email_verified_at", "leaving_at")
CIRCLES = "('everyone', 'signed_in', 'companions')"
CHECKS = {
    "handle": "handle ~ '^[a-z0-9_]{3,20}$'",
    "verified_email": "email_verified_at IS NULL OR email IS NOT NULL",
    "birth_year": "birth_year BETWEEN 1900 AND 2100",
    "emergency_name_length": "char_length(emergency_name) <= 60",
    "emergency_phone_e164": r"emergency_phone ~ '^\+[1-9][0-9]{6,14}$'",
    "profile_visibility": f"profile_visibility IN {CIRCLES}",
    "message_visibility": f"message_visibility IN {CIRCLES}",
    "leaving": "(state = 'leaving') = (leaving_at IS NOT NULL)",
}


def upgrade() -> None:
    for name in TEXTS:
        op.add_column("people", sa.Column(name, sa.Text(), nullable=True))
    for name in MOMENTS:
        op.add_column("people", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    for name in ("shows_age", "shows_past_runs"):
        op.add_column("people", sa.Column(name, sa.Boolean(), server_default="false", nullable=False))
    for name in ("profile_visibility", "message_visibility"):
        op.add_column("people", sa.Column(name, sa.Text(), server_default="companions", nullable=False))
    op.add_column("people", sa.Column("birth_year", sa.SmallInteger(), nullable=True))
    op.add_column("people", sa.Column("emergency_name", sa.Text(), server_default="", nullable=False))
    for name, rule in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_people_{name}"), "people", rule)
    op.create_unique_constraint("uq_people_handle", "people", ["handle"])
    op.create_index(
        "uq_people_email",
        "people",
        [sa.text("lower(email)")],
        unique=True,
        postgresql_where=sa.text("email_verified_at IS NOT NULL"),
    )
    op.create_index(
        "ix_people_leaving_at", "people", ["leaving_at"], postgresql_where=sa.text("leaving_at IS NOT NULL")
    )
    op.create_table(
        "blocks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("blocker_id", sa.Uuid(), nullable=False),
        sa.Column("blocked_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("blocker_id <> blocked_id", name=op.f("ck_blocks_two_people")),
        sa.ForeignKeyConstraint(["blocker_id"], ["people.id"], name=op.f("fk_blocks_blocker_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["blocked_id"], ["people.id"], name=op.f("fk_blocks_blocked_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocks")),
        sa.UniqueConstraint("blocker_id", "blocked_id", name=op.f("uq_blocks_blocker_id_blocked_id")),
    )
    op.create_index("ix_blocks_blocked_id", "blocks", ["blocked_id"])
    op.drop_constraint("ck_notifications_type", "notifications")
    op.create_check_constraint(
        op.f("ck_notifications_type"), "notifications", f"type IN ({', '.join(map(repr, TYPES))})"
    )


def downgrade() -> None:
    op.drop_table("blocks")
    op.drop_index("ix_people_leaving_at", "people")
    op.drop_index("uq_people_email", "people")
    for name in (*TEXTS, *MOMENTS, "shows_age", "shows_past_runs", "profile_visibility", "message_visibility"):
        op.drop_column("people", name)
    op.drop_column("people", "birth_year")
    op.drop_column("people", "emergency_name")
