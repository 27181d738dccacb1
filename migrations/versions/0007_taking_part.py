"""Taking part in full: offers, guests, approval, pace groups, quiet hours."""

import sqlalchemy as sa
from alembic import op

revision = "0007_taking_part"
down_revision = "0006_runs"
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
]
"""Of notifications. A check that is wider than today's code lets the next release's rows in."""

NUMBER = {"type_": sa.Integer(), "server_default": "0", "nullable": False}
TEXT = {"type_": sa.Text(), "nullable": False}
NO = {"type_": sa.Boolean(), "server_default": "false", "nullable": False}
YES = {"type_": sa.Boolean(), "server_default": "true", "nullable": False}
MOMENT = {"type_": sa.DateTime(timezone=True), "nullable": True}


def upgrade() -> None:
    people()
    runs()
    pace_groups()
    participations()
    notifications()


def people() -> None:
    op.add_column("people", sa.Column("reminders", **YES))
    op.add_column("people", sa.Column("quiet_from", sa.Time(), server_default="22:00", nullable=False))
    op.add_column("people", sa.Column("quiet_to", sa.Time(), server_default="07:00", nullable=False))


def runs() -> None:
    op.add_column("runs", sa.Column("company", server_default="anyone", **TEXT))
    op.add_column("runs", sa.Column("join_policy", server_default="open", **TEXT))
    op.add_column("runs", sa.Column("joining_closes_at", **MOMENT))
    for name in ("meet_minutes_before", "guests_allowed", "offered", "requested"):
        op.add_column("runs", sa.Column(name, **NUMBER))
    op.drop_constraint("ck_runs_counts", "runs")
    check("runs", "counts", "waiting >= 0 AND interested >= 0 AND requested >= 0")
    check("runs", "offered", "offered BETWEEN 0 AND taken")
    check("runs", "company", "company IN ('anyone', 'women')")
    check("runs", "join_policy", "join_policy IN ('open', 'approval')")
    check("runs", "guests_allowed", "guests_allowed BETWEEN 0 AND 3")
    check("runs", "meet_minutes_before", "meet_minutes_before BETWEEN 0 AND 120")
    check("runs", "joining_closes", "joining_closes_at <= starts_at")


def pace_groups() -> None:
    op.create_table(
        "pace_groups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("pace", sa.Integer(), nullable=False),
        sa.Column("leader_id", sa.Uuid(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("char_length(name) BETWEEN 1 AND 40", name=op.f("ck_pace_groups_name_length")),
        sa.CheckConstraint("pace BETWEEN 120 AND 1200", name=op.f("ck_pace_groups_pace")),
        sa.CheckConstraint("size BETWEEN 1 AND 10000", name=op.f("ck_pace_groups_size")),
        sa.CheckConstraint("position BETWEEN 0 AND 5", name=op.f("ck_pace_groups_position")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_pace_groups_run_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["leader_id"], ["people.id"], name=op.f("fk_pace_groups_leader_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pace_groups")),
        sa.UniqueConstraint("run_id", "position", name=op.f("uq_pace_groups_run_id_position")),
    )
    op.create_index("ix_pace_groups_leader_id", "pace_groups", ["leader_id"], postgresql_where="leader_id IS NOT NULL")


def participations() -> None:
    op.add_column("participations", sa.Column("guests", **NUMBER))
    for name, target in (("pace_group_id", "pace_groups"), ("together_with_id", "people")):
        op.add_column("participations", sa.Column(name, sa.Uuid(), nullable=True))
        op.create_foreign_key(
            f"fk_participations_{name}", "participations", target, [name], ["id"], ondelete="SET NULL"
        )
        op.create_index(f"ix_participations_{name}", "participations", [name], postgresql_where=f"{name} IS NOT NULL")
    op.add_column("participations", sa.Column("take_at_once", **YES))
    op.add_column("participations", sa.Column("walked_in", **NO))
    op.add_column("participations", sa.Column("organiser_note", server_default="", **TEXT))
    for name in ("offer_ends_at", "still_in_at", "declined_at"):
        op.add_column("participations", sa.Column(name, **MOMENT))
    check("participations", "offer", "(status = 'OFFERED') = (offer_ends_at IS NOT NULL)")
    check("participations", "guests", "guests BETWEEN 0 AND 3")
    check("participations", "together", "together_with_id <> person_id")
    check("participations", "organiser_note_length", "char_length(organiser_note) <= 200")


def notifications() -> None:
    op.drop_constraint("ck_notifications_type", "notifications")
    check("notifications", "type", f"type IN ({', '.join(repr(name) for name in TYPES)})")


def check(table: str, name: str, condition: str) -> None:
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)


def downgrade() -> None:
    listed = ", ".join(repr(name) for name in TYPES[:8])
    op.execute(f"DELETE FROM notifications WHERE type NOT IN ({listed})")  # noqa: S608 - of this file
    op.drop_constraint("ck_notifications_type", "notifications")
    check("notifications", "type", f"type IN ({listed})")
    op.execute("UPDATE participations SET status = 'WAITLISTED' WHERE status = 'OFFERED'")
    for name in (
        *("guests", "pace_group_id", "together_with_id", "take_at_once", "walked_in", "organiser_note"),
        *("offer_ends_at", "still_in_at", "declined_at"),
    ):
        op.execute(f"ALTER TABLE participations DROP COLUMN {name} CASCADE")
    op.drop_table("pace_groups")
    op.drop_constraint("ck_runs_counts", "runs")
    for name in (
        *("company", "join_policy", "joining_closes_at", "meet_minutes_before"),
        *("guests_allowed", "offered", "requested"),
    ):
        op.drop_column("runs", name)
    check("runs", "counts", "waiting >= 0 AND interested >= 0")
    for name in ("reminders", "quiet_from", "quiet_to"):
        op.drop_column("people", name)
