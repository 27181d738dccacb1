"""Leaders of pace groups are asked before their names stand under a group."""

import sqlalchemy as sa
from alembic import op

revision = "0049_leaders_agree"
down_revision = "0052c_run_invites"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("pace_groups", sa.Column("leader_asker_id", sa.Uuid(), nullable=True))
    for name in ("leader_agreed_at", "leader_declined_at"):
        op.add_column("pace_groups", sa.Column(name, TIME, nullable=True))
    op.add_column(
        "pace_groups", sa.Column("leader_for_series", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.create_foreign_key(
        op.f("fk_pace_groups_leader_asker_id"),
        "pace_groups",
        "people",
        ["leader_asker_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.create_index(
        "ix_pace_groups_leader_asker_id",
        "pace_groups",
        ["leader_asker_id"],
        postgresql_where=sa.text("leader_asker_id IS NOT NULL"),
    )
    # Who organises the run chose to stand on its page; the others are asked by its owner.
    op.execute(
        """
        UPDATE pace_groups SET leader_agreed_at = now() FROM runs
        WHERE runs.id = pace_groups.run_id AND leader_id IS NOT NULL AND (leader_id = runs.organiser_id OR EXISTS (
            SELECT 1 FROM run_organisers
            WHERE run_organisers.run_id = runs.id AND person_id = leader_id AND agreed_at IS NOT NULL
        ))
        """
    )
    op.execute(
        """
        UPDATE pace_groups SET leader_asker_id = runs.organiser_id FROM runs
        WHERE runs.id = pace_groups.run_id AND leader_id IS NOT NULL AND leader_agreed_at IS NULL
        """
    )


def downgrade() -> None:
    op.drop_column("pace_groups", "leader_for_series")
    for name in ("leader_declined_at", "leader_agreed_at", "leader_asker_id"):
        op.drop_column("pace_groups", name)
