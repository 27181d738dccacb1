"""What was done lately of coached plans, kept for a day, and triggers that say of which plans it has to be summed up anew."""

import sqlalchemy as sa
from alembic import op

revision = "0188_sums_of_sessions"
down_revision = "0181_sums_of_plans"
branch_labels = None
depends_on = None

# The rows of a plan are locked until the change is there, whether they are stale already or not: who keeps them waits.
OF_SESSIONS = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE coaching_sums SET is_stale = true WHERE plan_id IN ({plans});
    RETURN NULL;
END $$
"""
TABLES = {
    "INSERT": "NEW TABLE AS after",
    "DELETE": "OLD TABLE AS before",
    "UPDATE": "OLD TABLE AS before NEW TABLE AS after",
}
PLANS = {
    "INSERT": "SELECT plan_id FROM after",
    "DELETE": "SELECT plan_id FROM before",
    "UPDATE": "SELECT plan_id FROM before UNION SELECT plan_id FROM after",
}
OF_ACTIVITY = """
CREATE FUNCTION forget_sums_of_activity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE coaching_sums SET is_stale = true
    WHERE plan_id IN (SELECT plan_id FROM coaching_sessions WHERE activity_id = NEW.id);
    RETURN NULL;
END $$
"""
SUMMED = "distance_m, duration_s, visible_distance_m, visible_duration_s, map_visibility"


def upgrade() -> None:
    op.create_table(
        "coaching_sums",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_stale", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("missed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sessions", sa.Integer(), server_default="0", nullable=False),
        sa.Column("percents", sa.Double(), server_default="0", nullable=False),
        sa.Column("percents_with_map", sa.Double(), server_default="0", nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["training_plans.id"], name=op.f("fk_coaching_sums_plan_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coaching_sums")),
        sa.UniqueConstraint("plan_id", "day", name=op.f("uq_coaching_sums_plan_id_day")),
    )
    op.create_index("ix_coaching_sums_stale", "coaching_sums", ["id"], postgresql_where="is_stale")
    op.create_index("ix_coaching_sums_day", "coaching_sums", ["day"])
    for event, tables in TABLES.items():
        name = f"forget_sums_after_{event.lower()}"
        op.execute(OF_SESSIONS.format(name=name, plans=PLANS[event]))
        op.execute(
            f"CREATE TRIGGER {name} AFTER {event} ON coaching_sessions REFERENCING {tables}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        )
    op.execute(OF_ACTIVITY)
    op.execute(
        f"CREATE TRIGGER forget_sums AFTER UPDATE OF {SUMMED} ON activities"
        " FOR EACH ROW EXECUTE FUNCTION forget_sums_of_activity()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER forget_sums ON activities")
    op.execute("DROP FUNCTION forget_sums_of_activity()")
    for event in TABLES:
        name = f"forget_sums_after_{event.lower()}"
        op.execute(f"DROP TRIGGER {name} ON coaching_sessions")
        op.execute(f"DROP FUNCTION {name}()")
    op.drop_table("coaching_sums")
