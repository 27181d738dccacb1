"""Entries of challenges: what of their values everybody may see."""

import sqlalchemy as sa
from alembic import op

revision = "0163_open_values"
down_revision = "0157_model_days"
branch_labels = None
depends_on = None

TABLE = "challenge_entries"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("open_value", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_check_constraint(op.f("ck_challenge_entries_open_value"), TABLE, "open_value >= 0")
    # Those that are not over are counted anew by the worker; of those that are, this is what they keep.
    op.execute(
        """
        UPDATE challenge_entries AS entry SET open_value = CASE
            WHEN challenge.metric = 'duties' THEN entry.value
            WHEN challenge.metric = 'attendance' THEN least(entry.value, (
                SELECT count(*) FROM participations AS part JOIN runs AS run ON run.id = part.run_id
                WHERE part.person_id = entry.person_id AND part.status IN ('attended', 'late')
                    AND run.crew_id = challenge.crew_id AND run.cancelled_at IS NULL AND run.visibility = 'public'
                    AND (run.starts_at AT TIME ZONE run.timezone)::date BETWEEN challenge.starts_on AND challenge.ends_on))
            ELSE least(entry.value, (
                SELECT coalesce(CASE challenge.metric
                    WHEN 'time' THEN sum(CASE WHEN activity.map_visibility <> 'me'
                        THEN least(activity.duration_s, activity.visible_duration_s) ELSE activity.duration_s END)
                    WHEN 'distance' THEN sum(CASE WHEN activity.map_visibility <> 'me'
                        AND activity.visible_duration_s IS NOT NULL
                        THEN activity.visible_distance_m ELSE activity.distance_m END)
                    ELSE count(*) END, 0)
                FROM activities AS activity
                WHERE activity.person_id = entry.person_id AND activity.visibility = 'everyone'
                    AND activity.day BETWEEN challenge.starts_on AND challenge.ends_on
                    AND challenge.kind IN ('', activity.kind)))
            END
        FROM challenges AS challenge WHERE challenge.id = entry.challenge_id
        """
    )


def downgrade() -> None:
    op.drop_column(TABLE, "open_value")
